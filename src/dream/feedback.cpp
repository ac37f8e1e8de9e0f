#include "src/dream/feedback.h"

#include <cmath>
#include <limits>

#include "kernels/ops.h"
#include "src/dream/state_archive.h"
#include "src/dream/steering/pace.h"
#include "src/util/error.h"

namespace reverie {

Feedback::Feedback(Device& device, Network& network, size_t memory_bytes, MaskLoader load_mask)
    : device_(&device),
      dreamer_(network, memory_bytes),
      homeostasis_(device),
      habituation_(network),
      unrest_(device),
      masks_(device, std::move(load_mask)) {}

Pixels<const float> Feedback::next(Stream& stream, Pixels<const float> beginning, double time_s,
                                   const Params& params) {
    require(beginning.channels == 3 && beginning.width > 0 && beginning.height > 0,
            "a picture must have three planes and pixels");
    const bool first = canvas_.width() != beginning.width || canvas_.height() != beginning.height ||
                       time_s < last_time_s_;
    const double dt_s = first ? kFirstPushS : time_s - last_time_s_;
    const float firmness = params.homeostasis;
    if (first) {
        begin(stream, beginning, time_s);
    } else if (firmness > 0) {
        unrest_.weigh(stream, dt_s, homeostasis_.statistics().contrast);
        unrest_.turn(stream, time_s - first_time_s_, params.seed, canvas_.width(),
                     canvas_.height());
        move(stream, dt_s, params);
        unrest_.stir_colours(stream, dt_s, firmness, canvas_);
        homeostasis_.hold(stream, dt_s, firmness, canvas_, moved_, residual_);
        habituation_.observe(stream, dt_s, params, canvas_);
    } else {
        move(stream, dt_s, params);
    }
    dream(stream, dt_s, params);
    homeostasis_.observe(stream, canvas_);
    unrest_.observe(stream, dt_s, canvas_);
    last_time_s_ = time_s;
    return canvas_;
}

Pixels<const float> Feedback::lead_to(Stream& stream, const Feedback& other, float share) {
    require(other.canvas_.width() == canvas_.width() &&
                other.canvas_.height() == canvas_.height() && !canvas_.empty(),
            "only a dream of the same size can be led to");
    Ops& ops = device_->ops();
    ops.add_scaled(stream, other.canvas_, -1.0F, canvas_, moved_);
    ops.add_scaled(stream, canvas_, share, moved_, canvas_);
    return canvas_;
}

void Feedback::reserve(int width, int height) {
    for (Image* image : {&moved_, &residual_, &canvas_}) image->resize(*device_, width, height, 3);
    flow_.resize(*device_, width, height, 2);
}

void Feedback::keep(StateArchive& archive) {
    dreamer_.keep(archive);
    archive.image(canvas_);
    homeostasis_.keep(archive);
    habituation_.keep(archive);
    unrest_.keep(archive);
    masks_.keep(archive);
    archive.value(drift_);
    archive.value(first_time_s_);
    archive.value(last_time_s_);
    archive.value(index_);
    if (archive.restores() && !canvas_.empty()) reserve(canvas_.width(), canvas_.height());
}

void Feedback::begin(Stream& stream, Pixels<const float> beginning, double time_s) {
    last_time_s_ = std::numeric_limits<double>::infinity();  // it begins, until there is a dream
    reserve(beginning.width, beginning.height);
    device_->copy(stream, canvas_.view().data, beginning.data,
                  static_cast<size_t>(beginning.size()) * sizeof(float));
    homeostasis_.begin(stream, canvas_);
    habituation_.reset();
    masks_.reset();
    unrest_.begin(stream, canvas_);
    drift_ = MirroredDrift();
    first_time_s_ = time_s;
    index_ = 0;
}

void Feedback::move(Stream& stream, double dt_s, const Params& params) {
    const int width = canvas_.width(), height = canvas_.height();
    const AffineMotion step = drift_of(params, dt_s, width, height);
    const bool stirred = params.homeostasis > 0 && unrest_.restlessness() > 0;
    if (step.is_identity() && !stirred) return;
    Ops& ops = device_->ops();
    ops.mirrored_flow(stream, drift_.next(step, width, height), flow_);
    if (params.homeostasis > 0) unrest_.stir_flow(stream, dt_s, params.homeostasis, flow_);
    ops.warp_evenly(stream, canvas_, flow_, mean_damping(step, width, height), moved_);
    canvas_.swap(moved_);
    unrest_.carry(stream, flow_);
}

void Feedback::dream(Stream& stream, double dt_s, const Params& params) {
    // Nothing fades here: the half-life is of dreams over a video.
    Params lasting = params;
    lasting.half_life = INFINITY;
    Params here = pushed(params, push_for(lasting, dt_s));
    if (params.homeostasis > 0) {
        // What is at rest tires twice as much.
        const float firmness = params.homeostasis * (1 + unrest_.restlessness());
        here.objective = habituation_.tired(params.objective, firmness);
    }
    device_->clear(stream, residual_.view().data,
                   static_cast<size_t>(residual_.view().size()) * sizeof(float));
    require(
        !MaskMaker::needs_motion(params.objective),
        "@person, @room and @motion follow what moves in a video, and here is none; try @bright, "
        "@dark or a picture's file");
    masks_.make(stream, canvas_, {}, dt_s, params.objective);
    dreamer_.dream(stream, canvas_, here, index_++, residual_, {}, &masks_.masks());
    if (masks_.masks().cover(*device_, stream, params.objective, canvas_.width(), canvas_.height(),
                             coverage_))
        device_->ops().apply_mask(stream, residual_, coverage_, residual_);
    device_->ops().composite(stream, canvas_, residual_, params.strength, moved_);
    canvas_.swap(moved_);
}

}  // namespace reverie
