// A dream over time: its residual (dream minus frame) is carried along by the motion of the video.
// One core for renders and live shows. In a render, dreams are in time: each frame is dreamed
// before the next one comes. In a show, dreams are late: the video goes on at its own rate while a
// dream that began some frames ago is still running. When it is done, it is carried to the current
// frame at once, along the composed flow of all frames since, and eased in before the next one
// comes, or over as long as small steps would have taken.
//
//   in time: dream.dream(stream, dreamer, frame, time_s, params);
//   late:    dream.advance(stream, frame, time_s, params);
//            if (…the job is done…) dream.finish(stream, job);
//            if (…nobody dreams…) dream.begin(stream, params, push, job);  // for another thread
//   then:    dream.composite(stream, params.strength);
//
// Thread-safety: belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "kernels/ops_flow.h"
#include "src/dream/dreamer.h"
#include "src/dream/masks/mask_maker.h"
#include "src/dream/motion/motion.h"
#include "src/dream/params.h"
#include "src/dream/steering/pace.h"
#include "src/dream/steering/settling.h"

namespace reverie {

/// A dream to compute: Dreamer::dream(stream, frame, params, index, residual, portion, &masks), on
/// any thread.
struct DreamJob {
    Image frame;     ///< 3 × H × W, 0 … 255
    Image residual;  ///< the input; then the result
    FrameMasks masks;
    Params params;
    Portion portion;
    uint32_t index = 0;
    uint64_t generation = 0;  ///< the run of frames that it belongs to
};

struct TemporalOptions {
    FlowOptions flow = FlowOptions::fast();
    bool keeps_last_shown = false;   ///< the result of composite() stays valid for one call more
    bool eases = false;              ///< a late dream is eased in, without a jump
    MaskLoader load_mask = nullptr;  ///< see MaskMaker

    /// For a live show.
    static TemporalOptions live(MaskLoader load_mask = nullptr) {
        return {FlowOptions::live(), true, true, std::move(load_mask)};
    }
};

class TemporalDream {
  public:
    explicit TemporalDream(Device& device, const TemporalOptions& options = {});

    /// Advances to the next frame of the video: 3 × H × W, RGB 0 … 255, at `time_s` since any
    /// origin; it is read until the next call. The dream moves along with it. Starts again when the
    /// size changes or the time goes back. Allocates only then, and when a parameter is first used.
    /// Throws Error for an empty picture. Where it throws OutOfMemory, it may be called again for the
    /// same frame: the dream has not moved yet.
    void advance(Stream& stream, Pixels<const float> frame, double time_s, const Params& params) {
        move(stream, frame, time_s, params, 1, nullptr);
    }
    /// What comes beside the frames to come: see MaskMaker.
    void set_mask_inputs(const MaskInputs& inputs) { masks_.set_inputs(inputs); }
    /// The same as advance(), and dreams that frame. `arriving`: another stream, on which the frame arrives: its
    /// motion is computed there, possibly while the previous dream is still running. Throws Error:
    /// see Dreamer::dream.
    void dream(Stream& stream, Dreamer& dreamer, Pixels<const float> frame, double time_s,
               const Params& params, Stream* arriving = nullptr);

    /// Time from the start of the last dream to the last frame; kFirstPushS if there was no dream.
    double since_dreamed() const;
    /// Fills `job` with this frame and its residual, faded as `push` says: nothing fades between
    /// dreams, so that a slow dreamer does not make the picture pulse. The caller sets the portion.
    /// One job at a time: an earlier one that was not finished is dropped.
    void begin(Stream& stream, const Params& params, const Push& push, DreamJob& job);
    /// Takes over the result of the last begin()'s job, carried to this frame. Returns false and
    /// changes nothing if the show started again since, or another job was begun.
    bool finish(Stream& stream, const DreamJob& job);
    /// frame + strength · residual, of the frame's size, equal to the frame to the bit at strength
    /// 0 and where the objective's masks are 0. Valid until the next call; see TemporalOptions.
    Pixels<const float> composite(Stream& stream, float strength);

    /// Takes over a `share` (0 … 1) of another dream of the same frame: 1 is that dream.
    void lead_to(Stream& stream, const TemporalDream& other, float share);

    /// Bytes of the pictures that a show of that size keeps, including those of its job and its
    /// motion; the Dreamer's come on top.
    static size_t show_bytes(int width, int height);
    /// The same where every dream is in time.
    static size_t render_bytes(int width, int height, const Params& params);

    /// All that comes of the frames before, so that a render can go on elsewhere; without the job
    /// that is out, which is its dreamer's to keep.
    void keep(StateArchive& archive);
    /// What the mask @brush is from the next frame on; see MaskMaker::paint.
    void paint(std::shared_ptr<const BrushMask> brush) { masks_.paint(std::move(brush)); }
    /// Drops the dream.
    void reset();
    bool has_frame() const { return last_time_s_.has_value(); }
    Pixels<const float> frame() const { return frame_; }
    /// Of the last advance(); null pictures before the first.
    Pixels<const float> flow() const { return motion_.flow_backward(); }
    Pixels<const float> confidence() const { return motion_.confidence(); }
    /// The same flow where it was found between the last two frames; null where it was not, since
    /// there was one only, or nobody asked for it.
    Pixels<const float> known_flow() const {
        return flow_was_on_ && !motion_.first_frame() ? flow() : Pixels<const float>();
    }
    /// Frames since the last begin().
    int lateness() const { return lateness_; }

  private:
    /// The motion since the last frame. No flow: none.
    struct Step : TrustedFlow {
        std::optional<float> damping = std::nullopt;  ///< of a drift; see mean_damping
    };
    bool begins_anew(Pixels<const float> frame, double time_s) const;
    void move(Stream& stream, Pixels<const float> frame, double time_s, const Params& params,
              float kept, Stream* arriving);
    void reserve_picture();
    void restart(Stream& stream);
    void find_motion(Stream& stream);
    Step step(Stream& stream, double dt_s, const Params& params);
    void carry(Stream& stream, const Step& step, float kept, Image& image);
    void ease(Stream& stream, const Step& step, double dt_s);
    void lengthen_path(Stream& stream, const Step& step);
    void make_masks(Stream& stream, double dt_s, const Params& params);
    void learn_settling(Stream& stream, const Image& after, const Image& added);

    Device* device_;
    TemporalOptions options_;
    Motion motion_;
    std::unique_ptr<Event> arrived_, motion_used_;
    MaskMaker masks_;
    Image coverage_;             ///< see FrameMasks::cover
    bool covered_ = false;       ///< whether there is one
    Pixels<const float> frame_;  ///< the caller's
    Image residual_;             ///< of the last finished dream
    Image lag_;                  ///< residual_ + lag_ is shown while the picture lags behind
    Image begun_;                ///< the job's residual when it began; then what the job added
    Image carried_, shown_, shown_before_;
    Image drift_, step_flow_, step_confidence_;
    Image path_flow_, path_confidence_, longer_flow_, longer_confidence_;
    std::optional<double> last_time_s_, dreamed_s_;
    float kept_ = 1;      ///< of residual_, when the job is done
    double stretch_ = 1;  ///< see Push
    double half_life_s_ = 0;
    Settling settling_;
    float push_share_ = 1, growth_ = 1;  ///< of the last begin()
    Buffer<float> squares_;
    double easing_s_ = 0;  ///< time constant of the lag
    float lag_left_ = 0;   ///< of what it was; 0: there is none
    bool flow_was_on_ = false;
    bool motion_is_found_ = false;  ///< by a move that did not come to its end
    bool job_is_out_ = false;
    int lateness_ = 0;
    int path_steps_ = 0;
    uint32_t index_ = 0;
    uint64_t generation_ = 1;
};

}  // namespace reverie
