#include "src/util/user_folders.h"

#include <cstdlib>

namespace reverie {
namespace {

namespace fs = std::filesystem;

struct Row {
    const char* variable;
    const char* under_home;
};
constexpr Row kRows[] = {{"XDG_CONFIG_HOME", ".config"},
                         {"XDG_DATA_HOME", ".local/share"},
                         {"XDG_STATE_HOME", ".local/state"},
                         {"XDG_CACHE_HOME", ".cache"}};

/// An absolute path in the environment, or nothing.
fs::path folder_in(const char* variable) {
    const char* value = std::getenv(variable);
    return value != nullptr && *value == '/' ? fs::path(value) : fs::path();
}

}  // namespace

fs::path user_folder(UserFolder kind) {
    const Row& row = kRows[static_cast<size_t>(kind)];
    if (const fs::path chosen = folder_in(row.variable); !chosen.empty()) return chosen / "reverie";
    const fs::path home = folder_in("HOME");
    return home.empty() ? fs::path() : home / row.under_home / "reverie";
}

}  // namespace reverie
