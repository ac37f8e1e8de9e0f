#include "src/show/second_input.h"

#include <fmt/format.h>

namespace reverie {

Pixels<const float> SecondInput::picture(Runtime& runtime, Size size) {
    LiveFrame newest;
    const bool fresh = input_.take(newest);
    if (fresh) frame_ = std::move(newest);
    if (!frame_) return {};
    const bool anew = !upload_ || size != size_;
    if (anew) upload_.emplace(runtime, size);
    size_ = size;
    if (fresh || anew) rgb_ = upload_->to_rgb(frame_->video);
    return rgb_;
}

std::string SecondInput::problem() const {
    const LiveStatus status = input_.status();
    if (status.state != LiveState::lost && status.state != LiveState::stalled) return "";
    return fmt::format("--second: {}", status.last_error.empty()
                                           ? status.name + " gives no pictures"
                                           : status.last_error);
}

}  // namespace reverie
