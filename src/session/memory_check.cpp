#include "src/session/memory_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/dream/guided_show.h"
#include "src/dream/pipeline.h"
#include "src/dream/temporal_dream.h"
#include "src/util/error.h"

namespace reverie {
namespace {

size_t pixels(Size size) {
    return static_cast<size_t>(size.width) * static_cast<size_t>(size.height);
}

constexpr size_t kCarried =
    2 * 3 * sizeof(float) + 24;                  // bytes a pixel: see FrameUpload, and codecs' own
constexpr size_t kNext = 2 * 3 * sizeof(float);  // a render's next frame, on a GPU

}  // namespace

Size largest_that_fits(Size size, size_t there, const BytesOf& bytes_of) {
    Size largest = size;
    for (double scale = 1; bytes_of(largest) > there; scale *= 0.98) {
        const Size smaller{std::max(2, static_cast<int>(size.width * scale) / 2 * 2),
                           std::max(2, static_cast<int>(size.height * scale) / 2 * 2)};
        largest = smaller;
        if (pixels(smaller) <= 4) break;  // nothing fits: what is asked for next will say so
    }
    return largest;
}

size_t render_bytes(Size size, const Params& params, Network* network) {
    const size_t least =
        network != nullptr ? Dreamer::least_network_bytes(*network, size.width, size.height, params)
                           : 0;
    return Pipeline::picture_bytes(size.width, size.height, params) +
           (kCarried + kNext) * pixels(size) + least;
}

size_t show_bytes(Size size, Size dream_size, const Params& params) {
    const size_t guided =
        size == dream_size ? 0 : GuidedShow::bytes(pixels(size), pixels(dream_size));
    return TemporalDream::show_bytes(dream_size.width, dream_size.height) +
           Dreamer::picture_bytes(dream_size.width, dream_size.height, params) +
           MaskMaker::picture_bytes(dream_size.width, dream_size.height, params.objective) +
           guided + kCarried * pixels(size);
}

void check_memory(size_t there, Size size, const BytesOf& bytes_of) {
    const size_t needed = bytes_of(size);
    if (needed <= there) return;
    const Size largest = largest_that_fits(size, there, bytes_of);
    throw Error(
        fmt::format("{}x{} takes {:.0f} GB to dream on, and there are {:.0f}; the largest of "
                    "this shape is --size {}x{}",
                    size.width, size.height, static_cast<double>(needed) / 1e9,
                    static_cast<double>(there) / 1e9, largest.width, largest.height));
}

void check_memory(const Device& device, Size size, const Params& params, Network* network) {
    check_memory(device.free_memory(), size,
                 [&](Size s) { return render_bytes(s, params, network); });
}

}  // namespace reverie
