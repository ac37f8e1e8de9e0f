#include "src/dream/pipeline.h"

#include <cmath>

#include "kernels/ops.h"
#include "src/dream/drift.h"
#include "src/util/error.h"

namespace reverie {

Pipeline::Pipeline(Device& device, Network& network, size_t memory_bytes)
    : device_(&device),
      dreamer_(network, memory_bytes),
      motion_(device),
      motion_found_(device.make_mark()),
      motion_used_(device.make_mark()) {}

size_t Pipeline::picture_bytes(int width, int height, const Params& params) {
    constexpr double kAlways = 3 + 3;              // floats a pixel: residual, what is shown
    constexpr double kInTime = 3 + 2 + 1 + 5 + 2;  // carried, drift, confidence; Motion's own
    const double floats = kAlways + (params.half_life > 0 ? kInTime : 0);
    return Dreamer::picture_bytes(width, height, params) +
           static_cast<size_t>(floats * width * height * sizeof(float));
}

void Pipeline::reset() {
    last_time_s_.reset();
    index_ = 0;
}

float Pipeline::mean_confidence(Stream& stream) {
    return motion_.first_frame() ? 0.0F : motion_.mean_confidence(stream);
}

Pixels<const float> Pipeline::next(Stream& stream, Pixels<const float> frame, double time_s,
                                   const Params& params, Stream* arriving) {
    require(frame.channels == 3 && frame.width > 0 && frame.height > 0,
            "a frame must have three planes and pixels");
    const bool first = residual_.width() != frame.width || residual_.height() != frame.height ||
                       !last_time_s_.has_value() || time_s < *last_time_s_;
    const bool temporal = params.half_life > 0;
    Stream& early = arriving != nullptr ? *arriving : stream;
    motion_used_->before(early);
    if (temporal && params.flow) motion_.update(early, frame);
    motion_found_->set(early);
    motion_found_->before(stream);
    if (first || !temporal) {
        residual_.resize(*device_, frame.width, frame.height, 3);
        device_->clear(stream, residual_.view().data, residual_.view().size() * sizeof(float));
    } else {
        carry(stream, frame, time_s - *last_time_s_, params);
    }
    motion_used_->set(stream);
    last_time_s_ = time_s;
    dreamer_.dream(stream, frame, params, index_++, residual_);
    shown_.resize(*device_, frame.width, frame.height, 3);
    device_->ops().show(stream, frame, residual_, params.strength, shown_);
    return shown_;
}

/// Takes the residual from the last frame to this one, and lets it fade.
void Pipeline::carry(Stream& stream, Pixels<const float> frame, double dt_s, const Params& params) {
    Ops& ops = device_->ops();
    const auto decay = static_cast<float>(std::exp2(-dt_s / params.half_life));
    drift(stream, dt_s, params);
    if (!params.flow || motion_.first_frame()) {
        ops.add_scaled(stream, residual_, decay - 1.0F, residual_, residual_);
        return;
    }
    Pixels<const float> confidence = motion_.confidence();
    if (params.occlusion < 1) {
        heeded_.resize(*device_, frame.width, frame.height, 1);
        ops.scale_offset(stream, confidence, params.occlusion, 1.0F - params.occlusion, heeded_);
        confidence = heeded_;
    }
    carried_.resize(*device_, frame.width, frame.height, 3);
    ops.carry_residual(stream, residual_, motion_.flow_backward(), confidence, decay, carried_);
    residual_.swap(carried_);
}

/// Zoom, rotation and pan of the dream over its video.
void Pipeline::drift(Stream& stream, double dt_s, const Params& params) {
    const AffineMotion motion = drift_of(params, dt_s, residual_.width(), residual_.height());
    if (motion.is_identity()) return;
    flow_.resize(*device_, residual_.width(), residual_.height(), 2);
    carried_.resize(*device_, residual_.width(), residual_.height(), 3);
    device_->ops().affine_flow(stream, motion, flow_);
    device_->ops().warp(stream, residual_, flow_, carried_);
    residual_.swap(carried_);
}

}  // namespace reverie
