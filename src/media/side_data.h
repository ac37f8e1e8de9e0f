// Side data about a file's pictures: 360° mapping, stereo 3D, the mastering display of HDR.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace reverie {

/// A piece of side data that holds for all pictures of a file, in libav's form. Equal values mean
/// the same.
struct SideData {
    int type = 0;  ///< libav's AVPacketSideDataType
    std::vector<uint8_t> bytes;

    bool operator==(const SideData&) const = default;
};

/// One line for each that `where` (".png files") cannot hold.
std::vector<std::string> left_out(const std::vector<SideData>& data, const std::string& where);

}  // namespace reverie
