// A sheet of a network's atlas, as a texture takes it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "src/net/network.h"
#include "src/util/size.h"

namespace reverie {

/// 8-bit BGRA, the upper row first. Tiles are squares, in rows of AtlasFiles::kColumns by number.
struct AtlasSheet {
    Size size;
    std::vector<uint32_t> bgra;
    int tile = 0;  ///< px on each side
};

/// Decodes the sheet of a layer of the network whose weights file that is; without pictures where
/// there is no sheet. On the processor, in the calling thread. Throws Error for a damaged one.
AtlasSheet load_atlas_sheet(const std::filesystem::path& weights, const std::string& layer);

/// The weights whose channels the network's names are numbered by (NamedChannel::tile): its own, or
/// those of the network that it was made from.
std::filesystem::path weights_of_names(const Network& network);

}  // namespace reverie
