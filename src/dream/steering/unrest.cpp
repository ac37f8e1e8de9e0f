#include "src/dream/steering/unrest.h"

#include <algorithm>
#include <cmath>

#include "kernels/ops.h"
#include "src/dream/state_archive.h"
#include "src/util/rng.h"

namespace reverie {
namespace {

constexpr int kCurrents = 2, kTints = 3, kFields = kCurrents + kTints;
constexpr int kKnots = 7;                 // along the shorter side
constexpr double kKnotS = 3;              // from one to the next in time
constexpr uint32_t kStream = 0x52455354;  // of random numbers: no other user's
constexpr double kPastHalfTimeS = 1.0;
constexpr double kMoodHalfTimeS = 2.0;
/// The change against the past, as a share of the contrast: below the first value a picture is at
/// rest, above the second it is lively.
constexpr float kAtRest = 0.15F, kLively = 0.4F;
/// At full unrest: currents, in shares of the height a second, and tints, in levels a second.
constexpr float kCurrentSpeed = 0.08F, kTintSpeed = 40;

/// Uniform in −1 … 1.
float signed_unit(uint32_t word) {
    return static_cast<float>(static_cast<int32_t>(word)) / 2147483648.0F;
}

std::array<float, kFields> knot(uint32_t place, uint32_t moment, int seed) {
    const std::array<uint32_t, 2> key{static_cast<uint32_t>(seed), kStream};
    const RandomWords a = philox({place, moment, 0, 0}, key),
                      b = philox({place, moment, 1, 0}, key);
    return {signed_unit(a[0]), signed_unit(a[1]), signed_unit(a[2]), signed_unit(a[3]),
            signed_unit(b[0])};
}

}  // namespace

Unrest::Unrest(Device& device) : device_(&device), resizer_(device), sum_(device, 1) {}

void Unrest::begin(Stream& stream, Pixels<const float> picture) {
    past_.resize(*device_, picture.width, picture.height, 3);
    scratch_.resize(*device_, picture.width, picture.height, 3);
    device_->copy(stream, past_.view().data, picture.data,
                  static_cast<size_t>(picture.size()) * sizeof(float));
    device_->clear(stream, sum_.data(), sum_.bytes());
    change_ = 1;
    restlessness_ = 0;
}

void Unrest::keep(StateArchive& archive) {
    archive.image(past_);
    archive.buffer(sum_);
    archive.value(change_);
    archive.value(restlessness_);
    if (archive.restores() && !past_.empty())
        scratch_.resize(*device_, past_.width(), past_.height(), 3);
}

void Unrest::observe(Stream& stream, double dt_s, Pixels<const float> picture) {
    Ops& ops = device_->ops();
    ops.add_scaled(stream, picture, -1, past_, scratch_);
    ops.absolute_sum(stream, scratch_, sum_.data());
    const auto rate = static_cast<float>(1 - std::exp2(-dt_s / kPastHalfTimeS));
    ops.add_scaled(stream, past_, rate, scratch_, past_);
}

void Unrest::weigh(Stream& stream, double dt_s, float contrast) {
    float sum = 0;
    device_->download(stream, &sum, sum_.data(), sizeof sum);
    const float mean = sum / static_cast<float>(past_.view().size());
    const auto rate = static_cast<float>(1 - std::exp2(-dt_s / kMoodHalfTimeS));
    change_ += rate * (mean / std::max(contrast, 1.0F) - change_);
    const float wish = std::clamp((kLively - change_) / (kLively - kAtRest), 0.0F, 1.0F);
    restlessness_ += rate * (wish - restlessness_);
}

void Unrest::carry(Stream& stream, Pixels<const float> flow) {
    device_->ops().warp(stream, past_, flow, scratch_);
    past_.swap(scratch_);
}

void Unrest::turn(Stream& stream, double time_s, int seed, int width, int height) {
    const double cell = static_cast<double>(std::min(width, height)) / kKnots;
    const int across = static_cast<int>(std::ceil(width / cell)),
              down = static_cast<int>(std::ceil(height / cell));
    const auto moment = static_cast<uint32_t>(std::max(0.0, std::floor(time_s / kKnotS)));
    const double t = time_s / kKnotS - moment;
    const auto weight = static_cast<float>(t * t * (3 - 2 * t));
    const int places = across * down;
    host_.resize(static_cast<size_t>(places) * kFields);
    for (int place = 0; place < places; ++place) {
        const auto from = knot(static_cast<uint32_t>(place), moment, seed),
                   to = knot(static_cast<uint32_t>(place), moment + 1, seed);
        for (int f = 0; f < kFields; ++f)
            host_[static_cast<size_t>(f) * places + place] = lerp(from[f], to[f], weight);
    }
    knots_.resize(*device_, across, down, kFields);
    field_.resize(*device_, width, height, kFields);
    device_->upload(stream, knots_.view().data, host_.data(), host_.size() * sizeof(float));
    resizer_.resize(stream, knots_, field_);
}

void Unrest::stir_flow(Stream& stream, double dt_s, float firmness, Pixels<float> flow) {
    const auto reach = static_cast<float>(dt_s * std::min(flow.width, flow.height)) * kCurrentSpeed;
    const Pixels<float> all = field_;
    const Pixels<const float> currents{all.data, all.width, all.height, kCurrents};
    device_->ops().add_scaled(stream, flow, firmness * restlessness_ * reach, currents, flow);
}

void Unrest::stir_colours(Stream& stream, double dt_s, float firmness, Pixels<float> picture) {
    const Pixels<float> all = field_;
    const Pixels<const float> tints{all.data + kCurrents * all.plane_size(), all.width, all.height,
                                    kTints};
    const float reach = static_cast<float>(dt_s) * kTintSpeed;
    device_->ops().add_scaled(stream, picture, firmness * restlessness_ * reach, tints, picture);
}

}  // namespace reverie
