#include "src/render/render_job.h"

#include <fmt/format.h>

#include <deque>

#include "kernels/ops.h"
#include "src/dream/feedback.h"
#include "src/dream/layer_watch.h"
#include "src/dream/objective_map.h"
#include "src/dream/pipeline.h"
#include "src/dream/state_archive.h"
#include "src/media/device_frame.h"
#include "src/render/resume.h"
#include "src/session/frame_io.h"
#include "src/session/sight.h"
#include "src/util/error.h"
#include "src/util/interrupt.h"
#include "src/util/time_text.h"

namespace reverie {
namespace {

/// Everything that lies on one device. On a GPU, one frame arrives and one returns while a third is
/// dreamed, so the buffers for arriving and returning frames exist twice.
class OnDevice {
  public:
    OnDevice(Runtime& runtime, Size size)
        : device_(*runtime.device),
          on_gpu_(runtime.device->info().kind != DeviceKind::cpu),
          arriving_(on_gpu_ ? runtime.device->make_stream() : nullptr),
          arrived_(runtime.device->make_event()),
          stream_(*runtime.stream),
          sight_(*runtime.device),
          watch_(*runtime.network),
          pipeline_(*runtime.device, *runtime.network, runtime.memory_bytes),
          feedback_(*runtime.device, *runtime.network, runtime.memory_bytes) {
        for (size_t i = 0; i < at_once(); ++i) {
            uploads_.emplace_back(runtime, size, arriving_.get());
            backs_.emplace_back(*runtime.device);
        }
        pipeline_.stop_when(stop_flag());
        feedback_.stop_when(stop_flag());
    }

    /// How many frames may be in flight.
    size_t at_once() const { return on_gpu_ ? 2 : 1; }

    bool has_frame() const { return rgb_.data != nullptr; }
    void take(const VideoFrame& frame) {
        upload_ = &uploads_[uploaded_++ % at_once()];
        rgb_ = upload_->to_rgb(frame);
    }
    /// What moves with the picture sees of the frame that was taken last, and of its motion what
    /// is known before it is dreamed: that of the frame before. In feedback, the picture is the
    /// last dream.
    const Seen& look(const SightWish& wish, const VideoFrame& frame, double time_s, bool feedback) {
        if (!wish.any()) return sight_.seen();
        if (!(wish == sight_.wish())) sight_.look_for(wish);
        const double dt_s = looked_s_ ? time_s - *looked_s_ : 0;
        if (looked_s_ && dt_s <= 0) return sight_.seen();
        looked_s_ = time_s;
        if (!wish.layers.empty()) {
            if (arriving_ != nullptr) arriving_->synchronize();
            const Pixels<const float> last = feedback ? feedback_.last() : rgb_;
            sight_.see_layers(
                watch_.measure(stream_, last.data != nullptr ? last : rgb_, wish.layers, true),
                dt_s);
        }
        if (feedback) return sight_.seen();
        const Pixels<const float> flow = pipeline_.known_flow();
        sight_.see_motion(stream_, flow, dt_s);
        sight_.see_frame(stream_, frame, flow, dt_s, time_s);
        return sight_.seen();
    }
    /// The dream of the frame that was taken last; in `output` if the result says that it is
    /// finished.
    DeviceFrame& dream(double time_s, const Params& params, bool feedback,
                       const VideoFrame& output) {
        Pixels<const float> dreamed;
        if (feedback) {
            if (arriving_ != nullptr) arrived_->record(*arriving_);
            stream_.wait_on(*arrived_);
            dreamed = feedback_.next(stream_, rgb_, time_s, params);
        } else {
            dreamed = pipeline_.next(stream_, rgb_, time_s, params, arriving_.get());
        }
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
    /// The dream's memory, between two frames: see StateArchive.
    void keep(StateArchive& archive, const SightWish& wish) {
        pipeline_.keep(archive);
        feedback_.keep(archive);
        if (!(wish == sight_.wish())) sight_.look_for(wish);
        sight_.keep(archive);
        archive.value(looked_s_);
    }
    std::vector<std::string> take_notes() {
        std::vector<std::string> notes = pipeline_.take_notes();
        for (std::string& note : feedback_.take_notes()) notes.push_back(std::move(note));
        return notes;
    }

  private:
    Device& device_;
    bool on_gpu_;
    std::unique_ptr<Stream> arriving_;
    std::unique_ptr<Event> arrived_;
    Stream& stream_;
    std::deque<FrameUpload> uploads_;
    std::deque<DeviceFrame> backs_;
    size_t uploaded_ = 0, dreamed_ = 0;
    FrameUpload* upload_ = nullptr;  ///< of the last input
    Pixels<const float> rgb_;        ///< likewise
    std::optional<double> looked_s_;
    Image straight_;         ///< the dream beside an alpha
    Buffer<float> touched_;  ///< how much it changes
    Sight sight_;
    LayerWatch watch_;
    Pipeline pipeline_;
    Feedback feedback_;
};

/// The state of one run.
class Renderer {
  public:
    Renderer(const RenderJob& job, const ParamSchedule& schedule, Runtime& runtime, Sink& sink,
             bool quiet)
        : job_(job),
          schedule_(schedule),
          runtime_(runtime),
          sink_(sink),
          progress_(Progress::style_for(quiet)),
          segment_(frames_of_segment(job.size, runtime.device->info().kind)) {
        if (job.single_picture) return;
        modulator_.set(schedule.modulation());
        wish_ = schedule.modulation().wish();
    }

    /// True at the end of the input, false where the user stopped it.
    bool run() {
        bool complete = false;
        if (job_.journal != nullptr) take_up(*job_.journal);
        try {
            complete = dream_all();
        } catch (const Interrupted&) {
            complete = false;  // a blocking read that was ended
        }
        write_all_but(0);
        return complete;
    }

    /// Still among the frames that an interrupted run has written?
    bool is_passing() const { return frames_ < resumed_at_; }
    /// How many were written.
    int64_t frames() const { return frames_; }
    Progress& progress() { return progress_; }

  private:
    /// A frame in flight.
    struct Dreaming {
        VideoFrame input, output;
        bool fresh = false;           ///< input is not that of the frame before
        DeviceFrame* back = nullptr;  ///< that fills `output`
    };

    bool dream_all() {
        while (!stop_flag()) {
            const std::optional<DreamInput> input = job_.next();
            if (!input) return true;
            if (taken_ > 0 && taken_ % segment_ == 0 && !job_.single_picture) begin_segment();
            if (taken_++ < resumed_at_) {
                pass(*input);
                continue;
            }
            dream(*input);
            write_all_but(on_device_->at_once() - 1);
        }
        return false;
    }

    /// The dream as it was before the first frame that the interrupted run has not kept.
    void take_up(Journal& journal) {
        const Checkpoint* from = journal.resumed();
        if (from == nullptr || from->frame == 0) return keep({0, segment_, 0, ""});
        on_device_.emplace(runtime_, job_.size);
        StateArchive archive(*runtime_.device, *runtime_.stream, from->state);
        on_device_->keep(archive, wish_);
        resumed_modulator_ = modulator_;
        resumed_modulator_.keep(archive);
        archive.require_end();
        journal.forget_state();
        resumed_at_ = from->frame;
        segment_ = from->segment;
    }

    void keep(const Checkpoint& checkpoint) {
        try {
            job_.journal->save(checkpoint);
        } catch (const Error& error) {
            if (!std::exchange(checkpoint_failed_, true)) progress_.note(error.what());
        }
    }

    /// Between two frames.
    void begin_segment() {
        write_all_but(0);
        sink_.begin_segment();
        if (job_.journal == nullptr || taken_ <= resumed_at_ || !job_.journal->is_due()) return;
        job_.journal->set("the device", name_of(runtime_.device->info()));
        std::string state;
        // What has failed, and lost the dream, is none that could be kept.
        const bool kept = on_device_ && attempt([&] {
                              StateArchive archive(*runtime_.device, *runtime_.stream);
                              on_device_->keep(archive, wish_);
                              modulator_.keep(archive);
                              state = archive.bytes();
                          });
        if (kept) keep({taken_, segment_, sink_.commit(), std::move(state)});
    }

    /// A frame that the interrupted run has written.
    void pass(const DreamInput& input) {
        if (input.frame != nullptr) last_ = *input.frame;
        params_at(seconds(input.pts));  // what moves by itself goes on from frame to frame
        sink_.write_again(input.pts, input.duration);
        write_sound(input.pts + input.duration);
        ++frames_;
        if (frames_ < resumed_at_) return;
        modulator_ = resumed_modulator_;  // which has seen what was dreamed
        progress_.note(fmt::format("goes on from frame {}", frames_));
        progress_.begin_at(frames_, share(input.pts + input.duration));
    }

    void dream(const DreamInput& input) {
        if (input.frame != nullptr) last_ = *input.frame;
        Dreaming next{last_, sink_.acquire(), input.frame != nullptr};
        next.output.pts = input.pts;
        next.output.duration = input.duration;
        if (!attempt([&] { begin(next); })) begin(next);
        dreaming_.push_back(next);
        for (const std::string& note : on_device_->take_notes()) progress_.note(note);
    }

    void write_all_but(size_t count) {
        while (dreaming_.size() > count) {
            attempt([&] { dreaming_.front().back->finish(); });
            const VideoFrame frame = std::move(dreaming_.front().output);
            dreaming_.pop_front();
            sink_.write(frame);
            write_sound(frame.pts + frame.duration);
            ++frames_;
            if (!job_.single_picture) progress_.update(frames_, share(frame.pts + frame.duration));
        }
    }

    void write_sound(int64_t until) {
        if (job_.sound != nullptr) job_.sound->write_until(seconds(until), sink_);
    }

    /// False if the GPU has failed; then the CPU dreams all frames that were in flight.
    template <class Work>
    bool attempt(const Work& work) {
        try {
            work();
            return true;
        } catch (const DeviceError& error) {
            go_on_on_cpu(error);
        } catch (const OutOfMemory& error) {
            go_on_on_cpu(error);
        }
        return false;
    }

    /// Called while `error` is handled. An error of the CPU is thrown again.
    void go_on_on_cpu(const Error& error) {
        if (runtime_.device->info().kind == DeviceKind::cpu) throw;
        on_device_.reset();
        continue_on_cpu(runtime_);
        progress_.note(fmt::format("{}; the CPU goes on from frame {}", error.what(), frames_));
        for (Dreaming& each : std::exchange(dreaming_, {})) {
            begin(each);
            dreaming_.push_back(each);
        }
    }

    void begin(Dreaming& next) {
        if (!on_device_) on_device_.emplace(runtime_, job_.size);
        const double time_s = seconds(next.output.pts);
        if (next.fresh || !on_device_->has_frame()) on_device_->take(next.input);
        modulator_.see(on_device_->look(wish_, next.input, time_s, job_.feedback));
        next.back = &on_device_->dream(time_s, params_at(time_s), job_.feedback, next.output);
    }

    double seconds(int64_t pts) const { return static_cast<double>(pts) * job_.time_base.value(); }

    Params params_at(double time_s) {
        const auto hear = [this](double at_s) {
            return job_.sound != nullptr ? job_.sound->at(at_s) : Heard();
        };
        return modulator_.at(time_s, schedule_.at(time_s, job_.duration_s), hear);
    }

    double share(int64_t until) const {
        return job_.duration_s <= 0 ? -1 : seconds(until) / job_.duration_s;
    }

    const RenderJob& job_;
    const ParamSchedule& schedule_;
    Runtime& runtime_;
    Sink& sink_;
    std::optional<OnDevice> on_device_;
    Modulator modulator_, resumed_modulator_;
    SightWish wish_;
    VideoFrame last_;
    std::deque<Dreaming> dreaming_;  ///< begun and not written, oldest first
    Progress progress_;
    int64_t segment_;         ///< frames of each
    int64_t taken_ = 0;       ///< of the input
    int64_t resumed_at_ = 0;  ///< frames that are not dreamed again
    int64_t frames_ = 0;
    bool checkpoint_failed_ = false;
};

/// "; to go on from frame 1200: …", where one can.
std::string how_to_go_on(const RenderJob& job) {
    if (job.journal == nullptr || !job.journal->can_go_on()) return "";
    return "; " + job.journal->how_to_go_on();
}

/// After an error: closes the file so that it plays, and throws the error with where that is.
[[noreturn]] void fail_partially(const RenderJob& job, Sink& sink, const std::string& what,
                                 int64_t frames) {
    const std::string before = sink.partial_path();
    const bool whole = sink.finish_partial();
    const std::string path = sink.partial_path().empty() ? before : sink.partial_path();
    const std::string further = how_to_go_on(job);
    if (frames == 0 || path.empty()) throw Error(what + further);
    throw Error(
        (whole ? fmt::format("{}; the {} frames until then are in {}", what, frames, path)
               : fmt::format("{}; what there was room for, of the {} frames until then, is in {}",
                             what, frames, path)) +
        further);
}

/// `said`: notes of the sink that the user has read already.
void report(Renderer& renderer, const RenderJob& job, Sink& sink, size_t said) {
    Progress& progress = renderer.progress();
    const std::vector<std::string> notes = sink.notes();
    for (size_t i = said; i < notes.size(); ++i) progress.note(notes[i]);
    if (const std::string note = job.notes ? job.notes() : ""; !note.empty()) progress.note(note);
    const double seconds = progress.elapsed_s();
    progress.note(fmt::format("{}: {} frame{} in {} ({:.1f} fps)", job.output, renderer.frames(),
                              renderer.frames() == 1 ? "" : "s", clock_text(seconds),
                              static_cast<double>(renderer.frames()) / std::max(seconds, 1e-3)));
}

}  // namespace

void apply_output_options(SinkOptions& sink, const OutputOptions& options) {
    sink.codec = options.codec;
    sink.crf = options.quality;
    sink.bits = options.bits;
    sink.overwrite = options.overwrite;
}

void fit_objectives(ParamSchedule& schedule, const Network& network,
                    std::vector<std::string>* notes) {
    Objective all;  // of a whole score
    schedule.each_objective([&](const ScheduledObjective& scheduled) {
        try {
            if (!scheduled.by_hand) {
                for (const Term& term : scheduled.objective.terms) add(all, term);
                return from_portable(scheduled.objective, network);
            }
            resolve(network, scheduled.objective);
            return scheduled.objective;
        } catch (const Error& error) {
            throw Error(scheduled.where.empty()
                            ? error.what()
                            : fmt::format("{}: {}", scheduled.where, error.what()));
        }
    });
    schedule.find_modulated_layers(
        [&](const Objective& layer) { return from_portable(layer, network); });
    const std::string note = substitution_note(all, network);
    if (notes != nullptr && !note.empty()) notes->push_back(note);
}

void run_render_job(const RenderJob& job, const ParamSchedule& schedule, Runtime& runtime,
                    Sink& sink, bool quiet) {
    Renderer renderer(job, schedule, runtime, sink, quiet);
    // What will be lost is said before the work, as far as it is known then.
    const std::vector<std::string> known = sink.notes();
    for (const std::string& note : known) renderer.progress().note(note);
    bool complete = false;
    try {
        try {
            complete = renderer.run();
        } catch (const Interrupted&) {
            complete = false;  // what was to be dreamed once more
        }
        // What is there already holds more.
        if (!complete && renderer.is_passing()) {
            renderer.progress().end_line();
            sink.finish_partial();
            throw Interrupted("stopped before there was a new frame" + how_to_go_on(job));
        }
        if (!complete) sink.end_with_last_frame();
        if (renderer.frames() > 0) sink.finish();
    } catch (const Interrupted&) {
        throw;
    } catch (const std::bad_alloc&) {
        renderer.progress().end_line();
        fail_partially(job, sink, "out of memory; try a smaller --size", renderer.frames());
    } catch (const std::exception& error) {
        renderer.progress().end_line();
        fail_partially(job, sink, error.what(), renderer.frames());
    }
    renderer.progress().end_line();
    if (renderer.frames() > 0) report(renderer, job, sink, known.size());
    if (!complete) {
        if (job.journal != nullptr) job.journal->stop(job.output);
        throw Interrupted(renderer.frames() > 0
                              ? fmt::format("stopped; {} holds the {} frames until then{}",
                                            job.output, renderer.frames(), how_to_go_on(job))
                              : "stopped before the first frame; nothing was written");
    }
    if (job.journal != nullptr) job.journal->finish();
    if (renderer.frames() == 0)
        throw Error("there is no frame to dream on; try another --start or input");
}

}  // namespace reverie
