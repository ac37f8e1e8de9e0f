#include "src/dream/resizer.h"

#include "kernels/ops.h"
#include "src/util/error.h"

namespace reverie {

void Resizer::resize(Stream& stream, Pixels<const float> src, Pixels<float> dst) {
    require(src.size() > 0 && dst.size() > 0,
            "an empty picture cannot be resized; try a size of at least 1x1");
    require(src.channels == dst.channels, "resize: source and target differ in their channels");
    reserve(src, dst);
    device_->ops().resize(stream, src, dst, scratch_.data());
}

void Resizer::reserve(Pixels<const float> src, Pixels<float> dst) {
    const size_t size = resize_scratch_size(src, dst);
    if (size > scratch_.size()) scratch_ = Buffer<float>(*device_, size);
}

}  // namespace reverie
