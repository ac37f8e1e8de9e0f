#include "src/dream/atlas/feature_visualiser.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "src/dream/atlas/affine_view.h"
#include "src/net/execution_plan.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr int kPaintSteps = 32;
constexpr int kPaintNoises = 12;  // to start from, of which each channel takes the best
constexpr int kPaintDreams = 4;   // of the whole layer, likewise, for those that no noise excites
constexpr int kPaintDreamSteps = 16;
constexpr float kPaintNoise = 0.25F;  // contrast of a start
constexpr float kPaintRate = 0.06F;   // of a step
constexpr int kPaintMargin = 8;       // px of the painted picture that are cut off at its edges
constexpr int kPaintBorder = 8;       // px of it that are not amplified: they see the edge
constexpr float kPaintGrey = 127.5F;  // beyond it
constexpr int kPaintWideField = 450;  // px: layers that see more are painted at twice the size

}  // namespace

FeatureVisualiser::FeatureVisualiser(Network& network, const LayerInfo& layer)
    : network_(network),
      layer_(layer),
      shrink_(layer.field.size > kPaintWideField ? 2 : 1),
      picture_(shrink_ * FeaturePicture::kSide + 2 * kPaintMargin) {
    const int side = picture_.side();
    seen_.resize(network.device(), side, side, 3);
    gradient_.resize(network.device(), side, side, 3);
    back_.resize(static_cast<size_t>(side) * side * 3);
}

/// All channels look at the same starts. A few see nothing in any noise, and so have no gradient
/// there: they may see something in what the whole layer dreams. One that sees nothing at all stays
/// as its start.
void FeatureVisualiser::find_starts(Stream& stream) {
    start_of_.assign(layer_.channels, 0);
    std::vector<float> best(layer_.channels, 0.0F);
    for (uint32_t seed = 0; seed < kPaintNoises; ++seed) {
        picture_.start(seed, kPaintNoise);
        offer_start(stream, std::vector<bool>(layer_.channels, true), best);
    }
    std::vector<bool> blind(layer_.channels);
    for (int c = 0; c < layer_.channels; ++c) blind[c] = best[c] == 0;
    for (uint32_t seed = 0; seed < kPaintDreams; ++seed) {
        picture_.start(kPaintNoises + seed, kPaintNoise);
        for (uint32_t i = 0; i < kPaintDreamSteps; ++i) step(stream, {layer_.node, -1, 1}, i);
        offer_start(stream, blind, best);
    }
}

/// The picture as it is: channels of `which` that it excites more than their best one take it.
void FeatureVisualiser::offer_start(Stream& stream, const std::vector<bool>& which,
                                    std::vector<float>& best) {
    const int side = picture_.side();
    const std::vector<float>& rgb = picture_.rgb();
    ExecutionPlan& plan = network_.plan(side, side, {{layer_.node, -1, 1}});
    network_.device().upload(stream, seen_.view().data, rgb.data(), rgb.size() * sizeof(float));
    plan.forward(stream, seen_);
    const std::vector<float> values = plan.activations(stream, layer_.node);
    const size_t places = values.size() / layer_.channels;
    for (int c = 0; c < layer_.channels; ++c) {
        const float* const own = values.data() + c * places;
        const float sum = std::accumulate(own, own + places, 0.0F);
        if (!which[c] || sum <= best[c]) continue;
        best[c] = sum;
        start_of_[c] = starts_.size();
    }
    starts_.push_back(picture_);
    starts_.back().forget_steps();
}

void FeatureVisualiser::step(Stream& stream, const Tap& tap, uint32_t number) {
    const int side = picture_.side();
    Device& device = network_.device();
    const size_t bytes = back_.size() * sizeof(float);
    const AffineView view = random_view(static_cast<uint32_t>(tap.channel), number);
    look(picture_.rgb(), side, view, kPaintGrey, look_);
    ExecutionPlan& plan = network_.plan(side, side, {tap});
    plan.set_taps(stream, {tap}, kPaintBorder);
    device.upload(stream, seen_.view().data, look_.data(), bytes);
    plan.gradient(stream, seen_, 0, 0, gradient_);
    device.download(stream, look_.data(), gradient_.view().data, bytes);
    look_back(look_, side, view, back_);
    picture_.ascend(back_, kPaintRate);
}

FeaturePicture FeatureVisualiser::paint(Stream& stream, int channel) {
    require(channel >= 0 && channel < layer_.channels, "there is no such channel to paint");
    if (start_of_.empty()) find_starts(stream);
    picture_ = starts_[start_of_[channel]];
    for (uint32_t i = 0; i < kPaintSteps; ++i) step(stream, {layer_.node, channel, 1}, i);
    return small_picture();
}

double FeatureVisualiser::measure_s(Stream& stream) {
    constexpr int kMeasured = 4;
    using Clock = std::chrono::steady_clock;
    step(stream, {layer_.node, 0, 1}, 0);  // makes the plan
    const Clock::time_point begun = Clock::now();
    for (uint32_t i = 0; i < kMeasured; ++i) step(stream, {layer_.node, 0, 1}, i);
    const std::chrono::duration<double> took = Clock::now() - begun;
    return took.count() / kMeasured * kPaintSteps;
}

/// Without its margin, each pixel the mean of those that it stands for.
FeaturePicture FeatureVisualiser::small_picture() const {
    constexpr int kSide = FeaturePicture::kSide;
    const int side = picture_.side();
    const size_t plane = static_cast<size_t>(side) * side;
    const std::vector<float>& rgb = picture_.rgb();
    FeaturePicture small;
    small.rgb.reserve(FeaturePicture::kBytes);
    for (int i = 0; i < kSide * kSide * 3; ++i) {
        const int c = i % 3, x = i / 3 % kSide, y = i / 3 / kSide;
        float sum = 0;
        for (int part = 0; part < shrink_ * shrink_; ++part) {
            const int from_x = kPaintMargin + x * shrink_ + part % shrink_;
            const int from_y = kPaintMargin + y * shrink_ + part / shrink_;
            sum += rgb[c * plane + static_cast<size_t>(from_y) * side + from_x];
        }
        const float mean = sum / static_cast<float>(shrink_ * shrink_);
        small.rgb.push_back(static_cast<uint8_t>(std::lround(std::clamp(mean, 0.0F, 255.0F))));
    }
    return small;
}

}  // namespace reverie
