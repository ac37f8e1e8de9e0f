// Command lines, damaged ones among them: each is a command, or refused in one line.
#include <gtest/gtest.h>

#include "tests/fuzz/readers.h"

namespace reverie {
namespace {

TEST(Commands, AnyWordsAreACommandOrRefused) {
    testing::internal::CaptureStdout();  // --help
    for (const fuzz::Seed& seed : fuzz::command_seeds()) {
        for (size_t length = 0; length <= seed.bytes.size(); ++length) {
            std::string words = seed.bytes.substr(0, length);
            if (length % 3 == 1) words.back() = static_cast<char>(words.back() ^ 0x15);
            fuzz::read_commands(reinterpret_cast<const uint8_t*>(words.data()), words.size());
        }
    }
    EXPECT_NE(testing::internal::GetCapturedStdout().find("Usage: reverie"), std::string::npos);
}

}  // namespace
}  // namespace reverie
