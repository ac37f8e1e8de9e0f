// Thumbnails of presets: what each would make of what is before the camera now, dreamed small, one
// after the other, in short turns between the show's own dreams.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "src/control/preset.h"
#include "src/dream/dreamer.h"
#include "src/dream/resizer.h"
#include "src/show/dream_thread.h"
#include "src/util/size.h"

namespace reverie {

/// 8-bit BGRA, the upper row first.
struct LookThumbnail {
    Size size;
    std::vector<uint8_t> bgra;
    int64_t number = 0;  ///< grows with each that is made
};

/// The look of `preset` as a thumbnail dreams it: the steps that a show takes until the dream has
/// settled, in `turns` larger ones of one iteration each. `base`: what the preset does not say.
/// Throws Error for an objective that the network cannot dream.
Params thumbnail_params(const Params& base, const Preset& preset, const Network& network,
                        int turns);
/// Of a picture of this size: kWidth along its longer side.
Size thumbnail_size(Size picture);

/// Thread-safety: belongs to the show's thread; its turns run in the dream's.
class LookThumbnails {
  public:
    using Clock = std::chrono::steady_clock;
    static constexpr int kWidth = 128;
    /// Steps of gradient ascent in each octave.
    static constexpr int kTurns = 6;
    /// Of the time: until each preset has its first thumbnail, and afterwards.
    static constexpr double kFirstShare = 0.15, kShare = 0.05;

    /// `load`: a preset by name; null: from the library.
    explicit LookThumbnails(std::function<Preset(const std::string&)> load = nullptr);

    /// These presets are looked at from now on; none: nothing is dreamed.
    void want(std::vector<std::string> presets);
    /// Once a picture: takes over what is done, and begins the next turn when it is due. `frame` is
    /// read before it returns; `stream` is synchronised where it is. Throws Error if the device
    /// fails.
    void advance(Clock::time_point now, Stream& stream, Network& network, Pixels<const float> frame,
                 const Params& base, DreamThread& thread);
    /// The thread has ended, and its network or device will: the thumbnails stay.
    void forget_network();
    /// By preset; those that cannot be dreamed are not there.
    const std::map<std::string, LookThumbnail>& pictures() const { return pictures_; }

  private:
    struct Work;
    void take(Clock::time_point now);
    bool begin_next(Stream& stream, Network& network, Pixels<const float> frame,
                    const Params& base);

    std::function<Preset(const std::string&)> load_;
    std::vector<std::string> wanted_;
    size_t next_ = 0;              ///< of wanted_
    std::set<std::string> tried_;  ///< had their turn since they were wanted
    std::shared_ptr<Work> work_;   ///< the thread's while a turn of it waits or runs
    std::string working_on_;       ///< "": nothing
    bool turn_is_out_ = false;     ///< and has not been looked at since
    Clock::time_point due_;        ///< the next turn
    std::map<std::string, LookThumbnail> pictures_;
    int64_t made_ = 0;
};

}  // namespace reverie
