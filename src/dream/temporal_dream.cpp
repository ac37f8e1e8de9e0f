#include "src/dream/temporal_dream.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/ops.h"
#include "src/dream/state_archive.h"
#include "src/dream/steering/drift.h"
#include "src/util/error.h"

namespace reverie {
namespace {

/// A new dream is faded in; the time constant is this share of the time that it took, so that
/// little is left when the next one arrives.
constexpr double kEasing = 0.5;
constexpr float kLargeGrowth = 1.2F;  // from here on, a step is not as good as small ones
/// The longer a dream lasts, the longer its fading in may take.
constexpr double kOfHalfLife = 0.08;
constexpr float kNoLag = 0.02F;  // what is left of it then is not seen

void copy_image(Device& device, Stream& stream, Pixels<const float> src, Image& dst) {
    dst.resize(device, src.width, src.height, src.channels);
    device.copy(stream, dst.view().data, src.data, static_cast<size_t>(src.size()) * sizeof(float));
}

void clear_image(Device& device, Stream& stream, const Image& image) {
    const Pixels<float> view = image.view();
    device.clear(stream, view.data, static_cast<size_t>(view.size()) * sizeof(float));
}

}  // namespace

TemporalDream::TemporalDream(Device& device, const TemporalOptions& options)
    : device_(&device),
      options_(options),
      motion_(device, options.flow),
      arrived_(device.make_event()),
      motion_used_(device.make_event()),
      masks_(device, options.load_mask) {}

size_t TemporalDream::show_bytes(int width, int height) {
    constexpr size_t kPictures = 8 * 3;          // floats a pixel: six of its own, two of a job
    constexpr size_t kFlows = 4 * 2 + 3;         // drift, step, path and the longer one
    constexpr size_t kMotionPlanes = 2 * 2 + 1;  // see Motion;
    // its pyramid, whose planes have borders, begins at a quarter of the size.
    constexpr size_t kPyramid = 10, kBorders = 64;
    const auto w = static_cast<size_t>(width), h = static_cast<size_t>(height);
    return sizeof(float) * ((kPictures + kFlows + kMotionPlanes) * w * h +
                            kPyramid * (w + kBorders) * (h + kBorders));
}

size_t TemporalDream::render_bytes(int width, int height, const Params& params) {
    constexpr double kAlways = 3 + 3;                  // floats a pixel: residual, what is shown
    constexpr double kInTime = 3 + 2 + 2 + 1 + 5 + 2;  // carried, drift, confidence; Motion's own
    const double floats = kAlways + (params.half_life > 0 ? kInTime : 0);
    return static_cast<size_t>(floats * width * height * sizeof(float));
}

void TemporalDream::reset() {
    last_time_s_.reset();
    index_ = 0;
}

void TemporalDream::keep(StateArchive& archive) {
    for (Image* image : {&residual_, &lag_, &begun_, &path_flow_, &path_confidence_})
        archive.image(*image);
    archive.value(last_time_s_);
    archive.value(dreamed_s_);
    archive.value(kept_);
    archive.value(stretch_);
    archive.value(half_life_s_);
    archive.value(settling_);
    archive.value(push_share_);
    archive.value(growth_);
    archive.value(easing_s_);
    archive.value(lag_left_);
    archive.value(flow_was_on_);
    archive.value(job_is_out_);
    archive.value(lateness_);
    archive.value(path_steps_);
    archive.value(index_);
    archive.value(generation_);
    motion_.keep(archive);
    masks_.keep(archive);
}

bool TemporalDream::begins_anew(Pixels<const float> frame, double time_s) const {
    return frame.width != residual_.width() || frame.height != residual_.height() ||
           !last_time_s_.has_value() || time_s < *last_time_s_;
}

void TemporalDream::dream(Stream& stream, Dreamer& dreamer, Pixels<const float> frame,
                          double time_s, const Params& params, Stream* arriving) {
    const bool first = begins_anew(frame, time_s) || !dreamed_s_;
    const Push push = push_for(params, first ? kFirstPushS : time_s - *dreamed_s_);
    stretch_ = 1;
    move(stream, frame, time_s, params, kept_after(params, push.fade_s), arriving);
    dreamer.dream(stream, frame_, pushed(params, push), index_++, residual_, {}, &masks_.masks());
    dreamed_s_ = time_s;
}

/// A share `kept` (0 … 1) of the dream remains.
void TemporalDream::move(Stream& stream, Pixels<const float> frame, double time_s,
                         const Params& params, float kept, Stream* arriving) {
    require(frame.channels == 3 && frame.width > 0 && frame.height > 0,
            "a frame must have three planes and pixels");
    const bool anew = begins_anew(frame, time_s);
    const double dt_s = anew ? 0 : time_s - *last_time_s_;
    frame_ = frame;
    if (anew || kept == 0) restart(stream);
    if (anew) {
        flow_was_on_ = false;
        masks_.reset();
    }
    const bool follows = (params.flow && kept > 0) || MaskMaker::needs_motion(params.objective);
    if (arriving != nullptr) arriving->wait_on(*motion_used_);
    const bool found = std::exchange(motion_is_found_, false) && same_size(flow(), frame);
    if (follows && !found) find_motion(arriving != nullptr ? *arriving : stream);
    motion_is_found_ = flow_was_on_ = follows;
    if (arriving != nullptr) {
        arrived_->record(*arriving);
        stream.wait_on(*arrived_);
    }
    make_masks(stream, dt_s, params);
    // All that may need memory comes before what moves the dream, or adds to it.
    reserve_picture();
    if (!anew && kept != 0) {
        const Step moved = step(stream, dt_s, params);
        if (moved.flow.data != nullptr) {
            carried_.resize(*device_, frame_.width, frame_.height, 3);
            if (job_is_out_) lengthen_path(stream, moved);
        }
        carry(stream, moved, kept, residual_);
        ease(stream, moved, dt_s);
        if (arriving != nullptr) motion_used_->record(stream);
    }
    last_time_s_ = time_s;
    ++lateness_;
    motion_is_found_ = false;
}

/// Follows the masks to this frame.
void TemporalDream::make_masks(Stream& stream, double dt_s, const Params& params) {
    masks_.make(stream, frame_, known_flow(), dt_s, params.objective);
    covered_ = masks_.masks().cover(*device_, stream, params.objective, frame_.width, frame_.height,
                                    coverage_);
}

/// Of composite().
void TemporalDream::reserve_picture() {
    Image& next = options_.keeps_last_shown ? shown_before_ : shown_;
    next.resize(*device_, frame_.width, frame_.height, 3);
    if (lag_left_ > 0 || covered_) carried_.resize(*device_, frame_.width, frame_.height, 3);
}

void TemporalDream::restart(Stream& stream) {
    residual_.resize(*device_, frame_.width, frame_.height, 3);
    clear_image(*device_, stream, residual_);
    ++generation_;
    settling_ = {};
    dreamed_s_.reset();
    path_steps_ = 0;
    job_is_out_ = false;
    lag_left_ = 0;
}

void TemporalDream::find_motion(Stream& stream) {
    // After a pause in which nobody looked, the last picture seen is not the last frame.
    if (!flow_was_on_) motion_ = Motion(*device_, options_.flow);
    motion_.update(stream, frame_);
}

/// The video's motion and the drift that zoom, rotation and pan ask for, as one flow: what is
/// resampled twice is blurred twice.
TemporalDream::Step TemporalDream::step(Stream& stream, double dt_s, const Params& params) {
    Ops& ops = device_->ops();
    const int width = frame_.width, height = frame_.height;
    Step result;
    if (params.flow && !motion_.first_frame()) {
        result = {{motion_.flow_backward(), motion_.confidence()}};
        // Doubt takes away a share of the dream, given for 25 frames a second, at the pace at which
        // new dreams come.
        const auto stretch = static_cast<float>(stretch_ * frames_in_push(dt_s));
        if (params.occlusion < 1 || stretch != 1) {
            step_confidence_.resize(*device_, width, height, 1);
            ops.heed_doubt(stream, motion_.confidence(), params.occlusion, stretch,
                           step_confidence_);
            result.confidence = step_confidence_;
        }
    }
    const AffineMotion drift = drift_of(params, dt_s, width, height);
    if (drift.is_identity()) return result;
    const float damping = mean_damping(drift, width, height);
    drift_.resize(*device_, width, height, 2);
    ops.affine_flow(stream, drift, drift_);
    if (result.flow.data == nullptr) {
        step_confidence_.resize(*device_, width, height, 1);
        clear_image(*device_, stream, step_confidence_);
        ops.scale_offset(stream, step_confidence_, 0.0F, 1.0F, step_confidence_);
        return {{drift_, step_confidence_}, damping};
    }
    step_flow_.resize(*device_, width, height, 2);
    ops.compose_flows(stream, result.flow, drift_, step_flow_);
    result.flow = step_flow_;
    result.damping = damping;
    return result;
}

void TemporalDream::carry(Stream& stream, const Step& step, float kept, Image& image) {
    Ops& ops = device_->ops();
    if (step.flow.data == nullptr) {
        if (kept < 1) ops.add_scaled(stream, image, kept - 1.0F, image, image);
        return;
    }
    carried_.resize(*device_, frame_.width, frame_.height, 3);
    if (step.damping)
        ops.carry_residual_evenly(stream, image, step.flow, step.confidence, kept, *step.damping,
                                  carried_);
    else
        ops.carry_residual(stream, image, step.flow, step.confidence, kept, carried_);
    image.swap(carried_);
}

/// The part that is still to be shown moves with the dream, and fades.
void TemporalDream::ease(Stream& stream, const Step& step, double dt_s) {
    if (lag_left_ == 0) return;
    const auto kept = static_cast<float>(std::exp(-dt_s / easing_s_));
    lag_left_ *= kept;
    if (lag_left_ < kNoLag) lag_left_ = 0;
    if (lag_left_ > 0) carry(stream, step, kept, lag_);
}

void TemporalDream::lengthen_path(Stream& stream, const Step& step) {
    if (path_steps_ == 0) {
        copy_image(*device_, stream, step.flow, path_flow_);
        copy_image(*device_, stream, step.confidence, path_confidence_);
        path_steps_ = 1;
        return;
    }
    longer_flow_.resize(*device_, frame_.width, frame_.height, 2);
    longer_confidence_.resize(*device_, frame_.width, frame_.height, 1);
    device_->ops().compose_paths(stream, step, {path_flow_, path_confidence_}, longer_flow_,
                                 longer_confidence_);
    ++path_steps_;
    path_flow_.swap(longer_flow_);
    path_confidence_.swap(longer_confidence_);
}

double TemporalDream::since_dreamed() const {
    return dreamed_s_ ? *last_time_s_ - *dreamed_s_ : kFirstPushS;
}

void TemporalDream::begin(Stream& stream, const Params& params, const Push& push, DreamJob& job) {
    require(has_frame(), "a dream needs a frame to begin from");
    copy_image(*device_, stream, frame_, job.frame);
    job.residual.resize(*device_, frame_.width, frame_.height, 3);
    kept_ = kept_after(params, push.fade_s);
    stretch_ = push.stretch;
    half_life_s_ = params.half_life;
    device_->ops().scale_offset(stream, residual_, kept_, 0.0F, job.residual);
    copy_image(*device_, stream, job.residual, begun_);
    masks_.masks().copy_to(*device_, stream, job.masks);
    job.params = pushed(params, push);
    growth_ = push.growth;
    push_share_ = settling_.share(push, params);
    job.params.step *= push_share_;
    job.index = index_++;
    job.generation = ++generation_;
    dreamed_s_ = last_time_s_;
    path_steps_ = 0;
    job_is_out_ = true;
    lateness_ = 0;
}

/// The difference between the dream that the job began with and its result. Waits for the stream,
/// which is acceptable: where steps are large, dreams are few.
void TemporalDream::learn_settling(Stream& stream, const Image& after, const Image& added) {
    Ops& ops = device_->ops();
    if (squares_.size() == 0) squares_ = Buffer<float>(*device_, 3);
    ops.square_sum(stream, begun_, squares_.data());
    ops.square_sum(stream, after, squares_.data() + 1);
    ops.square_sum(stream, added, squares_.data() + 2);
    float squares[3];
    device_->download(stream, squares, squares_.data(), sizeof squares);
    settling_.seen(push_share_, squares[0], squares[1], squares[2]);
}

bool TemporalDream::finish(Stream& stream, const DreamJob& job) {
    if (job.generation != generation_) return false;
    job_is_out_ = false;
    Ops& ops = device_->ops();
    const bool eases = options_.eases && (lateness_ > 1 || growth_ > kLargeGrowth);
    if (eases && lag_left_ > 0)  // from what is shown now
        ops.add_scaled(stream, residual_, 1.0F, lag_, lag_);
    else if (eases)
        copy_image(*device_, stream, residual_, lag_);
    carried_.resize(*device_, frame_.width, frame_.height, 3);
    ops.add_scaled(stream, job.residual, -1.0F, begun_, carried_);
    if (growth_ > kLargeGrowth) learn_settling(stream, job.residual, carried_);
    begun_.swap(carried_);
    // Only what was added comes along the path: what there was has come frame by frame, and has
    // been resampled as often as in a render, which is what keeps a dream free of fine noise.
    if (path_steps_ > 0) {
        carried_.resize(*device_, frame_.width, frame_.height, 3);
        ops.carry_residual(stream, begun_, path_flow_, path_confidence_, 1.0F, carried_);
        begun_.swap(carried_);
    }
    ops.add_scaled(stream, begun_, kept_, residual_, residual_);
    lag_left_ = 0;
    if (!eases) return true;
    ops.add_scaled(stream, lag_, -1.0F, residual_, lag_);
    lag_left_ = 1;
    // Large steps are faded in as slowly as the small ones that they replace; a dream of a long
    // half-life may take longer.
    const double took_s = *last_time_s_ - *dreamed_s_;
    easing_s_ = std::max({kEasing * took_s, kOfHalfLife * half_life_s_, kFirstPushS * growth_});
    return true;
}

void TemporalDream::lead_to(Stream& stream, const TemporalDream& other, float share) {
    require(other.residual_.width() == residual_.width() &&
                other.residual_.height() == residual_.height() && !residual_.empty(),
            "only a dream of the same size can be led to");
    carried_.resize(*device_, residual_.width(), residual_.height(), 3);
    Ops& ops = device_->ops();
    ops.add_scaled(stream, other.residual_, -1.0F, residual_, carried_);
    ops.add_scaled(stream, residual_, share, carried_, residual_);
}

Pixels<const float> TemporalDream::composite(Stream& stream, float strength) {
    require(has_frame(), "there is no frame to show yet");
    reserve_picture();
    if (options_.keeps_last_shown) shown_.swap(shown_before_);
    if (lag_left_ > 0) {
        device_->ops().add_scaled(stream, residual_, 1.0F, lag_, carried_);
    }
    Pixels<const float> added = lag_left_ > 0 ? carried_ : residual_;
    if (covered_) {
        device_->ops().apply_mask(stream, added, coverage_, carried_);
        added = carried_;
    }
    device_->ops().composite(stream, frame_, added, strength, shown_);
    return shown_;
}

}  // namespace reverie
