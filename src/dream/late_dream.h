// The temporal state of a live show, whose dreams come late: the video goes on at its own rate
// while a dream that began some frames ago is still being dreamed. What is shown is carried along
// frame by frame; a dream that is done is carried to now at once, along the composed flow of all
// frames since it began, and takes its place.
//
//   LateDream dream(device);                    // one thread:
//   dream.advance(stream, frame, time_s, params);
//   if (…the job is done…) dream.finish(stream, job);
//   if (…nobody dreams…) dream.begin(stream, params, job);   // another thread may dream the job
//   dream.show(stream, params.strength);
#pragma once

#include <cstdint>
#include <optional>

#include "kernels/ops_flow.h"
#include "src/dream/dreamer.h"
#include "src/dream/motion.h"
#include "src/dream/params.h"

namespace reverie {

/// A dream to be dreamed: Dreamer::dream(stream, frame, params, index, residual, portion) on any
/// thread.
struct DreamJob {
    Image frame;     ///< 3 × H × W, 0 … 255
    Image residual;  ///< what there is already; then what has become of it
    Params params;
    Portion portion;
    uint32_t index = 0;
    uint64_t show = 0;  ///< which run of frames it belongs to
};

class LateDream {
  public:
    explicit LateDream(Device& device);

    /// The next frame of the video: 3 × H × W, RGB 0 … 255, at `time_s` since any origin. All that
    /// was dreamed moves along. A frame of another size, or a time that goes back, begins anew.
    /// Allocates only then, and where a parameter is first used. Throws Error for no picture.
    void advance(Stream& stream, Pixels<const float> frame, double time_s, const Params& params);

    /// Fills `job` with this frame and what is dreamed on it, faded by the half-life since the last
    /// begin(): between dreams nothing fades, so that a slow dreamer does not make the picture
    /// pulse. One job at a time: an earlier one that was not finished is forgotten.
    void begin(Stream& stream, const Params& params, DreamJob& job);
    /// Takes over what became of the job of the last begin(), as it looks on this frame. Returns
    /// false, and changes nothing, where the show began anew since, or another job was begun.
    bool finish(Stream& stream, const DreamJob& job);
    /// frame + strength · residual, the frame's size; valid until the call after the next, so
    /// that what comes next can be compared with it.
    Pixels<const float> show(Stream& stream, float strength);

    /// Bytes of the pictures that a show of that size keeps, those of its job and of its motion
    /// included; the Dreamer's come on top.
    static size_t picture_bytes(int width, int height);

    /// Forgets what was dreamed.
    void reset();
    bool has_frame() const { return last_time_s_.has_value(); }
    Pixels<const float> frame() const { return frame_; }
    /// Of the last advance(); null pictures before there is any.
    Pixels<const float> flow() const { return motion_.flow_backward(); }
    Pixels<const float> confidence() const { return motion_.confidence(); }
    /// Frames since the last begin().
    int lateness() const { return lateness_; }

  private:
    /// How the picture moved since the last frame. No flow: not at all.
    using Step = TrustedFlow;
    void restart(Stream& stream, Pixels<const float> frame);
    Step step(Stream& stream, double dt_s, const Params& params);
    void lengthen_path(Stream& stream, const Step& step);

    Device* device_;
    Motion motion_;
    Image frame_, residual_, carried_, shown_, shown_before_;
    Image drift_, step_flow_, step_confidence_;
    Image path_flow_, path_confidence_, longer_flow_, longer_confidence_;
    std::optional<double> last_time_s_;
    double begun_s_ = 0;
    bool flow_was_on_ = false;
    int lateness_ = 0;
    int path_steps_ = 0;
    uint32_t index_ = 0;
    uint64_t show_ = 1;
};

}  // namespace reverie
