// Describes the content of a weights file in text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/net/weights.h"

namespace reverie {

/// The layers with their channels, strides and receptive fields, the classes, the input, where it
/// comes from.
std::string weights_text(const Weights& weights);

/// 8-bit RGB, rows one behind the other.
struct RgbPicture {
    int width = 0, height = 0;
    std::vector<uint8_t> pixels;
};

/// The filters of the first convolution side by side, each value a square of `zoom` pixels: gray is
/// 0, and each filter's largest value in size is black or white.
RgbPicture filters_picture(const Weights& weights, int zoom = 6);

/// Writes a PNG. Throws Error as open_sink() does, and for another ending.
void write_picture(const RgbPicture& picture, const std::string& path, bool overwrite);

}  // namespace reverie
