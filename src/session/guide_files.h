// Guide pictures from files, at the size at which the network sees them.
#pragma once

#include <string>
#include <vector>

#include "kernels/device.h"
#include "src/net/guides.h"

namespace reverie {

/// `rgb` (3 × H × W, 0 … 255) at about as many pixels as the network was trained on.
GuidePicture guide_of(Device& device, Stream& stream, Pixels<const float> rgb);

/// Each path is a picture, or a folder whose pictures are all taken. All of them are brought to
/// about as many pixels as the network was trained on. Throws Error as load_picture() does, and
/// for a folder without pictures.
std::vector<GuidePicture> load_guides(Device& device, Stream& stream,
                                      const std::vector<std::string>& paths);

}  // namespace reverie
