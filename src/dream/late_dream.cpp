#include "src/dream/late_dream.h"

#include <cmath>

#include "kernels/ops.h"
#include "src/dream/drift.h"
#include "src/util/error.h"

namespace reverie {
namespace {

void copy_image(Device& device, Stream& stream, Pixels<const float> src, Image& dst) {
    dst.resize(device, src.width, src.height, src.channels);
    device.copy(stream, dst.view().data, src.data, static_cast<size_t>(src.size()) * sizeof(float));
}

void clear_image(Device& device, Stream& stream, const Image& image) {
    const Pixels<float> view = image.view();
    device.clear(stream, view.data, static_cast<size_t>(view.size()) * sizeof(float));
}

}  // namespace

LateDream::LateDream(Device& device) : device_(&device), motion_(device, FlowOptions::live()) {}

size_t LateDream::picture_bytes(int width, int height) {
    constexpr size_t kPictures = 7 * 3;    // floats a pixel: five of its own, two of the job
    constexpr size_t kFlows = 4 * 2 + 3;   // drift, step, path and the longer one
    constexpr size_t kMotion = 2 * 2 + 1;  // see Motion;
    // its pyramid, whose planes have borders, begins at a quarter of the size.
    constexpr size_t kPyramid = 10, kBorders = 64;
    const auto w = static_cast<size_t>(width), h = static_cast<size_t>(height);
    return sizeof(float) *
           ((kPictures + kFlows + kMotion) * w * h + kPyramid * (w + kBorders) * (h + kBorders));
}

void LateDream::reset() { last_time_s_.reset(); }

void LateDream::advance(Stream& stream, Pixels<const float> frame, double time_s,
                        const Params& params) {
    require(frame.channels == 3 && frame.width > 0 && frame.height > 0,
            "a frame must have three planes and pixels");
    const bool anew = frame.width != frame_.width() || frame.height != frame_.height() ||
                      !last_time_s_.has_value() || time_s < *last_time_s_;
    const double dt_s = anew ? 0 : time_s - *last_time_s_;
    copy_image(*device_, stream, frame, frame_);
    if (anew) restart(stream, frame);
    last_time_s_ = time_s;
    const Step moved = step(stream, dt_s, params);
    ++lateness_;
    if (anew || moved.flow.data == nullptr) return;
    carried_.resize(*device_, frame.width, frame.height, 3);
    device_->ops().carry_residual(stream, residual_, moved.flow, moved.confidence, 1.0F, carried_);
    residual_.swap(carried_);
    lengthen_path(stream, moved);
}

void LateDream::restart(Stream& stream, Pixels<const float> frame) {
    residual_.resize(*device_, frame.width, frame.height, 3);
    clear_image(*device_, stream, residual_);
    ++show_;
    path_steps_ = 0;
    flow_was_on_ = false;
}

/// The video's motion and the drift that zoom, rotation and pan ask for, as one flow.
LateDream::Step LateDream::step(Stream& stream, double dt_s, const Params& params) {
    Ops& ops = device_->ops();
    const int width = frame_.width(), height = frame_.height();
    Step result;
    if (params.flow) {
        // After a pause in which nobody looked, the last picture seen is not the last frame.
        if (!flow_was_on_) motion_ = Motion(*device_, FlowOptions::live());
        motion_.update(stream, frame_);
        if (!motion_.first_frame()) {
            result = {motion_.flow_backward(), motion_.confidence()};
            if (params.occlusion < 1) {
                step_confidence_.resize(*device_, width, height, 1);
                ops.scale_offset(stream, motion_.confidence(), params.occlusion,
                                 1.0F - params.occlusion, step_confidence_);
                result.confidence = step_confidence_;
            }
        }
    }
    flow_was_on_ = params.flow;
    const AffineMotion drift = drift_of(params, dt_s, width, height);
    if (drift.is_identity()) return result;
    drift_.resize(*device_, width, height, 2);
    ops.affine_flow(stream, drift, drift_);
    if (result.flow.data == nullptr) {
        step_confidence_.resize(*device_, width, height, 1);
        ops.scale_offset(stream, frame_.cview().plane(0), 0.0F, 1.0F, step_confidence_);
        return {drift_, step_confidence_};
    }
    step_flow_.resize(*device_, width, height, 2);
    ops.compose_flows(stream, result.flow, drift_, step_flow_);
    result.flow = step_flow_;
    return result;
}

void LateDream::lengthen_path(Stream& stream, const Step& step) {
    if (path_steps_++ == 0) {
        copy_image(*device_, stream, step.flow, path_flow_);
        copy_image(*device_, stream, step.confidence, path_confidence_);
        return;
    }
    const int width = frame_.width(), height = frame_.height();
    longer_flow_.resize(*device_, width, height, 2);
    longer_confidence_.resize(*device_, width, height, 1);
    device_->ops().compose_paths(stream, step, {path_flow_, path_confidence_}, longer_flow_,
                                 longer_confidence_);
    path_flow_.swap(longer_flow_);
    path_confidence_.swap(longer_confidence_);
}

void LateDream::begin(Stream& stream, const Params& params, DreamJob& job) {
    require(has_frame(), "a dream needs a frame to begin from");
    copy_image(*device_, stream, frame_, job.frame);
    const double since_s = std::max(0.0, *last_time_s_ - begun_s_);
    const double kept = params.half_life > 0 ? std::exp2(-since_s / params.half_life) : 0;
    job.residual.resize(*device_, frame_.width(), frame_.height(), 3);
    device_->ops().scale_offset(stream, residual_, static_cast<float>(kept), 0.0F, job.residual);
    job.params = params;
    job.index = index_++;
    job.show = ++show_;
    begun_s_ = *last_time_s_;
    path_steps_ = 0;
    lateness_ = 0;
}

bool LateDream::finish(Stream& stream, const DreamJob& job) {
    if (job.show != show_) return false;
    if (path_steps_ == 0) {
        copy_image(*device_, stream, job.residual, residual_);
    } else {
        device_->ops().carry_residual(stream, job.residual, path_flow_, path_confidence_, 1.0F,
                                      residual_);
    }
    return true;
}

Pixels<const float> LateDream::show(Stream& stream, float strength) {
    require(has_frame(), "there is no frame to show yet");
    shown_.swap(shown_before_);
    shown_.resize(*device_, frame_.width(), frame_.height(), 3);
    device_->ops().show(stream, frame_, residual_, strength, shown_);
    return shown_;
}

}  // namespace reverie
