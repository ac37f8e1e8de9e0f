#include "src/show/installation/preset_walk.h"

#include <algorithm>

namespace reverie {

PresetWalk::PresetWalk(std::vector<std::string> presets, double every_s)
    : presets_(std::move(presets)), every_s_(every_s) {}

std::optional<std::string> PresetWalk::advance(double dt_s) {
    if (every_s_ <= 0 || presets_.empty()) return std::nullopt;
    gone_s_ += dt_s;
    if (gone_s_ < every_s_) return std::nullopt;
    // The remainder is carried over, so that an hour has as many changes as it should.
    const double over_s = std::min(gone_s_ - every_s_, every_s_ / 2);
    std::optional<std::string> due = skip();
    gone_s_ = over_s;
    return due;
}

std::optional<std::string> PresetWalk::skip() {
    if (presets_.empty()) return std::nullopt;
    gone_s_ = 0;
    std::string due = presets_[at_];
    at_ = (at_ + 1) % presets_.size();
    return due;
}

bool PresetWalk::drop(const std::string& preset) {
    const auto found = std::find(presets_.begin(), presets_.end(), preset);
    if (found != presets_.end()) {
        const auto index = static_cast<size_t>(found - presets_.begin());
        presets_.erase(found);
        if (at_ > index) --at_;
    }
    if (presets_.empty()) return false;
    at_ %= presets_.size();
    return true;
}

void PresetWalk::follow(const std::string& preset) {
    const auto found = std::find(presets_.begin(), presets_.end(), preset);
    if (found == presets_.end()) return;
    at_ = (static_cast<size_t>(found - presets_.begin()) + 1) % presets_.size();
}

void PresetWalk::set_every(double every_s) {
    if (every_s == every_s_) return;
    every_s_ = every_s;
    gone_s_ = 0;
}

}  // namespace reverie
