#include "src/show/live_statistics.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace reverie {
namespace {

constexpr double kLateMs = 100;
constexpr size_t kFramesCounted = 240;
constexpr size_t kLateKept = 32;
constexpr size_t kLatencyBins = 20000;  // two seconds
constexpr double kMemoryEveryS = 2;
constexpr double kWarmUpS = 60;

double ms_between(LiveStatistics::Clock::time_point a, LiveStatistics::Clock::time_point b) {
    return std::chrono::duration<double, std::milli>(b - a).count();
}

/// How many of `times` lie in the last second.
double last_second(const std::deque<LiveStatistics::Clock::time_point>& times,
                   LiveStatistics::Clock::time_point now) {
    const auto recent = std::lower_bound(times.begin(), times.end(), now - std::chrono::seconds(1));
    return static_cast<double>(times.end() - recent);
}

}  // namespace

int64_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    int64_t total = 0, resident = 0;
    file >> total >> resident;
    return resident * sysconf(_SC_PAGESIZE);
}

LiveStatistics::LiveStatistics(double display_hz)
    : display_hz_(display_hz > 0 ? display_hz : 60), latency_histogram_(kLatencyBins) {}

void LiveStatistics::presented(Clock::time_point now, Clock::time_point arrived) {
    if (frames_ == 0) {
        begun_ = now;
    } else {
        const double took_ms = ms_between(shown_.back(), now);
        worst_ms_ = std::max(worst_ms_, took_ms);
        if (took_ms > kLateMs) {
            ++late_;
            late_at_s_.push_back(ms_between(begun_, now) / 1000);
            if (late_at_s_.size() > kLateKept) late_at_s_.pop_front();
        }
    }
    shown_.push_back(now);
    if (shown_.size() > kFramesCounted) shown_.pop_front();
    ++frames_;
    if (arrived != Clock::time_point()) {
        const auto bin = static_cast<size_t>(std::max(0.0, ms_between(arrived, now) * 10));
        ++latency_histogram_[std::min(bin, kLatencyBins - 1)];
        ++latencies_;
    }
    watch_memory(now);
}

/// The present sample and those of the ten seconds before it.
void LiveStatistics::keep(std::deque<Sample>& samples, Sample sample) {
    samples.push_back(sample);
    while (sample.at - samples.front().at > std::chrono::seconds(10)) samples.pop_front();
}

double LiveStatistics::mean_of(const std::deque<Sample>& samples) {
    double sum = 0;
    for (const Sample& sample : samples) sum += sample.value;
    return samples.empty() ? 0 : sum / static_cast<double>(samples.size());
}

void LiveStatistics::seen_strength(Clock::time_point now, double strength) {
    keep(strengths_, {now, strength});
}

void LiveStatistics::dreamed(Clock::time_point now, double took_ms, int steps, double stretch) {
    keep(stretches_, {now, stretch});
    ++dreams_;
    steps_ += steps;
    dream_ms_ = took_ms;
    dreams_recent_.push_back(now);
    if (dreams_recent_.size() > kFramesCounted) dreams_recent_.pop_front();
}

void LiveStatistics::watch_memory(Clock::time_point now) {
    if (!memory_.empty() && ms_between(memory_seen_, now) < 1000 * kMemoryEveryS) return;
    memory_seen_ = now;
    memory_.push_back({static_cast<float>(ms_between(begun_, now) / 1000), resident_bytes()});
    // A show of days fits as well: when full, every other value is dropped.
    constexpr size_t kMost = 4096;
    if (memory_.size() < kMost) return;
    for (size_t i = 0; 2 * i < memory_.size(); ++i) memory_[i] = memory_[2 * i];
    memory_.resize(memory_.size() / 2);
}

LiveStatistics::Report LiveStatistics::report(Clock::time_point now) const {
    Report r;
    r.seconds = frames_ > 0 ? ms_between(begun_, now) / 1000 : 0;
    r.frames = frames_;
    r.dreams = dreams_;
    if (r.seconds > 0) {
        r.presented_fps = static_cast<double>(frames_) / r.seconds;
        r.dreams_per_s = static_cast<double>(dreams_) / r.seconds;
        r.steps_per_s = static_cast<double>(steps_) / r.seconds;
    }
    if (dreams_ > 0) r.steps_per_dream = static_cast<double>(steps_) / static_cast<double>(dreams_);
    r.strength = strength();
    r.stretched = stretched();
    int64_t seen = 0;
    for (size_t bin = 0; bin < kLatencyBins && latencies_ > 0; ++bin) {
        seen += latency_histogram_[bin];
        if (seen * 100 < latencies_ * 95) continue;
        r.latency_ms_p95 = static_cast<double>(bin + 1) / 10;
        break;
    }
    r.latency_frames_p95 = r.latency_ms_p95 * display_hz_ / 1000;
    r.late_frames = late_;
    r.late_at_s = {late_at_s_.begin(), late_at_s_.end()};
    r.worst_frame_ms = worst_ms_;
    r.memory_bytes = resident_bytes();
    const double warm_s = std::min(kWarmUpS, r.seconds / 3);
    const auto warm = std::find_if(memory_.begin(), memory_.end(),
                                   [&](const Memory& m) { return m.at_s >= warm_s; });
    if (warm != memory_.end() && warm->bytes > 0) {
        r.memory_growth_percent =
            100 * (static_cast<double>(r.memory_bytes) / static_cast<double>(warm->bytes) - 1);
    }
    return r;
}

double LiveStatistics::recent_fps(Clock::time_point now) const { return last_second(shown_, now); }

double LiveStatistics::recent_dreams(Clock::time_point now) const {
    return last_second(dreams_recent_, now);
}

std::vector<float> LiveStatistics::frame_times() const {
    std::vector<float> times;
    for (size_t i = 1; i < shown_.size(); ++i)
        times.push_back(static_cast<float>(ms_between(shown_[i - 1], shown_[i])));
    return times;
}

}  // namespace reverie
