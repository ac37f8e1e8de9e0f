// What a file says of its pictures beside them: 360°, stereo 3D, the display that HDR was made on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace reverie {

/// One of the things that a file says of all its pictures, as libav has it. Equal values mean the
/// same.
struct SideData {
    int type = 0;  ///< libav's AVPacketSideDataType
    std::vector<uint8_t> bytes;

    bool operator==(const SideData&) const = default;
};

/// One line for each that `where` (".png files") cannot hold.
std::vector<std::string> left_out(const std::vector<SideData>& data, const std::string& where);

}  // namespace reverie
