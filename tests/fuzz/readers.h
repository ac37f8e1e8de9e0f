// What a fuzzer reads: one row for each reader of bytes from elsewhere. Each takes any bytes, or refuses them by an Error of one
// line. fuzz_main.cpp puts the rows of a program under libFuzzer; replay_test.cpp runs them as ordinary tests.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reverie::fuzz {

struct Reader {
    std::string_view name;  ///< of its corpus
    void (*read)(const uint8_t* data, size_t size);
    size_t longest = 20000;  ///< bytes that are tried
};

/// Those of this program.
std::span<const Reader> readers();

void read_commands(const uint8_t* data, size_t size);
void read_cues(const uint8_t* data, size_t size);
void read_jobs(const uint8_t* data, size_t size);
void read_map(const uint8_t* data, size_t size);
void read_midi(const uint8_t* data, size_t size);
void read_objective(const uint8_t* data, size_t size);
void read_osc(const uint8_t* data, size_t size);
void read_picture(const uint8_t* data, size_t size);
void read_preset(const uint8_t* data, size_t size);
void read_recipe(const uint8_t* data, size_t size);
void read_score(const uint8_t* data, size_t size);
void read_state(const uint8_t* data, size_t size);
void read_take(const uint8_t* data, size_t size);
void read_weights(const uint8_t* data, size_t size);
void read_words(const uint8_t* data, size_t size);
void read_y4m(const uint8_t* data, size_t size);

/// Valid bytes, from which fuzzing begins.
struct Seed {
    std::string_view reader;
    std::string name;
    std::string bytes;
};
std::vector<Seed> hand_seeds();
std::vector<Seed> text_seeds();
std::vector<Seed> media_seeds();
std::vector<Seed> command_seeds();
/// One file each, in the folder of its reader.
void write_seeds(const std::filesystem::path& folder, const std::vector<Seed>& seeds);

inline std::string_view text_of(const uint8_t* data, size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

/// A finding where it does not hold. It aborts: nothing between here and the fuzzer may catch it.
inline void expect(bool holds, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    if (holds) return;
    std::fprintf(stderr, "%s:%d: does not hold\n", file, line);
    std::abort();
}

/// What an Error says.
inline void expect_one_line(std::string_view said, size_t longest = 2000) {
    expect(!said.empty() && said.size() <= longest && said.find('\n') == std::string_view::npos);
}

/// The path of a file in memory that holds the bytes until the next call.
std::string as_file(const uint8_t* data, size_t size);

}  // namespace reverie::fuzz
