// What whatever moves with the picture sees of it: how much moves, whether somebody is there, and
// how strongly layers of the network answer. In shows and renders alike.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "kernels/device.h"
#include "src/dream/seen.h"
#include "src/media/frames/frame.h"
#include "src/session/presence_watch.h"

namespace reverie {

/// A measure beside what it was of late: 0 is its least, 1 its most of the last seconds.
class RangeGain {
  public:
    /// `least_range`: what is no further from the least than this share of the most stays small;
    /// `floor`: likewise, of the measure itself. `from_zero`: its least is 0.
    RangeGain(float least_range, float floor, bool from_zero)
        : least_range_(least_range), floor_(floor), from_zero_(from_zero) {}
    /// 0 … 1, of a value `dt_s` after the one before.
    float operator()(float value, double dt_s);

  private:
    float least_range_, floor_;
    bool from_zero_;
    struct Range {
        float least, most;
    };
    std::optional<Range> range_;
};

/// The root mean square length of `flow` (2 × H × W, pixels), in picture widths. Synchronises.
class FlowLength {
  public:
    explicit FlowLength(Device& device) : device_(&device) {}
    float operator()(Stream& stream, Pixels<const float> flow);

  private:
    Device* device_;
    Buffer<float> sum_;
};

/// Thread-safety: belongs to one thread.
class Sight {
  public:
    explicit Sight(Device& device) : length_(device), watch_(device) {}

    /// From now on. What is no longer asked for is 0.
    void look_for(const SightWish& wish);
    const SightWish& wish() const { return wish_; }

    /// The next picture and its flow from the one before, `dt_s` earlier; null where none is known:
    /// then nothing moves.
    void see_motion(Stream& stream, Pixels<const float> flow, double dt_s);
    /// The newest frame of the source, at `time_s`, rising; its flow as in PresenceWatch::look().
    void see_frame(Stream& stream, const VideoFrame& frame, Pixels<const float> flow, double dt_s,
                   double time_s);
    /// An installation knows by itself whether somebody is there.
    void see_somebody(bool there) { seen_.presence = wish_.presence && there ? 1 : 0; }
    /// How strongly the layers that were asked for answer, `dt_s` after the last time.
    void see_layers(const std::vector<std::pair<Term, float>>& strengths, double dt_s);

    const Seen& seen() const { return seen_; }
    /// All that it remembers, of what was looked for: see StateArchive.
    void keep(StateArchive& archive);

  private:
    SightWish wish_;
    Seen seen_;
    FlowLength length_;
    RangeGain motion_gain_{0, kLeastMotion, true};
    std::vector<RangeGain> layer_gains_;  ///< of wish_.layers
    PresenceWatch watch_;
    Presence presence_;
    std::optional<double> watched_s_;

    static constexpr float kLeastMotion = 0.02F;  ///< picture widths a second: less is stillness
    static constexpr float kLeastRange = 0.1F;    ///< of a layer's strength
};

}  // namespace reverie
