#include "src/dream/steering/homeostasis.h"

#include <algorithm>
#include <cmath>

#include "kernels/ops.h"
#include "src/dream/state_archive.h"

namespace reverie {
namespace {

constexpr int kMeasured = 4, kMeans = 3;

/// Half-lives of a deviation at full firmness. Changes of brightness are seen at once; contrast and
/// colour may breathe.
constexpr double kLumaHalfTimeS = 0.05, kLookHalfTimeS = 0.4, kCastHalfTimeS = 1,
                 kGrainHalfTimeS = 0.1;
/// The half-life with which the held statistics follow what the dream wants; see follow().
constexpr double kFollowHalfTimeS = 30;
constexpr float kFollowDown = 0.8F, kFollowUp = 1.25F;
/// Contrast and colour that a dream may always reach, even if it began flat or gray.
constexpr float kLeastContrast = 36, kLeastSaturation = 10;
/// As shares of the contrast: a dream's detail, and what is noise.
constexpr float kLeastGrain = 0.042F, kMostGrain = 0.12F;
constexpr float kMostCast = 20;
constexpr float kDarkest = 6, kBrightest = 249;
/// Mean distance from the mean that a picture can have without clipping, as a share of the
/// distance from the mean to the nearer end.
constexpr float kRoom = 0.75F;

float rate_of(double dt_s, double half_time_s, float firmness) {
    return static_cast<float>(firmness * (1 - std::exp2(-dt_s / half_time_s)));
}

/// The factor that takes `now` the share `rate` of the way to `target`, on a logarithmic scale,
/// and not too fast.
float factor_towards(float now, float target, float rate) {
    return std::clamp(std::pow(target / std::max(now, 0.5F), rate), 0.8F, 1.25F);
}

}  // namespace

Homeostasis::Homeostasis(Device& device)
    : device_(&device), sums_(device, kMeasured + kMeans), sharpening_(device, 1) {}

void Homeostasis::observe(Stream& stream, Pixels<const float> picture) {
    Ops& ops = device_->ops();
    ops.measure(stream, picture, sums_.data());
    for (int c = 0; c < kMeans; ++c)
        ops.mean(stream, picture.plane(c), sums_.data() + kMeasured + c);
    pixels_ = picture.plane_size();
}

void Homeostasis::read(Stream& stream, int64_t pixels) {
    std::array<float, kMeasured + kMeans> sums{};
    device_->download(stream, sums.data(), sums_.data(), sizeof sums);
    const auto n = static_cast<float>(pixels);
    statistics_ = {sums[0] / n, sums[1] / n, sums[2] / n, sums[3] / n, {}};
    for (int c = 0; c < kMeans; ++c) statistics_.cast[c] = sums[kMeasured + c] - statistics_.luma;
}

void Homeostasis::keep(StateArchive& archive) {
    archive.buffer(sums_);
    archive.buffer(sharpening_);
    archive.value(statistics_);
    archive.value(first_);
    archive.value(target_);
    archive.value(pixels_);
}

void Homeostasis::begin(Stream& stream, Pixels<const float> picture) {
    constexpr float kSigma = 0.8F;
    const BlurKernel kernel = blur_kernel(kSigma);
    device_->upload(stream, sharpening_.data(), &kernel, sizeof kernel);
    observe(stream, picture);
    read(stream, pixels_);
    first_ = statistics_;
    first_.luma = std::clamp(statistics_.luma, kDarkest, kBrightest);
    const float room = kRoom * std::min(first_.luma, 255.0F - first_.luma);
    first_.contrast = std::min(std::max(statistics_.contrast, kLeastContrast), room);
    first_.saturation = std::max(statistics_.saturation, kLeastSaturation);
    first_.grain =
        std::clamp(statistics_.grain, kLeastGrain * first_.contrast, kMostGrain * first_.contrast);
    const auto strongest =
        std::max_element(statistics_.cast.begin(), statistics_.cast.end(),
                         [](float a, float b) { return std::abs(a) < std::abs(b); });
    const float within = kMostCast / std::max(kMostCast, std::abs(*strongest));
    for (int c = 0; c < kMeans; ++c) first_.cast[c] = within * statistics_.cast[c];
    target_ = first_;
}

/// The held statistics follow what the dream wants, slowly and only a little.
void Homeostasis::follow(double dt_s) {
    const float rate = rate_of(dt_s, kFollowHalfTimeS, 1);
    const auto lead = [&](float& target, float now, float first) {
        target = std::clamp(target + rate * (now - target), kFollowDown * first, kFollowUp * first);
    };
    lead(target_.contrast, statistics_.contrast, first_.contrast);
    lead(target_.saturation, statistics_.saturation, first_.saturation);
    lead(target_.grain, statistics_.grain, first_.grain);
}

void Homeostasis::hold(Stream& stream, double dt_s, float firmness, Pixels<float> picture,
                       Pixels<float> scratch, Pixels<float> blurred) {
    read(stream, pixels_);
    follow(dt_s);
    Ops& ops = device_->ops();
    const float cast_rate = rate_of(dt_s, kCastHalfTimeS, firmness);
    for (int c = 0; c < kMeans; ++c) {
        const float offset = cast_rate * (target_.cast[c] - statistics_.cast[c]);
        ops.scale_offset(stream, picture.plane(c), 1, offset, picture.plane(c));
    }
    const float more_grain = std::log(target_.grain / std::max(statistics_.grain, 0.01F));
    sharpen(stream, rate_of(dt_s, kGrainHalfTimeS, firmness) * std::clamp(more_grain, -1.0F, 1.0F),
            picture, scratch, blurred);
    const float look_rate = rate_of(dt_s, kLookHalfTimeS, firmness);
    const float luma_rate = rate_of(dt_s, kLumaHalfTimeS, firmness);
    const Balancing balancing{
        statistics_.luma, statistics_.luma + luma_rate * (target_.luma - statistics_.luma),
        factor_towards(statistics_.contrast, target_.contrast, look_rate),
        factor_towards(statistics_.saturation, target_.saturation, look_rate)};
    ops.balance(stream, picture, balancing, picture);
}

/// picture += amount · (picture − picture blurred): an unsharp mask, a soft one where negative.
void Homeostasis::sharpen(Stream& stream, float amount, Pixels<float> picture,
                          Pixels<float> scratch, Pixels<float> blurred) {
    Ops& ops = device_->ops();
    ops.blur(stream, picture, sharpening_.data(), scratch, blurred);
    ops.add_scaled(stream, picture, -1, blurred, blurred);
    ops.add_scaled(stream, picture, amount, blurred, picture);
}

}  // namespace reverie
