// Statistics of a live show, for the overlay, the health line and the summary at the end.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <vector>

namespace reverie {

/// Bytes of the process that are in memory.
int64_t resident_bytes();

class LiveStatistics {
  public:
    using Clock = std::chrono::steady_clock;

    /// `display_hz`: refresh rate of the display; latencies are counted in its frames.
    explicit LiveStatistics(double display_hz);

    /// A picture has just been shown. `arrived`: when its frame arrived; the epoch if the frame is
    /// not new.
    void presented(Clock::time_point now, Clock::time_point arrived);
    /// A dream of `steps` steps is done; `stretch`: see Push.
    void dreamed(Clock::time_point now, double took_ms, int steps, double stretch);
    /// mean |shown − source| of a picture, 0 … 255.
    void seen_strength(Clock::time_point now, double strength);
    /// Over the last ten seconds.
    double strength() const { return mean_of(strengths_); }
    double stretched() const { return dreams_ > 0 ? mean_of(stretches_) : 1; }

    struct Report {
        double seconds = 0;  ///< since the first picture
        int64_t frames = 0;  ///< presented
        int64_t dreams = 0;
        double presented_fps = 0;
        double dreams_per_s = 0;
        double steps_per_dream = 0;  ///< of gradient ascent: fewer if time is short
        double steps_per_s = 0;
        double strength = 0;   ///< mean |shown − source| over the last ten seconds, 0 … 255
        double stretched = 1;  ///< the half-life, likewise: as a look asks for it, 1
        double latency_frames_p95 = 0;
        double latency_ms_p95 = 0;
        int64_t late_frames = 0;           ///< shown more than 100 ms after the previous one
        std::vector<double> late_at_s;     ///< when the last of them came, since the first picture
        double worst_frame_ms = 0;         ///< the longest time between two frames
        double memory_growth_percent = 0;  ///< since a minute after the first, or a third
        int64_t memory_bytes = 0;
    };
    Report report(Clock::time_point now) const;
    /// Of the last second.
    double recent_fps(Clock::time_point now) const;
    double recent_dreams(Clock::time_point now) const;
    double dream_ms() const { return dream_ms_; }
    /// The last frames' times in ms, the oldest first.
    std::vector<float> frame_times() const;

  private:
    struct Sample {
        Clock::time_point at;
        double value;
    };
    static void keep(std::deque<Sample>& samples, Sample sample);
    static double mean_of(const std::deque<Sample>& samples);
    void watch_memory(Clock::time_point now);

    double display_hz_;
    Clock::time_point begun_;  ///< when the first picture was shown
    std::deque<Clock::time_point> shown_, dreams_recent_;
    std::vector<uint32_t> latency_histogram_;  ///< by tenth of a millisecond
    int64_t latencies_ = 0;
    int64_t frames_ = 0, dreams_ = 0, late_ = 0;
    std::deque<double> late_at_s_;
    double worst_ms_ = 0, dream_ms_ = 0;
    Clock::time_point memory_seen_;
    struct Memory {
        float at_s;
        int64_t bytes;
    };
    std::vector<Memory> memory_;                ///< every other second; older ones more seldom
    int64_t steps_ = 0;                         ///< of all dreams
    std::deque<Sample> strengths_, stretches_;  ///< of the last ten seconds
};

}  // namespace reverie
