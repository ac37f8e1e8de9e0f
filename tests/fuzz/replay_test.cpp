// The fuzzers' readers with their seeds, with what was found once (found/READER/…), and with seeds that are damaged in a fixed
// order: what holds of each is said beside its reader. tools/fuzz goes on from there.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>

#include "tests/fuzz/readers.h"

namespace reverie::fuzz {
namespace {

constexpr int kDamaged = 150;  // inputs for each reader

std::vector<std::string> seeds_of(std::string_view reader) {
    std::vector<std::string> inputs;
    for (const auto seeds : {hand_seeds, text_seeds, media_seeds}) {
        for (Seed& seed : seeds()) {
            if (seed.reader == reader) inputs.push_back(std::move(seed.bytes));
        }
    }
    return inputs;
}

std::vector<std::string> found_by(std::string_view reader) {
    std::vector<std::string> inputs;
    std::error_code none;
    const std::filesystem::path folder =
        std::filesystem::path(REVERIE_ROOT "/tests/fuzz/found") / reader;
    for (const auto& file : std::filesystem::directory_iterator(folder, none)) {
        std::ifstream bytes(file.path(), std::ios::binary);
        inputs.emplace_back(std::istreambuf_iterator<char>(bytes),
                            std::istreambuf_iterator<char>());
    }
    return inputs;
}

/// A few bytes are changed, a piece is cut out or repeated, the rest is cut off.
std::string damaged(std::string bytes, std::mt19937& random) {
    const auto below = [&](size_t limit) { return limit == 0 ? 0 : random() % limit; };
    for (size_t i = 0, times = 1 + below(3); i < times && !bytes.empty(); ++i) {
        const size_t at = below(bytes.size()), count = 1 + below(12);
        switch (below(4)) {
            case 0:
                bytes[at] = static_cast<char>(random());
                break;
            case 1:
                bytes.erase(at, count);
                break;
            case 2:
                bytes.insert(below(bytes.size()), bytes.substr(at, count));
                break;
            default:
                bytes.resize(at);
        }
    }
    return bytes;
}

void read(const Reader& reader, const std::string& input) {
    reader.read(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

class Replay : public testing::TestWithParam<Reader> {};

TEST_P(Replay, AnyBytesAreReadOrRefused) {
    // What is learned or kept on the way must not be written anywhere.
    ::unsetenv("XDG_CONFIG_HOME");
    ::unsetenv("HOME");
    const Reader& reader = GetParam();
    const std::vector<std::string> seeds = seeds_of(reader.name);
    ASSERT_FALSE(seeds.empty());
    for (const std::string& input : found_by(reader.name)) read(reader, input);
    for (const std::string& input : seeds) read(reader, input);
    std::mt19937 random(7);
    for (int i = 0; i < kDamaged; ++i) read(reader, damaged(seeds[i % seeds.size()], random));
    read(reader, "");
}

INSTANTIATE_TEST_SUITE_P(Of, Replay, testing::ValuesIn(readers().begin(), readers().end()),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace reverie::fuzz
