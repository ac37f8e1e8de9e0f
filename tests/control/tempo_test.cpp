// One tempo from several sources.
#include "src/control/tempo.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <random>

#include "src/control/midi/midi_clock.h"
#include "src/util/error.h"

namespace reverie {
namespace {

TEST(TempoClock, OfATapsRowIsItsTempoAndItsBar) {
    TempoClock clock;
    EXPECT_FALSE(clock.beat_at(3));
    std::mt19937 random(5);
    std::uniform_real_distribution<double> shaky(-0.015, 0.015);
    for (int i = 0; i < 8; ++i) clock.tap(10 + i * 0.5 + shaky(random));
    EXPECT_EQ(clock.source(), TempoSource::tap);
    EXPECT_NEAR(clock.bpm(), 120, 1.5);
    for (int i = 0; i < 12; ++i) EXPECT_NEAR(*clock.beat_at(10 + i * 0.5), i, 0.06) << i;
}

TEST(TempoClock, OfBouncesAndPausesIsUnmoved) {
    TempoClock clock;
    for (int i = 0; i < 4; ++i) {
        clock.tap(i * 0.6);
        clock.tap(i * 0.6 + 0.02);
    }
    EXPECT_NEAR(clock.bpm(), 100, 1e-6);
    clock.tap(60.1);  // a single tap: the bar begins here
    EXPECT_NEAR(clock.bpm(), 100, 1e-6);
    EXPECT_NEAR(*clock.beat_at(60.1), 0, 1e-6);
    clock.tap(60.1 + 0.4);
    clock.tap(60.1 + 0.8);
    EXPECT_NEAR(clock.bpm(), 150, 1e-6);
}

TEST(TempoClock, RefusesWhatIsNoTempo) {
    TempoClock clock;
    for (const double bpm : {0.0, -120.0, 999.0, std::nan(""), double{INFINITY}}) {
        EXPECT_THROW(clock.set_bpm(bpm, 1), Error) << bpm;
        for (const TempoSource source : {TempoSource::ear, TempoSource::midi_clock})
            EXPECT_FALSE(clock.follow(source, bpm, 3, 1)) << bpm;
    }
    EXPECT_FALSE(clock.follow(TempoSource::ear, 120, std::nan(""), 1));
    EXPECT_EQ(clock.bpm(), 0);
    EXPECT_EQ(clock.seconds_to(Quantise::bar, 1), 0);
}

TEST(TempoClock, TakesUpATempoWhereTheBeatIs) {
    TempoClock clock;
    clock.follow(TempoSource::ear, 120, 7.25, 2);
    clock.set_bpm(90, 3);
    EXPECT_NEAR(*clock.beat_at(3), 9.25, 1e-9);
    EXPECT_NEAR(*clock.beat_at(3 + 60.0 / 90), 10.25, 1e-9);
}

TEST(TempoClock, FollowsWhoCountsMore) {
    TempoClock clock;
    EXPECT_TRUE(clock.follow(TempoSource::ear, 120, 0, 0));
    EXPECT_TRUE(clock.follow(TempoSource::midi_clock, 128, 4, 1));
    EXPECT_FALSE(clock.follow(TempoSource::ear, 120, 2, 1.5));
    clock.tap(1.6);
    clock.tap(2.1);
    EXPECT_EQ(clock.source(), TempoSource::midi_clock);
    EXPECT_NEAR(clock.bpm(), 128, 1e-9);
    // A clock that has stopped is gone.
    EXPECT_TRUE(clock.follow(TempoSource::ear, 120, 7, 3.5));
    EXPECT_EQ(clock.source(), TempoSource::ear);
}

TEST(TempoClock, OfTapsIsKeptFromDriftingByTheEar) {
    // Tapped at 70, a little too fast and early; what is heard has 138 beats a minute.
    TempoClock clock;
    for (int i = 0; i < 4; ++i) clock.tap(i * 60 / 70.3 - 0.03);
    const double heard_bpm = 138;
    for (double t = 3; t < 60; t += 1.0 / 30)
        clock.follow(TempoSource::ear, heard_bpm, t * heard_bpm / 60, t);
    EXPECT_EQ(clock.source(), TempoSource::tap);
    EXPECT_NEAR(clock.bpm(), 69, 0.05);
    EXPECT_NEAR(std::remainder(*clock.beat_at(60) - 60 * 69.0 / 60, 0.5), 0, 0.01);
    // A tempo that was not tapped is ignored.
    EXPECT_FALSE(clock.follow(TempoSource::ear, 100, 0, 60));
    clock.forget_taps();
    EXPECT_TRUE(clock.follow(TempoSource::ear, 100, 0, 60));
}

TEST(TempoClock, SaysHowLongAChangeWaits) {
    TempoClock clock;
    clock.follow(TempoSource::ear, 120, 0, 10);  // beats at 10, 10.5, …; bars at 10, 12, …
    EXPECT_NEAR(clock.seconds_to(Quantise::off, 10.1), 0, 1e-9);
    EXPECT_NEAR(clock.seconds_to(Quantise::beat, 10.1), 0.4, 1e-9);
    EXPECT_NEAR(clock.seconds_to(Quantise::bar, 10.1), 1.9, 1e-9);
    EXPECT_NEAR(clock.seconds_to(Quantise::four_bars, 10.1), 7.9, 1e-9);
    EXPECT_NEAR(clock.seconds_to(Quantise::beat, 10.5), 0, 1e-5);
    // A change that takes longer than the time left waits for the next beat.
    EXPECT_NEAR(clock.seconds_to(Quantise::beat, 10.4, 0.15), 0.6, 1e-9);
    EXPECT_NEAR(clock.seconds_to(Quantise::beat, 10.3, 0.15), 0.2, 1e-9);
}

/// Ticks of a machine at `bpm`, from `from_s` to `to_s`, each up to 2 ms early or late.
void tick(MidiClock& clock, int device, double bpm, double from_s, double to_s) {
    std::mt19937 random(3);
    std::uniform_real_distribution<double> shaky(-0.002, 0.002);
    using Clock = std::chrono::steady_clock;
    const auto at = [](double time_s) {
        return Clock::time_point(
            std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(time_s)));
    };
    clock.take({MidiClockEvent::Kind::start, at(from_s), device});
    for (int i = 0; from_s + i * 60 / bpm / 24 < to_s; ++i) {
        const double time_s = from_s + i * 60 / bpm / 24;
        clock.take({MidiClockEvent::Kind::tick, at(time_s + shaky(random)), device});
    }
}

TEST(MidiClock, IsFollowedFromItsStart) {
    using Clock = std::chrono::steady_clock;
    // The tempo's clock stands 70 s behind the one by which ticks are dated.
    const auto at = [](double time_s) {
        return Clock::time_point(std::chrono::seconds(int(time_s)));
    };
    for (const double bpm : {61.0, 128.0, 174.0}) {
        MidiClock midi;
        TempoClock tempo;
        midi.tell(tempo, 30, at(100));
        EXPECT_EQ(tempo.source(), TempoSource::none);
        tick(midi, 4, bpm, 100.25, 104);
        tick(midi, 7, 90, 103.5, 104);  // a second machine is ignored meanwhile
        midi.tell(tempo, 34, at(104));
        EXPECT_EQ(tempo.source(), TempoSource::midi_clock);
        EXPECT_NEAR(tempo.bpm(), bpm, 0.005 * bpm);
        EXPECT_NEAR(tempo.beat_at(34).value(), (104 - 100.25) * bpm / 60, 0.02) << bpm;
        tick(midi, 7, 90, 106.5, 110);  // … but not after the first has stopped
        midi.tell(tempo, 40, at(110));
        EXPECT_NEAR(tempo.bpm(), 90, 0.5);
        EXPECT_NEAR(tempo.beat_at(40).value(), (110 - 106.5) * 1.5, 0.02);
    }
}

}  // namespace
}  // namespace reverie
