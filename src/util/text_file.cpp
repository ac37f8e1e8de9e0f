#include "src/util/text_file.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "src/util/error.h"

namespace reverie {
namespace {

[[noreturn]] void fail_to_read(const std::string& path, const std::string& why) {
    throw Error(fmt::format("cannot read {}: {}", path, why));
}

void append(std::string& text, const char* data, size_t bytes, const std::string& path) {
    if (text.size() + bytes > kMostTextBytes)
        fail_to_read(path, fmt::format("more than {} MB are no text that people write",
                                       kMostTextBytes >> 20U));
    text.append(data, bytes);
}

}  // namespace

std::string read_text_file(const std::string& path) {
    std::error_code status;
    if (std::filesystem::is_directory(path, status)) fail_to_read(path, "it is a folder");
    std::ifstream stream(path, std::ios::binary);
    if (!stream) fail_to_read(path, std::strerror(errno));
    std::string text;
    std::array<char, 16384> chunk{};
    while (stream.read(chunk.data(), chunk.size()) || stream.gcount() > 0)
        append(text, chunk.data(), static_cast<size_t>(stream.gcount()), path);
    if (stream.bad()) fail_to_read(path, std::strerror(errno));
    return text;
}

bool next_line(std::istream& stream, std::string& line, const std::string& path) {
    line.clear();
    std::array<char, 4096> part{};
    for (;;) {
        stream.getline(part.data(), part.size());
        const auto count = static_cast<size_t>(stream.gcount());
        const bool has_end = !stream.fail() && !stream.eof();
        append(line, part.data(), has_end ? count - 1 : count, path);
        if (has_end) return true;
        if (stream.eof() || stream.bad() || count + 1 < part.size())
            return !stream.bad() && !line.empty();
        stream.clear();  // the part is full
    }
}

}  // namespace reverie
