// Beats are found where the drums have them.
#include <gtest/gtest.h>

#include "src/music/beat_follower.h"
#include "src/music/sound_track.h"
#include "tests/music/pieces.h"
#include "tests/music/scores.h"

namespace reverie {
namespace {

std::function<size_t(std::span<float>)> reader_of(const std::vector<float>& samples) {
    return [&samples, at = size_t{0}](std::span<float> to) mutable {
        const size_t count = std::min(to.size(), samples.size() - at);
        std::copy_n(samples.begin() + static_cast<ptrdiff_t>(at), count, to.begin());
        at += count;
        return count;
    };
}

SoundTrack expect_found(const Piece& piece, Hearing hearing) {
    const SoundTrack track = listen_to(reader_of(piece.samples), hearing);
    const BeatScore found = score(piece.beats_s, track.beats_s);
    EXPECT_GE(found.share(), 0.9) << piece.name;
    EXPECT_NEAR(found.octaves, 0, 0.1) << piece.name;
    EXPECT_LE(found.false_ones, found.beats / 10) << piece.name;
    return track;
}

TEST(Beats, OfClicksAreFound) {
    for (const double bpm : {60, 90, 120, 128, 174}) {
        const Piece piece = clicks(bpm);
        for (const Hearing hearing : {Hearing::whole, Hearing::live})
            EXPECT_NEAR(expect_found(piece, hearing).bpm, bpm, 0.005 * bpm);
    }
}

TEST(Beats, OfSixPatternsAreFound) {
    for (const Piece& piece : six_patterns()) expect_found(piece, Hearing::whole);
}

TEST(Beats, OfSixPatternsAreHeardLive) {
    for (const Piece& piece : six_patterns()) expect_found(piece, Hearing::live);
}

TEST(Beats, OfSilenceAreNone) {
    for (const Hearing hearing : {Hearing::whole, Hearing::live}) {
        for (const double seconds : {0.0, 0.001, 0.37, 9.0}) {
            const std::vector<float> silence(static_cast<size_t>(seconds * kSoundRate));
            const SoundTrack track = listen_to(reader_of(silence), hearing);
            EXPECT_TRUE(track.beats_s.empty());
            EXPECT_TRUE(track.onsets_s.empty());
            EXPECT_EQ(track.bpm, 0);
            EXPECT_FALSE(track.beat_at(1));
            EXPECT_NEAR(track.length_s, seconds, 1e-4);
        }
    }
}

/// Against the most likely beats, found by trying every tempo and phase of a piece with a steady
/// tempo.
TEST(Beats, OfASteadyPieceLieWhereTheMostRises) {
    std::vector<float> rise(1403);
    for (size_t i = 37; i < rise.size(); i += 47) rise[i] = 1;
    for (size_t i = 37 + 23; i < rise.size(); i += 47) rise[i] = 0.3F;
    const std::vector<double> beats = find_beats(BeatModel(), rise);
    double best = 0;
    int length = 0, phase = 0;
    for (int n = 30; n < 100; ++n) {
        for (int p = 0; p < n; ++p) {
            double sum = 0;
            int count = 0;
            for (size_t i = static_cast<size_t>(p); i < rise.size();
                 i += static_cast<size_t>(n), ++count)
                sum += rise[i];
            if (count == 0 || sum / count <= best) continue;
            best = sum / count;
            length = n;
            phase = p;
        }
    }
    ASSERT_FALSE(beats.empty());
    for (const double beat : beats)
        EXPECT_NEAR(std::remainder(beat - phase, length), 0, 1.5) << beat;
    EXPECT_NEAR(static_cast<double>(beats.size()), static_cast<double>(rise.size()) / length, 1.5);
}

TEST(Beats, GoOnInABreakAndAreCountedInBars) {
    // The kick is on the third beat of the piece, and on every fourth one after it.
    const Piece piece = drums(
        "bars", 40, [](double) { return 100; },
        [](Drummer& d, const Pulse& p) {
            if (p.at_s > 20 && p.at_s < 26) return;
            if (p.beat % 4 == 2) d.kick(p.at_s);
            d.snare(p.at_s, p.beat % 4 == 2 ? 0.1F : 0.4F);
        });
    const SoundTrack track = listen_to(reader_of(piece.samples));
    EXPECT_GE(score(piece.beats_s, track.beats_s, 20, 26).share(), 0.9);
    for (size_t i = 20; i < piece.beats_s.size() - 2; ++i) {
        const double position = *track.beat_at(piece.beats_s[i]);
        EXPECT_NEAR(std::remainder(position - (static_cast<double>(i) - 2), kBeatsOfBar), 0, 0.06);
    }
}

TEST(Beats, HeardLiveFollowAnotherTempo) {
    const Piece first = clicks(100, 20), second = clicks(143, 20);
    std::vector<float> samples = first.samples;
    samples.insert(samples.end(), second.samples.begin(), second.samples.end());
    SoundListener listener;
    std::vector<SoundFeatures> features;
    listener.hear(samples, features);
    BeatFollower follower;
    for (size_t n = 0; n < features.size(); ++n) {
        follower.step(features[n]);
        const BeatFollower::Beat beat = follower.now();
        const double t = static_cast<double>(n) / kFeatureRate;
        if (t > 8 && t < 20) {
            EXPECT_NEAR(beat.bpm, 100, 0.5) << t;
        }
        if (t > 28 && t < 39) {
            EXPECT_NEAR(beat.bpm, 143, 1) << t;
            const double there = (t - 20 - second.beats_s[0]) * 143 / 60;
            EXPECT_NEAR(std::remainder(beat.position - there, 1), 0, 0.06) << t;
        }
    }
}

}  // namespace
}  // namespace reverie
