// The file of measured routes: the same machine finds again what it stored, and no other does;
// damage affects only the damaged line.
#include "kernels/cuda/route_cache.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "src/util/error.h"

namespace reverie::route_cache_test {
namespace {

namespace fs = std::filesystem;

class RouteCaches : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("reverie_plans_" + std::to_string(::getpid()));
        path_ = folder_ / "deep" / "plans.txt";
    }
    void TearDown() override { fs::remove_all(folder_); }

    std::string text() const {
        std::ifstream file(path_);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    void write(const std::string& text) const { std::ofstream(path_, std::ios::trunc) << text; }

    fs::path folder_, path_;
};

TEST_F(RouteCaches, WhatWasPutInIsFoundAgain) {
    RouteCache first(path_, "GPU, driver 1");
    EXPECT_FALSE(first.find("a"));
    first.put("a", "1");
    first.put("b", "two words");
    first.put("a", "3");
    EXPECT_EQ(first.find("a"), "3");
    const RouteCache second(path_, "GPU, driver 1");
    EXPECT_EQ(second.find("a"), "3");
    EXPECT_EQ(second.find("b"), "two words");
    EXPECT_EQ(second.size(), 2U);
}

TEST_F(RouteCaches, AnotherMachinesFileCountsAsEmptyAndIsReplaced) {
    RouteCache(path_, "GPU, driver 1").put("a", "1");
    RouteCache other(path_, "GPU, driver 2");
    EXPECT_EQ(other.size(), 0U);
    other.put("c", "2");
    EXPECT_EQ(RouteCache(path_, "GPU, driver 2").size(), 1U);
    EXPECT_EQ(RouteCache(path_, "GPU, driver 1").size(), 0U);
}

TEST_F(RouteCaches, ADamagedLineIsLeftOutAlone) {
    {
        RouteCache cache(path_, "GPU");
        for (const char* key : {"a", "b", "c"}) cache.put(key, "value");
    }
    const std::string whole = text();
    std::string changed = whole;
    changed.replace(changed.find("\tb\tvalue") + 3, 5, "wrong");
    write(changed);
    EXPECT_EQ(RouteCache(path_, "GPU").size(), 2U);
    EXPECT_FALSE(RouteCache(path_, "GPU").find("b"));
    for (size_t length = 0; length <= whole.size(); ++length) {
        write(whole.substr(0, length));
        RouteCache cut(path_, "GPU");
        EXPECT_LE(cut.size(), 3U);
        for (const char* key : {"a", "b", "c"}) {
            EXPECT_EQ(cut.find(key).value_or("value"), "value");
        }
    }
    write(whole.substr(0, whole.size() - 4));
    RouteCache(path_, "GPU").put("d", "later");
    const RouteCache mended(path_, "GPU");
    EXPECT_EQ(mended.size(), 3U);
    EXPECT_EQ(mended.find("d"), "later");
    std::string noise(5000, '\0');
    noise += "\n\t\t\n\xff\xfe";
    write(noise);
    EXPECT_EQ(RouteCache(path_, "GPU").size(), 0U);
}

TEST_F(RouteCaches, WithoutAFileEverythingIsKeptInMemory) {
    RouteCache nowhere("", "GPU");
    nowhere.put("a", "1");
    EXPECT_EQ(nowhere.find("a"), "1");
    RouteCache impossible("/proc/none/plans.txt", "GPU");
    impossible.put("a", "1");
    EXPECT_EQ(impossible.find("a"), "1");
    EXPECT_THROW(nowhere.put("a\tb", "1"), Error);
    EXPECT_THROW(nowhere.put("a", "1\n2"), Error);
}

TEST_F(RouteCaches, OfTwoProcessesBothHaveWhatTheFirstHasStored) {
    RouteCache first(path_, "GPU"), second(path_, "GPU");
    EXPECT_EQ(first.put("a", "1"), "1");
    EXPECT_EQ(second.put("a", "2"), "1");
    EXPECT_EQ(second.find("a"), "1");
    EXPECT_EQ(RouteCache(path_, "GPU").find("a"), "1");
    // What a process knows, and can no longer use, it replaces.
    EXPECT_EQ(second.put("a", "3"), "3");
    EXPECT_EQ(first.put("a", "4"), "3");
    EXPECT_EQ(RouteCache(path_, "GPU").find("a"), "3");
}

/// Each of many threads has an object of its own, as a process has.
TEST_F(RouteCaches, ManyThatStoreAtOnceAgree) {
    constexpr int kWriters = 8, kKeys = 20;
    std::vector<std::map<std::string, std::string>> seen(kWriters);
    std::vector<std::thread> writers;
    for (int w = 0; w < kWriters; ++w) {
        writers.emplace_back([&, w] {
            RouteCache cache(path_, "GPU");
            for (int k = 0; k < kKeys; ++k) {
                const std::string key = "key " + std::to_string((k + 7 * w) % kKeys);
                const auto known = cache.find(key);
                seen[w][key] = known ? *known : cache.put(key, "of " + std::to_string(w));
            }
        });
    }
    for (std::thread& writer : writers) writer.join();
    const RouteCache later(path_, "GPU");
    EXPECT_EQ(later.size(), size_t{kKeys});
    for (const auto& one : seen)
        for (const auto& [key, value] : one) EXPECT_EQ(later.find(key), value) << key;
}

TEST_F(RouteCaches, WhatIsAdoptedHoldsHereAlone) {
    RouteCache(path_, "GPU").put("a", "the machine's");
    RouteCache cache(path_, "GPU");
    cache.adopt({{"a", "the checkpoint's"}, {"b", "the checkpoint's"}, {"c\td", "damaged"}});
    EXPECT_EQ(cache.find("a"), "the checkpoint's");
    EXPECT_EQ(cache.find("b"), "the checkpoint's");
    EXPECT_EQ(cache.size(), 2U);
    const RouteCache later(path_, "GPU");
    EXPECT_EQ(later.find("a"), "the machine's");
    EXPECT_FALSE(later.find("b"));
}

TEST_F(RouteCaches, WhatWasUsedIsWhatWasFoundPutOrAdopted) {
    RouteCache before(path_, "GPU");
    for (const char* key : {"a", "b", "c"}) before.put(key, "value");
    RouteCache cache(path_, "GPU");
    EXPECT_TRUE(cache.used().empty());
    cache.find("b");
    cache.find("none");
    cache.put("d", "new");
    cache.adopt({{"e", "kept"}});
    const std::map<std::string, std::string> expected{{"b", "value"}, {"d", "new"}, {"e", "kept"}};
    EXPECT_EQ(cache.used(), expected);
    // As after a checkpoint, with the file deleted.
    fs::remove_all(folder_);
    RouteCache resumed(path_, "GPU");
    resumed.adopt(cache.used());
    EXPECT_EQ(resumed.used(), expected);
    EXPECT_EQ(resumed.find("d"), "new");
}

TEST_F(RouteCaches, WhatCannotBeStoredIsSaid) {
    RouteCache kept(path_, "GPU");
    kept.put("a", "1");
    EXPECT_EQ(kept.lost(), "");
    RouteCache nowhere("", "GPU");
    EXPECT_EQ(nowhere.lost(), "");
    nowhere.put("a", "1");
    EXPECT_NE(nowhere.lost().find("home"), std::string::npos);
    RouteCache impossible("/proc/none/plans.txt", "GPU");
    impossible.put("a", "1");
    EXPECT_NE(impossible.lost().find("/proc/none/plans.txt: "), std::string::npos);
}

TEST_F(RouteCaches, TheUsualPlaceIsTheUsersCache) {
    const char* cache = std::getenv("XDG_CACHE_HOME");
    const std::string before = cache != nullptr ? cache : "";
    ::setenv("XDG_CACHE_HOME", "/somewhere", 1);
    const fs::path one = RouteCache::usual_path("GPU 1"), two = RouteCache::usual_path("GPU 2");
    EXPECT_EQ(one.parent_path(), "/somewhere/reverie");
    EXPECT_NE(one, two);
    EXPECT_EQ(one, RouteCache::usual_path("GPU 1"));
    if (cache != nullptr)
        ::setenv("XDG_CACHE_HOME", before.c_str(), 1);
    else
        ::unsetenv("XDG_CACHE_HOME");
}

TEST(SecondsToMeasure, AreThoseOfTheSettingOrTheUsual) {
    EXPECT_EQ(seconds_to_measure(nullptr, 60), 60);
    EXPECT_EQ(seconds_to_measure("0", 60), 0);
    EXPECT_EQ(seconds_to_measure("2.5", 60), 2.5);
}

TEST(SecondsToMeasure, AreNotGuessed) {
    for (const char* setting : {"", "never", "10s", "1,5", "-1", "nan", " 5"})
        EXPECT_THROW(seconds_to_measure(setting, 60), UsageError) << setting;
}

}  // namespace
}  // namespace reverie::route_cache_test
