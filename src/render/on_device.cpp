#include "src/render/on_device.h"

#include <utility>

#include "kernels/ops.h"
#include "src/dream/state_archive.h"
#include "src/session/mask_file.h"
#include "src/util/interrupt.h"

namespace reverie {

DreamRun::DreamRun(Runtime& runtime, bool feedback) {
    if (feedback) {
        feedback_.emplace(*runtime.device, *runtime.network, runtime.memory_bytes,
                          mask_loader(*runtime.device));
        feedback_->stop_when(stop_flag());
    } else {
        pipeline_.emplace(*runtime.device, *runtime.network, runtime.memory_bytes,
                          mask_loader(*runtime.device));
        pipeline_->stop_when(stop_flag());
    }
}

Pixels<const float> DreamRun::next(Stream& stream, Pixels<const float> rgb, double time_s,
                                   const Params& params, Stream* arriving) {
    return feedback_ ? feedback_->next(stream, rgb, time_s, params)
                     : pipeline_->next(stream, rgb, time_s, params, arriving);
}

Pixels<const float> DreamRun::lead_to(Stream& stream, const DreamRun& other, float share,
                                      float strength) {
    return feedback_ ? feedback_->lead_to(stream, *other.feedback_, share)
                     : pipeline_->lead_to(stream, *other.pipeline_, share, strength);
}

Pixels<const float> DreamRun::known_flow() const {
    return pipeline_ ? pipeline_->known_flow() : Pixels<const float>();
}

Pixels<const float> DreamRun::last() const {
    return feedback_ ? feedback_->last() : Pixels<const float>();
}

void DreamRun::keep(StateArchive& archive) {
    if (feedback_)
        feedback_->keep(archive);
    else
        pipeline_->keep(archive);
}

std::vector<std::string> DreamRun::take_notes() {
    return feedback_ ? feedback_->take_notes() : pipeline_->take_notes();
}

OnDevice::OnDevice(Runtime& runtime, Size size, bool feedback, const TakeToPlay* play)
    : runtime_(runtime),
      device_(*runtime.device),
      on_gpu_(runtime.device->info().kind != DeviceKind::cpu),
      arriving_(on_gpu_ ? runtime.device->make_stream() : nullptr),
      leaving_(on_gpu_ ? runtime.device->make_stream() : nullptr),
      arrived_(runtime.device->make_event()),
      stream_(*runtime.stream),
      sight_(*runtime.device),
      watch_(*runtime.network),
      run_(runtime, feedback) {
    for (size_t i = 0; i < at_once(); ++i) {
        uploads_.emplace_back(runtime, size, arriving_.get());
        seconds_.emplace_back(runtime, size, arriving_.get());
        backs_.emplace_back(*runtime.device, leaving_.get());
    }
    if (play == nullptr) return;
    player_.emplace(runtime, *play);
    player_->stop_when(stop_flag());
}

void OnDevice::take(const VideoFrame& frame, const VideoFrame* second) {
    upload_ = &uploads_[uploaded_++ % at_once()];
    rgb_ = upload_->to_rgb(frame);
    if (second != nullptr) take_second(*second);
}

/// One that is seen for long is uploaded once.
void OnDevice::take_second(const VideoFrame& second) {
    if (second_rgb_.data != nullptr && second.owner == second_.owner) return;
    second_ = second;
    second_rgb_ = seconds_[seconds_uploaded_++ % at_once()].to_rgb(second);
}

MaskInputs OnDevice::mask_inputs() const { return {upload_->alpha(), second_rgb_}; }

const Seen& OnDevice::look(const SightWish& wish, const VideoFrame& frame, double time_s) {
    if (!wish.any()) return sight_.seen();
    if (!(wish == sight_.wish())) sight_.look_for(wish);
    const double dt_s = looked_s_ ? time_s - *looked_s_ : 0;
    if (looked_s_ && dt_s <= 0) return sight_.seen();
    looked_s_ = time_s;
    if (!wish.layers.empty()) {
        if (arriving_ != nullptr) arriving_->synchronize();
        const Pixels<const float> last = run_.is_feedback() ? run_.last() : rgb_;
        sight_.see_layers(
            watch_.measure(stream_, last.data != nullptr ? last : rgb_, wish.layers, true), dt_s);
    }
    if (run_.is_feedback()) return sight_.seen();
    const Pixels<const float> flow = run_.known_flow();
    sight_.see_motion(stream_, flow, dt_s);
    sight_.see_frame(stream_, frame, flow, dt_s, time_s);
    return sight_.seen();
}

void OnDevice::lead_in(const DreamMoment& moment) {
    wait_for_frame();
    run_.set_mask_inputs(mask_inputs());
    run_.next(stream_, rgb_, moment.time_s, moment.params, nullptr);
    stream_.synchronize();  // nothing of it comes back that would be waited for
}

DeviceFrame& OnDevice::dream(const DreamMoment& moment, const LoopEnd* end,
                             const VideoFrame& output) {
    Stream* arriving = run_.is_feedback() || end != nullptr ? nullptr : arriving_.get();
    if (arriving == nullptr) wait_for_frame();
    run_.set_mask_inputs(mask_inputs());
    Pixels<const float> dreamed = run_.next(stream_, rgb_, moment.time_s, moment.params, arriving);
    if (end != nullptr) {
        if (end->first || !beginning_) beginning_.emplace(runtime_, run_.is_feedback());
        beginning_->set_mask_inputs(mask_inputs());
        beginning_->next(stream_, rgb_, end->beginning.time_s, end->beginning.params, nullptr);
        dreamed = run_.lead_to(stream_, *beginning_, end->share, moment.params.strength);
    }
    return give_back(dreamed, output);
}

void OnDevice::catch_up(const TakenPicture& next, const Params& params) {
    wait_for_frame();
    player_->catch_up(stream_, next, params);
    // The frame that is read now gives way to the next one.
    if (arriving_ != nullptr) stream_.synchronize();
}

DeviceFrame& OnDevice::play(const TakenPicture& picture, const Params& params,
                            const VideoFrame& output) {
    wait_for_frame();
    return give_back(player_->next(stream_, rgb_, picture, params), output);
}

/// For what is not dreamed as it arrives.
void OnDevice::wait_for_frame() {
    if (arriving_ == nullptr) return;
    arrived_->record(*arriving_);
    stream_.wait_on(*arrived_);
}

DeviceFrame& OnDevice::give_back(Pixels<const float> dreamed, const VideoFrame& output) {
    DeviceFrame& back = backs_[dreamed_++ % at_once()];
    if (output.format().has_alpha) {
        DreamOverBlack straight = upload_->with(dreamed, output.format());
        if (touched_.size() == 0) touched_ = Buffer<float>(device_, 1);
        straight_.resize(device_, dreamed.width, dreamed.height, 3);
        device_.ops().add_scaled(stream_, dreamed, -1.0F, straight.seen, straight_);
        device_.ops().absolute_sum(stream_, straight_, touched_.data());
        straight.touched = touched_.data();
        device_.ops().straight_dream(stream_, straight, straight_);
        back.begin_from_rgb(stream_, straight_, output, straight.alpha);
    } else {
        back.begin_from_rgb(stream_, dreamed, output);
    }
    return back;
}

void OnDevice::keep(StateArchive& archive, const SightWish& wish) {
    run_.keep(archive);
    if (!(wish == sight_.wish())) sight_.look_for(wish);
    sight_.keep(archive);
    archive.value(looked_s_);
    if (player_) player_->keep(archive);
    bool ends = beginning_.has_value();
    archive.value(ends);
    if (!ends) return;
    if (!beginning_) beginning_.emplace(runtime_, run_.is_feedback());
    beginning_->keep(archive);
}

std::vector<std::string> OnDevice::take_notes() {
    std::vector<std::string> notes = run_.take_notes();
    if (player_) {
        for (std::string& note : player_->take_notes()) notes.push_back(std::move(note));
    }
    return notes;
}

}  // namespace reverie
