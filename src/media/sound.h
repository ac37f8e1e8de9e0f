// The sound of a live show: from a microphone, another input of the sound card, a file or a stream,
// on the clock of the show's pictures.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace reverie {

inline constexpr int kSoundRate = 48000;
inline constexpr int kSoundChannels = 2;

/// Stereo samples in −1 … 1 at kSoundRate. Sample n is heard n / kSoundRate seconds after time 0 of
/// the frames that it goes with.
/// Thread-safety: read() is called from the threads that write recordings, so it must be safe.
class SoundFeed {
  public:
    virtual ~SoundFeed() = default;
    /// Fills `samples` (left, right, left, …) from sample `first` on. Returns how many (pairs)
    /// are already known; lost samples, and those before the first sound, are silence.
    virtual size_t read(int64_t first, std::span<float> samples) = 0;
};

struct SoundStatus {
    bool running = false;
    std::string name;
    float peak = 0;       ///< of the last tenth of a second, 0 … 1
    std::string problem;  ///< why there is no sound, one line; "" if there is no problem
};

/// A thread of its own reads. A lost input is reopened each second; files are played in a loop,
/// without a gap.
/// Thread-safety: safe; several recordings may read one input.
class SoundInput : public SoundFeed {
  public:
    using Clock = std::chrono::steady_clock;

    /// `spec`: `default`, `pulse:NAME`, `alsa:NAME`, `jack:NAME`, `lavfi:GRAPH`, a file or a URL.
    /// `origin`: time 0 of the frames. Throws nothing if the input cannot be opened: see status().
    SoundInput(std::string spec, Clock::time_point origin);
    /// Waits for the reader, which gives up within a moment.
    ~SoundInput() override;
    SoundInput(const SoundInput&) = delete;
    SoundInput& operator=(const SoundInput&) = delete;

    size_t read(int64_t first, std::span<float> samples) override;
    SoundStatus status() const;

  private:
    class Reader;

    int64_t index_now() const;
    Clock::time_point time_of(int64_t sample) const;
    void run();
    void take(int64_t first, std::span<const float> samples);
    void fail(const std::string& line);

    std::string spec_;
    Clock::time_point origin_;
    std::atomic<bool> stopping_ = false;

    mutable std::mutex mutex_;
    std::vector<float> ring_;  ///< sample n at n mod its length
    int64_t end_ = 0;          ///< after the last sample that is known
    SoundStatus status_;
    std::thread thread_;  ///< the last member: it uses the others
};

struct SoundDevice {
    std::string source;  ///< what opens it: "pulse:alsa_input.usb-…"
    std::string name;    ///< for people
};

/// The inputs that PulseAudio (or PipeWire) and ALSA offer for recording; may be empty.
std::vector<SoundDevice> list_sounds();

}  // namespace reverie
