#include "src/show/show_ear.h"

#include <algorithm>
#include <cmath>

namespace reverie {
namespace {

constexpr double kKeptS = 2;
constexpr double kMostBehindS = 2;  // a show that has stood still for longer listens anew
constexpr int64_t kPiece = kFeatureHop;

}  // namespace

void ShowEar::begin(double time_s) {
    listener_.emplace();
    follower_.emplace();
    first_ = next_ = std::llround(time_s * kSoundRate);
    features_ = 0;
    kept_.assign(static_cast<size_t>(kKeptS * kFeatureRate), {});
}

void ShowEar::listen(std::shared_ptr<SoundFeed> feed, double time_s) {
    feed_ = std::move(feed);
    begin(time_s);
}

void ShowEar::hear(double time_s) {
    if (feed_ == nullptr) return;
    const double behind_s = time_s - static_cast<double>(next_) / kSoundRate;
    if (behind_s > kMostBehindS) begin(time_s - kMostBehindS / 2);
    stereo_.resize(kPiece * kSoundChannels);
    mono_.resize(kPiece);
    while (next_ < static_cast<int64_t>(time_s * kSoundRate)) {
        const size_t count = feed_->read(next_, stereo_);
        if (count == 0) return;
        for (size_t i = 0; i < count; ++i)
            mono_[i] = 0.5F * (stereo_[i * kSoundChannels] + stereo_[i * kSoundChannels + 1]);
        next_ += static_cast<int64_t>(count);
        new_.clear();
        listener_->hear({mono_.data(), count}, new_);
        for (const SoundFeatures& features : new_) {
            follower_->step(features);
            kept_[static_cast<size_t>(features_++) % kept_.size()] = features;
        }
    }
}

double ShowEar::beat_s() const {
    return static_cast<double>(first_) / kSoundRate +
           static_cast<double>(features_ - 1) / kFeatureRate;
}

SoundFeatures ShowEar::at(double time_s) const {
    if (feed_ == nullptr || features_ == 0) return {};
    const double since_s = time_s - static_cast<double>(first_) / kSoundRate;
    const int64_t n = std::min<int64_t>(std::llround(since_s * kFeatureRate), features_ - 1);
    const auto kept = static_cast<int64_t>(kept_.size());
    if (n < 0 || n < features_ - kept) return {};
    return kept_[static_cast<size_t>(n % kept)];
}

}  // namespace reverie
