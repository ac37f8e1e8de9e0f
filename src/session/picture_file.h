// One picture from a file onto a device, for `still`, `zoom` and `lab`.
#pragma once

#include <optional>
#include <string>

#include "kernels/device.h"
#include "src/media/source.h"

namespace reverie {

struct Picture {
    SourceInfo info;
    VideoFrame frame;  ///< as decoded, host memory
    Image rgb;         ///< 3 × H × W, 0 … 255, on the device
};

/// The first frame of a picture or video. Throws Error as open_source() does, and if there is no
/// frame in it.
Picture load_picture(Device& device, Stream& stream, const std::string& path,
                     const SourceOptions& options = {});

/// The picture as three host planes R, G, B of width·height.
std::vector<float> download_picture(Device& device, Stream& stream, Pixels<const float> rgb);

}  // namespace reverie
