#include "src/util/text_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "src/util/error.h"

namespace reverie::text_file_test {
namespace {

namespace fs = std::filesystem;

/// Lines by their own ends.
std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

TEST(TextFile, HasTheBytesOfItsFile) {
    const fs::path path =
        fs::temp_directory_path() / ("reverie_text_" + std::to_string(::getpid()));
    for (const size_t bytes : {0, 1, 16383, 16384, 16385, 40001}) {
        std::string text(bytes, '\0');
        for (size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>(i * 31 % 256);
        std::ofstream(path, std::ios::binary) << text;
        EXPECT_EQ(read_text_file(path), text) << bytes;
    }
    fs::resize_file(path, kMostTextBytes);
    EXPECT_EQ(read_text_file(path).size(), kMostTextBytes);
    fs::resize_file(path, kMostTextBytes + 1);
    EXPECT_THROW(read_text_file(path), Error);
    fs::remove(path);
    EXPECT_THROW(read_text_file(path), Error) << "it is not there";
    EXPECT_THROW(read_text_file("/"), Error) << "it is a folder";
    EXPECT_THROW(read_text_file("/dev/zero"), Error) << "it has no end";
}

TEST(TextFile, HasTheLinesBetweenItsEnds) {
    const auto line = [](size_t bytes) { return std::string(bytes, 'x') + std::string(1, '\0'); };
    std::string text;
    for (const size_t bytes : {0, 1, 4093, 4094, 4095, 4096, 8189, 8190, 8191, 12300})
        text += line(bytes) + "\n\n";
    for (const std::string& last : {std::string(), std::string("no end"), line(4094), line(4095)}) {
        std::istringstream stream(text + last);
        std::vector<std::string> read;
        for (std::string one; next_line(stream, one, "a");) read.push_back(one);
        EXPECT_EQ(read, lines_of(text + last)) << last.size();
    }
}

TEST(TextFile, ALineHasALimit) {
    std::ifstream endless("/dev/zero");
    std::string line;
    try {
        next_line(endless, line, "/dev/zero");
        FAIL() << "it ended";
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(),
                     "cannot read /dev/zero: more than 16 MB are no text that people write");
    }
    EXPECT_LE(line.size(), kMostTextBytes);
}

}  // namespace
}  // namespace reverie::text_file_test
