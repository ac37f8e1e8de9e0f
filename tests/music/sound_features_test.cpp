// The sound's features against what was played.
#include "src/music/sound_features.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "src/media/sounds/spectrum.h"
#include "tests/music/pieces.h"

namespace reverie {
namespace {

TEST(Spectrum, IsThatOfThePlainSum) {
    constexpr int kSize = 64;
    std::mt19937 random(3);
    std::uniform_real_distribution<float> uniform(-1, 1);
    std::vector<float> samples(kSize);
    for (float& s : samples) s = uniform(random);
    Spectrum spectrum(kSize);
    const std::span<const float> found = spectrum.magnitudes(samples);
    ASSERT_EQ(found.size(), 33U);
    for (int k = 0; k <= kSize / 2; ++k) {
        double re = 0, im = 0;
        for (int i = 0; i < kSize; ++i) {
            const double window = std::pow(std::sin(std::numbers::pi * (i + 0.5) / kSize), 2);
            const double turn = 2 * std::numbers::pi * k * i / kSize;
            re += samples[i] * window * std::cos(turn);
            im -= samples[i] * window * std::sin(turn);
        }
        EXPECT_NEAR(found[k], 4.0 / kSize * std::hypot(re, im), 1e-5) << k;
    }
}

TEST(Spectrum, OfASineIsItsAmplitude) {
    Spectrum spectrum(1024);
    std::vector<float> samples(1024);
    for (int i = 0; i < 1024; ++i)
        samples[i] = static_cast<float>(0.3 * std::sin(2 * std::numbers::pi * 37 * i / 1024 + 1));
    EXPECT_NEAR(spectrum.magnitudes(samples)[37], 0.3, 1e-4);
    EXPECT_NEAR(spectrum.magnitudes(samples)[45], 0, 1e-4);
}

std::vector<SoundFeatures> features_of(const std::vector<float>& samples, size_t piece = 480) {
    SoundListener listener;
    std::vector<SoundFeatures> features;
    for (size_t at = 0; at < samples.size(); at += piece)
        listener.hear({samples.data() + at, std::min(piece, samples.size() - at)}, features);
    return features;
}

TEST(SoundListener, HearsTheSameInPiecesOfAnySize) {
    const std::vector<float> samples = clicks(131, 3).samples;
    const std::vector<SoundFeatures> whole = features_of(samples, samples.size());
    EXPECT_GT(whole.size(), 290U);
    for (const size_t piece : {1U, 77U, 441U, 5000U}) EXPECT_EQ(features_of(samples, piece), whole);
}

TEST(SoundListener, HearsWhereClicksBegin) {
    for (const double bpm : {60, 174}) {
        const Piece piece = clicks(bpm, 10);
        const std::vector<SoundFeatures> features = features_of(piece.samples);
        std::vector<double> onsets_s;
        for (size_t n = 0; n < features.size(); ++n) {
            if (features[n].onset > 0) onsets_s.push_back(static_cast<double>(n) / kFeatureRate);
        }
        ASSERT_EQ(onsets_s.size(), piece.beats_s.size());
        for (size_t i = 0; i < onsets_s.size(); ++i)
            EXPECT_NEAR(onsets_s[i], piece.beats_s[i], 0.011) << bpm;
    }
}

TEST(SoundListener, TellsLowMidAndHighApart) {
    const struct {
        double hz;
        float SoundFeatures::*part;
    } tones[] = {
        {70, &SoundFeatures::low}, {700, &SoundFeatures::mid}, {7000, &SoundFeatures::high}};
    std::vector<float> samples;
    for (const auto& tone : tones) {
        for (int i = 0; i < kSoundRate; ++i)
            samples.push_back(static_cast<float>(
                0.5 * std::sin(2 * std::numbers::pi * tone.hz * i / kSoundRate)));
    }
    const std::vector<SoundFeatures> features = features_of(samples);
    for (size_t at = 0; at < std::size(tones); ++at) {
        const SoundFeatures& heard = features[at * kFeatureRate + kFeatureRate / 2];
        for (const auto& tone : tones) {
            if (&tone == &tones[at])
                EXPECT_GT(heard.*tone.part, 0.9F) << tone.hz;
            else
                EXPECT_LT(heard.*tone.part, 0.3F) << tone.hz;
        }
        EXPECT_GT(heard.level, 0.8F);
    }
}

TEST(SoundListener, HearsQuietMusicAsLoudOne) {
    const std::vector<float> loud = clicks(120, 6).samples;
    std::vector<float> quiet = loud;
    for (float& s : quiet) s *= 0.2F;
    const std::vector<SoundFeatures> a = features_of(loud), b = features_of(quiet);
    for (size_t n = 0; n < a.size(); ++n) {
        EXPECT_NEAR(a[n].rise, b[n].rise, 0.1) << n;
        EXPECT_NEAR(a[n].mid, b[n].mid, 0.1) << n;
    }
}

TEST(SoundListener, StandsWhatIsNoNumber) {
    std::vector<float> samples = clicks(120, 3).samples;
    samples[40000] = NAN;
    samples[60000] = INFINITY;
    samples[70000] = -1e30F;
    for (const SoundFeatures& f : features_of(samples)) {
        for (const float value : {f.level, f.low, f.mid, f.high, f.onset, f.rise, f.low_rise}) {
            EXPECT_GE(value, 0);
            EXPECT_LE(value, 1);
        }
    }
}

}  // namespace
}  // namespace reverie
