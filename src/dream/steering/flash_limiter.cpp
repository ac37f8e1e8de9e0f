#include "src/dream/steering/flash_limiter.h"

#include <algorithm>

#include "kernels/ops.h"
#include "src/util/error.h"

namespace reverie {

FlashLimiter::FlashLimiter(Device& device) : device_(&device) {}

void FlashLimiter::begin(Pixels<const float> picture) {
    const int columns = std::min(kColumns, picture.width), rows = std::min(kRows, picture.height);
    if (guard_ == nullptr || guard_->columns() != columns || guard_->rows() != rows)
        guard_ = std::make_unique<FlashGuard>(columns, rows);
    grid_.resize(*device_, columns, rows, 1);
    weights_.resize(*device_, columns, rows, 1);
    scratch_.resize(*device_, picture.width, rows, 1);
    before_ = {};
}

void FlashLimiter::measure(Stream& stream, Pixels<const float> picture, std::vector<float>& cells) {
    device_->ops().cell_luminance(stream, picture, scratch_.view().data, grid_);
    cells.resize(static_cast<size_t>(grid_.cview().size()));
    device_->download(stream, cells.data(), grid_.cview().data, cells.size() * sizeof(float));
}

Pixels<const float> FlashLimiter::limit(Stream& stream, Pixels<const float> picture,
                                        double time_s) {
    require(picture.channels == 3 && picture.size() > 0, "a flash limiter needs an RGB picture");
    if (!same_size(picture, before_)) begin(picture);
    measure(stream, picture, wanted_);
    const bool free = guard_->plan(wanted_, time_s, cell_weights_) || before_.data == nullptr;
    held_share_ = free ? 0 : guard_->held_share();
    Pixels<const float> out = picture;
    if (free) {
        shown_ = wanted_;
    } else {
        out = mix(stream, picture, time_s);
        ++limited_frames_;
    }
    guard_->add(shown_, time_s);
    before_ = out;
    return out;
}

Pixels<const float> FlashLimiter::mix(Stream& stream, Pixels<const float> picture, double time_s) {
    turn_ = 1 - turn_;
    Image& mixed = mixed_[turn_];
    mixed.resize(*device_, picture.width, picture.height, 3);
    // As planned; where that is still too much, the last picture is shown again.
    for (int round = 0; round < 2; ++round) {
        device_->upload(stream, weights_.view().data, cell_weights_.data(),
                        cell_weights_.size() * sizeof(float));
        device_->ops().blend_cells(stream, before_, picture, weights_, mixed);
        measure(stream, mixed, shown_);
        if (guard_->holds(shown_, time_s, cell_weights_)) break;
    }
    return mixed;
}

}  // namespace reverie
