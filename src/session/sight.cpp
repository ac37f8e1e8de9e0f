#include "src/session/sight.h"

#include <algorithm>
#include <cmath>

#include "kernels/ops.h"
#include "src/dream/state_archive.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr double kForgetS = 6;  // half-life of the least and the most

bool same_layers(const std::vector<Term>& a, const std::vector<Term>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Term& x, const Term& y) {
        return x.layer == y.layer && x.channel == y.channel;
    });
}

}  // namespace

float RangeGain::operator()(float value, double dt_s) {
    if (!std::isfinite(value)) return 0;
    if (!range_) range_ = Range{from_zero_ ? 0 : value, value};
    const auto kept = static_cast<float>(std::exp2(-dt_s / kForgetS));
    auto& [least, most] = *range_;
    if (!from_zero_) least = std::min(value, value + (least - value) * kept);
    most = std::max(value, value + (most - value) * kept);
    const float range = std::max({most - least, least_range_ * std::abs(most), floor_});
    return range > 0 ? std::clamp((value - least) / range, 0.0F, 1.0F) : 0;
}

float FlowLength::operator()(Stream& stream, Pixels<const float> flow) {
    if (sum_.size() == 0) sum_ = Buffer<float>(*device_, 1);
    device_->ops().square_sum(stream, flow, sum_.data());
    float sum = 0;
    device_->download(stream, &sum, sum_.data(), sizeof sum);
    const double pixels = double{1} * flow.width * flow.height;
    return static_cast<float>(std::sqrt(sum / pixels) / flow.width);
}

void Sight::look_for(const SightWish& wish) {
    if (!same_layers(wish.layers, wish_.layers)) {
        layer_gains_.assign(wish.layers.size(), RangeGain(kLeastRange, 0, false));
        seen_.layers.clear();
        for (const Term& layer : wish.layers) seen_.layers.emplace_back(layer, 0.0F);
    }
    if (!wish.motion) seen_.motion = 0;
    if (!wish.presence) seen_.presence = 0;
    wish_ = wish;
}

void Sight::keep(StateArchive& archive) {
    size_t layers = seen_.layers.size();
    archive.value(layers);
    require(layers == seen_.layers.size(), "the kept state watches other layers");
    archive.value(seen_.motion);
    archive.value(seen_.presence);
    for (auto& [layer, strength] : seen_.layers) archive.value(strength);
    archive.value(motion_gain_);
    for (RangeGain& gain : layer_gains_) archive.value(gain);
    watch_.keep(archive);
    archive.value(presence_);
    archive.value(watched_s_);
}

void Sight::see_motion(Stream& stream, Pixels<const float> flow, double dt_s) {
    if (!wish_.motion) return;
    const bool known = flow.data != nullptr && dt_s > 0;
    seen_.motion = known ? motion_gain_(length_(stream, flow) / static_cast<float>(dt_s), dt_s) : 0;
}

void Sight::see_frame(Stream& stream, const VideoFrame& frame, Pixels<const float> flow,
                      double dt_s, double time_s) {
    if (!wish_.presence || !watch_.look(stream, frame, flow, dt_s, time_s)) return;
    const double since_s = watched_s_ ? std::clamp(time_s - *watched_s_, 0.0, 1.0) : 0;
    watched_s_ = time_s;
    presence_.step(watch_.motion(), watch_.difference(), since_s, {});
    see_somebody(presence_.state() != PresenceState::nobody);
}

void Sight::see_layers(const std::vector<std::pair<Term, float>>& strengths, double dt_s) {
    for (size_t i = 0; i < wish_.layers.size(); ++i) {
        for (const auto& [layer, strength] : strengths) {
            if (layer.layer == wish_.layers[i].layer && layer.channel == wish_.layers[i].channel)
                seen_.layers[i].second = layer_gains_[i](strength, dt_s);
        }
    }
}

}  // namespace reverie
