// The golden files and clips beside the project, which are not part of it: found through
// REVERIE_SHARED.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace reverie::test {

inline std::filesystem::path shared_file(const std::string& name) {
    const char* named = std::getenv("REVERIE_SHARED");
    return std::filesystem::path(named != nullptr ? named : REVERIE_ROOT "/../shared") / name;
}

}  // namespace reverie::test

/// Skips the test, and says so, if the file is missing.
#define REVERIE_NEEDS_SHARED(name)                                  \
    if (!std::filesystem::exists(reverie::test::shared_file(name))) \
    GTEST_SKIP() << reverie::test::shared_file(name)                \
                 << " is not there; set REVERIE_SHARED to the folder"
