// What a job has on one device: frames on their way in and out, and the dreams between them.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/dream/feedback.h"
#include "src/dream/layer_watch.h"
#include "src/dream/pipeline.h"
#include "src/media/frames/device_frame.h"
#include "src/render/take_player.h"
#include "src/session/frame_io.h"
#include "src/session/runtime.h"
#include "src/session/sight.h"

namespace reverie {

/// One run of dreams, over the frames of a video or in feedback.
/// Thread-safety: belongs to one thread.
class DreamRun {
  public:
    DreamRun(Runtime& runtime, bool feedback);

    bool is_feedback() const { return feedback_.has_value(); }
    /// See Pipeline::next and Feedback::next; `arriving`, of the former: null where the frame is
    /// there.
    Pixels<const float> next(Stream& stream, Pixels<const float> rgb, double time_s,
                             const Params& params, Stream* arriving);
    /// What comes beside the frames to come, in videos: see MaskMaker.
    void set_mask_inputs(const MaskInputs& inputs) {
        if (pipeline_) pipeline_->set_mask_inputs(inputs);
    }
    /// After next() of both for the same frame: takes over a `share` (0 … 1) of the other run's
    /// dream. The picture with it, as long valid as that of next().
    Pixels<const float> lead_to(Stream& stream, const DreamRun& other, float share, float strength);
    /// Null pictures where there is none.
    Pixels<const float> known_flow() const;
    Pixels<const float> last() const;
    void keep(StateArchive& archive);
    std::vector<std::string> take_notes();

  private:
    std::optional<Pipeline> pipeline_;
    std::optional<Feedback> feedback_;  ///< one of the two
};

/// A frame to dream on.
struct DreamMoment {
    double time_s = 0;
    Params params;
};

/// The end of a loop: its dream is led to that of its beginning.
struct LoopEnd {
    DreamMoment beginning;  ///< as the loop's beginning was led in
    float share = 0;        ///< 0 … 1, of that dream, taken over with this frame
    bool first = false;
};

/// On a GPU, one frame arrives and one returns while a third is dreamed, each on a stream of its
/// own, so the buffers for arriving and returning frames exist twice.
/// Thread-safety: belongs to one thread.
class OnDevice {
  public:
    /// `play`: null where no take is played. All outlive it.
    OnDevice(Runtime& runtime, Size size, bool feedback, const TakeToPlay* play);

    /// How many frames may be in flight.
    size_t at_once() const { return on_gpu_ ? 2 : 1; }
    bool has_frame() const { return rgb_.data != nullptr; }
    /// `second`: what a second source shows beside it, for masks; null: nothing.
    void take(const VideoFrame& frame, const VideoFrame* second);
    /// What moves with the picture sees of the frame that was taken last, and of its motion what
    /// is known before it is dreamed: that of the frame before. In feedback, the picture is the
    /// last dream.
    const Seen& look(const SightWish& wish, const VideoFrame& frame, double time_s);
    /// Dreams the frame that was taken last, for those that come after it.
    void lead_in(const DreamMoment& moment);
    /// The dream of the frame that was taken last; in `output` if the result says that it is
    /// finished. `end`: null but at the end of a loop.
    DeviceFrame& dream(const DreamMoment& moment, const LoopEnd* end, const VideoFrame& output);
    /// The same of a take; see TakePlayer::catch_up, before take(), and TakePlayer::next.
    void catch_up(const TakenPicture& next, const Params& params);
    DeviceFrame& play(const TakenPicture& picture, const Params& params, const VideoFrame& output);
    TakePlayer& player() { return *player_; }
    /// The dream's memory, between two frames: see StateArchive.
    void keep(StateArchive& archive, const SightWish& wish);
    std::vector<std::string> take_notes();

  private:
    void wait_for_frame();
    void take_second(const VideoFrame& second);
    MaskInputs mask_inputs() const;
    DeviceFrame& give_back(Pixels<const float> dreamed, const VideoFrame& output);

    Runtime& runtime_;
    Device& device_;
    bool on_gpu_;
    std::unique_ptr<Stream> arriving_, leaving_;
    std::unique_ptr<Event> arrived_;
    Stream& stream_;
    std::deque<FrameUpload> uploads_;
    std::deque<FrameUpload> seconds_;  ///< likewise, of a second source
    std::deque<DeviceFrame> backs_;
    size_t uploaded_ = 0, seconds_uploaded_ = 0, dreamed_ = 0;
    FrameUpload* upload_ = nullptr;  ///< of the last input
    Pixels<const float> rgb_;        ///< likewise
    VideoFrame second_;              ///< that was uploaded last
    Pixels<const float> second_rgb_;
    std::optional<double> looked_s_;
    Image straight_;         ///< the dream beside an alpha
    Buffer<float> touched_;  ///< how much it changes
    Sight sight_;
    LayerWatch watch_;
    DreamRun run_;
    std::optional<DreamRun> beginning_;  ///< of a loop, at its end
    std::optional<TakePlayer> player_;
};

}  // namespace reverie
