// Music whose beats are known: clicks, and a drum kit of three instruments that plays patterns.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "src/media/sound.h"

namespace reverie {

struct Piece {
    std::string name;
    std::vector<float> samples;   ///< mono, at kSoundRate
    std::vector<double> beats_s;  ///< where its beats are
};

class Drummer {
  public:
    explicit Drummer(double seconds, unsigned seed = 7)
        : samples_(static_cast<size_t>(seconds * kSoundRate)), random_(seed) {}

    void click(double at_s, float loud = 0.8F) {
        play(at_s, 0.02, [&](double t) { return loud * std::exp(-t / 0.003) * sine(1500, t); });
    }
    void kick(double at_s, float loud = 0.9F) {
        play(at_s, 0.25, [&](double t) {
            // A tone that falls from 160 to 45 Hz, and the beater's click.
            const double turns = 45 * t + (160 - 45) * 0.03 * (1 - std::exp(-t / 0.03));
            return loud * (std::exp(-t / 0.09) * std::sin(2 * std::numbers::pi * turns) +
                           0.2 * std::exp(-t / 0.002) * noise());
        });
    }
    void snare(double at_s, float loud = 0.7F) {
        play(at_s, 0.2, [&](double t) {
            return loud *
                   (0.5 * std::exp(-t / 0.06) * sine(190, t) + 0.5 * std::exp(-t / 0.05) * noise());
        });
    }
    /// Noise without its low half.
    void hat(double at_s, float loud = 0.3F) {
        double before = 0;
        play(at_s, 0.08, [&](double t) {
            const double now = noise();
            const double high = now - before;
            before = now;
            return loud * 0.5 * std::exp(-t / 0.02) * high;
        });
    }
    void tone(double at_s, double seconds, double hz, float loud) {
        play(at_s, seconds, [&](double t) { return loud * std::exp(-t / seconds) * sine(hz, t); });
    }
    void add_noise(double rms) {
        std::normal_distribution<double> gauss(0, rms);
        for (float& s : samples_) s += static_cast<float>(gauss(random_));
    }
    double rms() const {
        double sum = 0;
        for (const float s : samples_) sum += double{s} * s;
        return std::sqrt(sum / static_cast<double>(samples_.size()));
    }
    double seconds() const { return static_cast<double>(samples_.size()) / kSoundRate; }
    std::vector<float> take() { return std::move(samples_); }

  private:
    static double sine(double hz, double t) { return std::sin(2 * std::numbers::pi * hz * t); }
    double noise() { return std::uniform_real_distribution<double>(-1, 1)(random_); }
    void play(double at_s, double seconds, const std::function<double(double)>& sound) {
        const auto first = static_cast<int64_t>(std::llround(at_s * kSoundRate));
        const auto count = static_cast<int64_t>(seconds * kSoundRate);
        for (int64_t i = 0; i < count; ++i) {
            const double value = sound(static_cast<double>(i) / kSoundRate);
            if (first + i < 0 || first + i >= static_cast<int64_t>(samples_.size())) continue;
            samples_[static_cast<size_t>(first + i)] += static_cast<float>(value);
        }
    }

    std::vector<float> samples_;
    std::mt19937 random_;
};

inline Piece clicks(double bpm, double seconds = 24, double begins_s = 0.31) {
    Piece piece{"clicks at " + std::to_string(static_cast<int>(bpm)), {}, {}};
    Drummer drummer(seconds);
    for (double t = begins_s; t < seconds; t += 60 / bpm) {
        drummer.click(t);
        piece.beats_s.push_back(t);
    }
    piece.samples = drummer.take();
    return piece;
}

/// A beat of the drums: its number, its time, and how long it lasts.
struct Pulse {
    int beat;
    double at_s, lasts_s;
    double after(double beats) const { return at_s + beats * lasts_s; }
};

/// `bpm_at`: the tempo at a time; `play`: what is played in each beat.
inline Piece drums(const std::string& name, double seconds,
                   const std::function<double(double)>& bpm_at,
                   const std::function<void(Drummer&, const Pulse&)>& play,
                   double noise_db = -200) {
    Piece piece{name, {}, {}};
    Drummer drummer(seconds);
    int beat = 0;
    for (double t = 0.43; t < seconds; ++beat) {
        const double lasts = 60 / bpm_at(t);
        piece.beats_s.push_back(t);
        play(drummer, {beat, t, lasts});
        t += lasts;
    }
    if (noise_db > -100) drummer.add_noise(drummer.rms() * std::pow(10, noise_db / 20));
    piece.samples = drummer.take();
    return piece;
}

inline void rock(Drummer& d, const Pulse& p) {
    if (p.beat % 2 == 0) d.kick(p.at_s);
    if (p.beat % 2 == 1) d.snare(p.at_s);
    if (p.beat % 4 == 2) d.kick(p.after(0.5), 0.7F);
    for (const double eighth : {0.0, 0.5}) d.hat(p.after(eighth));
}

/// Six patterns: swing, half-time, a fill, a break of four bars, a tempo ramp, noise.
inline std::vector<Piece> six_patterns() {
    const auto steady = [](double bpm) { return [bpm](double) { return bpm; }; };
    std::vector<Piece> pieces;
    pieces.push_back(drums("swing, 132", 40, steady(132), [](Drummer& d, const Pulse& p) {
        // A ride on each beat, and a skipped one two thirds after each second; hats on 2 and 4.
        d.hat(p.at_s, 0.4F);
        if (p.beat % 2 == 1) {
            d.hat(p.after(2.0 / 3), 0.35F);
            d.snare(p.at_s, 0.35F);
        }
        if (p.beat % 4 == 0) d.kick(p.at_s, 0.6F);
        if (p.beat % 8 == 5) d.snare(p.after(2.0 / 3), 0.4F);
    }));
    pieces.push_back(drums("half-time, 140", 40, steady(140), [](Drummer& d, const Pulse& p) {
        if (p.beat % 4 == 0) d.kick(p.at_s);
        if (p.beat % 4 == 2) d.snare(p.at_s);
        if (p.beat % 8 == 5) d.kick(p.after(0.5), 0.7F);
        for (const double eighth : {0.0, 0.5}) d.hat(p.after(eighth), eighth == 0 ? 0.35F : 0.2F);
    }));
    pieces.push_back(drums("fills, 110", 40, steady(110), [](Drummer& d, const Pulse& p) {
        if (p.beat % 16 < 12) return rock(d, p);
        // The fourth bar: sixteenths on the snare, then on deeper drums.
        for (int i = 0; i < 4; ++i) {
            if (p.beat % 16 < 14)
                d.snare(p.after(i / 4.0), i == 0 ? 0.6F : 0.45F);
            else
                d.tone(p.after(i / 4.0), 0.15, 150 - 20 * (p.beat % 2), 0.6F);
        }
    }));
    pieces.push_back(drums("break of 4 bars, 126", 60, steady(126), [](Drummer& d, const Pulse& p) {
        const int bar = p.beat / 4;
        if (bar % 16 >= 10 && bar % 16 < 14) {
            if (p.beat % 16 == 8) d.tone(p.at_s, 6, 220, 0.2F);  // a sustained chord
            return;
        }
        d.kick(p.at_s);
        if (p.beat % 2 == 1) d.snare(p.at_s, 0.5F);
        d.hat(p.after(0.5), 0.4F);
    }));
    pieces.push_back(drums(
        "ramp, 100 to 140", 60,
        [](double t) { return 100 + 40 * std::clamp((t - 10) / 40, 0.0, 1.0); }, rock));
    pieces.push_back(drums("noise at -6 dB, 96", 40, steady(96), rock, -6));
    return pieces;
}

}  // namespace reverie
