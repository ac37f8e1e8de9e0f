// Where a user's files are, with the environment set by hand.
#include "src/util/user_folders.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>

namespace reverie {
namespace {

/// Sets a variable of the environment; its destructor restores it.
class Variable {
  public:
    Variable(const char* name, const char* value) : name_(name) {
        if (const char* old = std::getenv(name)) old_ = old;
        set(value);
    }
    ~Variable() { set(old_ ? old_->c_str() : nullptr); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

  private:
    void set(const char* value) {
        if (value == nullptr)
            ::unsetenv(name_);
        else
            ::setenv(name_, value, 1);
    }
    const char* name_;
    std::optional<std::string> old_;
};

TEST(UserFolders, AreThoseOfTheSpecification) {
    struct Kind {
        UserFolder folder;
        const char *variable, *usual;
    };
    for (const Kind& kind : {Kind{UserFolder::config, "XDG_CONFIG_HOME", "/h/.config/reverie"},
                             Kind{UserFolder::data, "XDG_DATA_HOME", "/h/.local/share/reverie"},
                             Kind{UserFolder::state, "XDG_STATE_HOME", "/h/.local/state/reverie"},
                             Kind{UserFolder::cache, "XDG_CACHE_HOME", "/h/.cache/reverie"}}) {
        const Variable home("HOME", "/h");
        {
            const Variable chosen(kind.variable, "/elsewhere/x");
            EXPECT_EQ(user_folder(kind.folder), "/elsewhere/x/reverie");
        }
        for (const char* unset : {"", "relative/x", "~/x", static_cast<const char*>(nullptr)}) {
            const Variable chosen(kind.variable, unset);
            EXPECT_EQ(user_folder(kind.folder), kind.usual);
        }
        const Variable chosen(kind.variable, nullptr);
        for (const char* nowhere : {"", "h", static_cast<const char*>(nullptr)}) {
            const Variable no_home("HOME", nowhere);
            EXPECT_EQ(user_folder(kind.folder), "");
        }
    }
}

}  // namespace
}  // namespace reverie
