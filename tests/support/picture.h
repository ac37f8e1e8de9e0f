// Reads pictures for tests, with a decoder that is not the program's.
#pragma once

#include <filesystem>
#include <vector>

namespace reverie::test {

struct Picture {
    int width = 0, height = 0;
    std::vector<float> planes;  ///< 3 × height × width, 0 … 255
};

/// Throws std::runtime_error if the file cannot be read.
Picture read_picture(const std::filesystem::path& path);

}  // namespace reverie::test
