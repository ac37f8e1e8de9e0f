// Checks whether a device has the memory for pictures of a size, before any is allocated.
#pragma once

#include <functional>

#include "src/dream/params.h"
#include "src/net/network.h"
#include "src/util/size.h"

namespace reverie {

/// Bytes that a size takes.
using BytesOf = std::function<size_t(Size)>;

/// `size`, or the largest of its shape that takes no more than `there` bytes.
Size largest_that_fits(Size size, size_t there, const BytesOf& bytes_of);

/// Of a render's pictures and, if the network is known, of the smallest tiles that it can dream in.
size_t render_bytes(Size size, const Params& params, Network* network);
/// Of a show's pictures, where dreams live at `dream_size`.
size_t show_bytes(Size size, Size dream_size, const Params& params);

/// Throws Error for a size that takes more than `there` bytes, with the largest of its shape that
/// fits.
void check_memory(size_t there, Size size, const BytesOf& bytes_of);
/// Of a render, against the device's free memory.
void check_memory(const Device& device, Size size, const Params& params,
                  Network* network = nullptr);

}  // namespace reverie
