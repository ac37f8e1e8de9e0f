#include "src/music/sound_features.h"

#include <algorithm>
#include <cmath>

namespace reverie {
namespace {

constexpr float kBinHz = float{kSoundRate} / 1024;
constexpr float kLowHz = 150, kHighHz = 2500, kTopHz = 16000;
constexpr double kBandsOfOctave = 6;
constexpr float kFaint = 0.003F;    // of a band: less is not brought up
constexpr float kQuiet = 0.01F;     // −40 dB of full scale
constexpr float kLeastPart = 0.1F;  // of all that is heard: one part of it at its loudest
constexpr float kCompression = 20;  // of magnitudes beside the largest one, before the logarithm
constexpr double kGainHalfLifeS = 5;
constexpr double kRiseHalfLifeS = 4;
constexpr float kLeastRise = 0.01F;   // that is no noise of numbers
constexpr int kLag = 2;               // frames between which a rise is taken
constexpr float kUsual = 0.02F;       // how quickly the mean of rises is followed, each frame
constexpr float kOnsetAbove = 0.15F;  // the mean, of what counts as an onset
constexpr int kOnsetsApart = 4;       // frames at least

float follow(float& mean, float value, float share) {
    mean += share * (value - mean);
    return mean;
}

}  // namespace

AutomaticGain::AutomaticGain(double half_life_s, float floor)
    : decay_(static_cast<float>(std::exp2(-1 / (half_life_s * kFeatureRate)))),
      floor_(floor),
      largest_(floor) {}

float AutomaticGain::operator()(float value) {
    largest_ = std::max({value, largest_ * decay_, floor_});
    return std::clamp(value / largest_, 0.0F, 1.0F);
}

float OnsetPicker::operator()(float rise) {
    const bool largest = now_ > before_ && now_ >= rise;
    const float above = now_ - mean_;
    ++since_;
    float onset = 0;
    if (largest && above > kOnsetAbove && since_ >= kOnsetsApart) {
        onset = std::min(now_, 1.0F);
        since_ = 0;
    }
    follow(mean_, now_, kUsual * 4);
    before_ = now_;
    now_ = rise;
    return onset;
}

SoundListener::Rise::Rise() : gain(kRiseHalfLifeS, kLeastRise) {}

float SoundListener::Rise::operator()(float sum) {
    const float above = std::max(0.0F, sum - usual);
    follow(usual, sum, kUsual);
    return gain(above);
}

SoundListener::SoundListener()
    : waiting_(kWindow / 2),  // the first window lies around the first sample
      loudest_(kGainHalfLifeS, kFaint),
      level_(kGainHalfLifeS, kQuiet),
      parts_{level_, level_, level_} {
    int first = 1;
    for (double hz = 30; first * kBinHz < kTopHz; hz *= std::exp2(1 / kBandsOfOctave)) {
        const int last = std::min(static_cast<int>(hz / kBinHz), kWindow / 2);
        if (last < first) continue;
        const float middle_hz = kBinHz * 0.5F * static_cast<float>(first + last);
        bands_.push_back({first, last, middle_hz < kLowHz ? 0 : middle_hz < kHighHz ? 1 : 2});
        first = last + 1;
    }
    before_.assign(kLag, std::vector<float>(bands_.size()));
}

SoundFeatures SoundListener::look(std::span<const float> magnitudes) {
    std::vector<float> bands(bands_.size());
    std::array<float, kParts> energy{};
    for (size_t b = 0; b < bands_.size(); ++b) {
        float sum = 0;
        for (int k = bands_[b].first; k <= bands_[b].last; ++k)
            sum += magnitudes[k] * magnitudes[k];
        energy[bands_[b].part] += sum;
        bands[b] = std::sqrt(sum);
    }
    SoundFeatures features;
    features.level = level_(std::sqrt(energy[0] + energy[1] + energy[2]));
    const std::array<float*, kParts> parts{&features.low, &features.mid, &features.high};
    for (int p = 0; p < kParts; ++p) {
        const float value = std::sqrt(energy[p]);
        parts_[p](value);
        // What is all but missing in the music is not made loud.
        *parts[p] = value / std::max(parts_[p].largest(), kLeastPart * level_.largest());
    }

    loudest_(*std::max_element(bands.begin(), bands.end()));
    for (float& band : bands)
        band = std::log1p(kCompression * band / loudest_.largest()) / std::log1p(kCompression);
    const std::vector<float>& old = before_.front();
    float all = 0, low = 0;
    for (size_t b = 0; b < bands.size(); ++b) {
        // The neighbours' too: a voice that glides is no onset.
        const float was =
            std::max({old[b], old[b > 0 ? b - 1 : b], old[b + 1 < old.size() ? b + 1 : b]});
        const float more = std::max(0.0F, bands[b] - was);
        all += more;
        if (bands_[b].part == 0) low += more;
    }
    before_.pop_front();
    before_.push_back(std::move(bands));
    features.rise = rise_(all / static_cast<float>(bands_.size()));
    features.low_rise = low_rise_(low);
    return features;
}

void SoundListener::hear(std::span<const float> samples, std::vector<SoundFeatures>& features) {
    for (const float sample : samples)
        waiting_.push_back(std::isfinite(sample) ? std::clamp(sample, -8.0F, 8.0F) : 0.0F);
    size_t begin = 0;
    for (; begin + kWindow <= waiting_.size(); begin += kFeatureHop) {
        const std::span<const float> window(waiting_.data() + begin, kWindow);
        const SoundFeatures next = look(spectrum_.magnitudes(window));
        // Whether something began a frame ago is known only now.
        last_.onset = pick_(next.rise);
        if (!first_) features.push_back(last_);
        first_ = false;
        last_ = next;
    }
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<ptrdiff_t>(begin));
}

}  // namespace reverie
