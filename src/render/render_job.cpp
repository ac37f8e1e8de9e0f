#include "src/render/render_job.h"

#include <fmt/format.h>

#include <deque>

#include "src/dream/objective_map.h"
#include "src/dream/state_archive.h"
#include "src/media/frames/device_frame.h"
#include "src/render/on_device.h"
#include "src/render/resume.h"
#include "src/util/error.h"
#include "src/util/interrupt.h"
#include "src/util/time_text.h"

namespace reverie {
namespace {

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
          segment_(frames_of_segment(job.size, runtime.device->info().kind)),
          range_(job.only.value_or(FrameRange())),
          shot_at_(range_.first),
          frames_(range_.first) {
        if (job.play != nullptr) desk_.emplace(*job.play);
        if (job.single_picture || desk_) return;
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
        if (complete && job_.only) end_part();
        if (complete && job_.joins) end_join();
        return complete;
    }

    /// Still among the frames that an interrupted run has written?
    bool is_passing() const { return frames_ < resumed_at_; }
    /// How many were written.
    int64_t frames() const { return frames_ - range_.first; }
    Progress& progress() { return progress_; }

  private:
    /// A frame in flight.
    struct Dreaming {
        VideoFrame input, output;
        std::optional<VideoFrame> second;  ///< beside the input
        bool fresh = false;                ///< input is not that of the frame before
        DeviceFrame* back = nullptr;       ///< that fills `output`
        const TakenPicture* taken = nullptr;
        Params before{}, now{};  ///< of a take
        std::optional<LoopEnd> end = std::nullopt;
    };

    bool dream_all() {
        while (!stop_flag()) {
            const std::optional<DreamInput> input = job_.next();
            if (!input) return true;
            if (input->part == LoopPart::lead_in) {
                lead_in(*input);
                continue;
            }
            if (taken_ < range_.first) {
                ++taken_;
                continue;
            }
            if (taken_ == range_.end) return true;
            require(!job_.joins || taken_ < resumed_at_,
                    "the input has more frames than its shots: it has changed since");
            if (taken_ > range_.first && input->cut)
                begin_shot();
            else if (taken_ > shot_at_ && (taken_ - shot_at_) % segment_ == 0 &&
                     !job_.single_picture)
                begin_segment();
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
        if (from == nullptr || from->frame <= range_.first)
            return keep({range_.first, segment_, 0, ""});
        resumed_at_ = from->frame;
        segment_ = from->segment;
        resumed_modulator_ = modulator_;
        if (from->state.empty()) return;  // a shot begins there
        open_device();
        StateArchive archive(*runtime_.device, *runtime_.stream, from->state);
        on_device_->keep(archive, wish_);
        resumed_modulator_.keep(archive);
        archive.require_end();
        journal.forget_state();
    }

    void keep(const Checkpoint& checkpoint) {
        try {
            job_.journal->save(checkpoint);
        } catch (const Error& error) {
            if (!std::exchange(checkpoint_failed_, true)) progress_.note(error.what());
        }
    }

    /// The dream begins anew, and what moves by itself, as in a run that begins with this frame.
    void begin_shot() {
        shot_at_ = taken_;
        write_all_but(0);
        if (taken_ >= resumed_at_) on_device_.reset();
        modulator_ = Modulator();
        modulator_.set(schedule_.modulation());
        begin_segment();
    }

    /// As the next shot would begin: what this one has is whole, and can be joined.
    void end_part() {
        sink_.begin_segment();
        if (job_.journal == nullptr) return;
        note_choices(*job_.journal, *runtime_.device);
        job_.journal->save({taken_, segment_, sink_.commit(), ""});
    }

    void end_join() {
        require(taken_ == resumed_at_,
                fmt::format("the input has {} frames, and its shots have {}: it has changed since",
                            taken_, resumed_at_));
        sink_.begin_segment();
    }

    /// Between two frames.
    void begin_segment() {
        write_all_but(0);
        sink_.begin_segment();
        if (job_.journal == nullptr || taken_ <= resumed_at_ || !job_.journal->is_due()) return;
        job_.journal->set("the device", name_of(runtime_.device->info()));
        note_choices(*job_.journal, *runtime_.device);
        std::string state;  // of a dream that begins anew: nothing
        // What has failed, and lost the dream, is none that could be kept.
        const bool kept =
            taken_ == shot_at_ || (on_device_ && attempt([&] {
                                       StateArchive archive(*runtime_.device, *runtime_.stream);
                                       on_device_->keep(archive, wish_);
                                       modulator_.keep(archive);
                                       state = archive.bytes();
                                   }));
        if (kept) keep({taken_, segment_, sink_.commit(), std::move(state)});
    }

    /// A frame that the interrupted run has written.
    void pass(const DreamInput& input) {
        if (input.frame != nullptr) last_ = *input.frame;
        if (input.taken != nullptr)
            next_of_take(*input.taken);
        else
            params_at(seconds(input.pts));  // what moves by itself goes on from frame to frame
        end_of_loop(input);
        sink_.write_again(input.pts, input.duration);
        write_sound(input.pts + input.duration);
        ++frames_;
        if (frames_ < resumed_at_) return;
        modulator_ = resumed_modulator_;  // which has seen what was dreamed
        if (!job_.joins) progress_.note(fmt::format("goes on from frame {}", frames_));
        progress_.begin_at(frames_, share(input.pts + input.duration));
    }

    void dream(const DreamInput& input) {
        if (input.frame != nullptr) last_ = *input.frame;
        Dreaming next{last_, sink_.acquire(), second_at(seconds(input.pts)),
                      input.frame != nullptr};
        next.output.pts = input.pts;
        next.output.duration = input.duration;
        if (input.taken != nullptr) {
            const auto open = [&] {
                if (!on_device_) open_device();
            };
            if (!attempt_in_less(open)) open();
            next.taken = input.taken;
            next.before = of_take_;
            next.now = next_of_take(*input.taken);
        }
        next.end = end_of_loop(input);
        if (!attempt_in_less([&] { begin(next); })) begin(next);
        dreaming_.push_back(next);
        for (const std::string& note : on_device_->take_notes()) progress_.note(note);
    }

    void write_all_but(size_t count) {
        while (dreaming_.size() > count) {
            attempt([&] {
                if (dreaming_.front().back != nullptr) dreaming_.front().back->finish();
            });
            const VideoFrame frame = std::move(dreaming_.front().output);
            dreaming_.pop_front();
            sink_.write(frame);
            write_sound(frame.pts + frame.duration);
            ++frames_;
            if (!job_.single_picture && !job_.part_of_more)
                progress_.update(frames_, share(frame.pts + frame.duration));
        }
    }

    void write_sound(int64_t until) {
        if (job_.sound != nullptr && !job_.only) job_.sound->write_until(seconds(until), sink_);
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

    /// The same; but where a GPU's memory runs out, the network gives way to the pictures, and
    /// `work` is done again, from its beginning.
    template <class Work>
    bool attempt_in_less(const Work& work) {
        return attempt([&] {
            while (true) {
                try {
                    return work();
                } catch (const OutOfMemory& error) {
                    if (!make_room(error)) throw;
                }
            }
        });
    }

    /// The dream goes on as it was; a take's is played by many pieces of work, and begins anew.
    bool make_room(const OutOfMemory& error) {
        if (runtime_.device->info().kind == DeviceKind::cpu) return false;
        // What `work` has begun uses their memory again.
        for (Dreaming& each : dreaming_) {
            if (DeviceFrame* const back = std::exchange(each.back, nullptr)) back->finish();
        }
        runtime_.stream->synchronize();
        if (!runtime_.network->take_less(error)) return false;
        if (job_.play == nullptr) return true;
        on_device_.reset();
        progress_.note(fmt::format("{}; the dream begins anew at frame {}", error.what(),
                                   frames_ + static_cast<int64_t>(dreaming_.size())));
        return true;
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
        if (!on_device_) open_device();
        const double time_s = seconds(next.output.pts);
        if (next.taken != nullptr) on_device_->catch_up(*next.taken, next.before);
        if (next.fresh || next.second || !on_device_->has_frame())
            on_device_->take(next.input, next.second ? &*next.second : nullptr);
        if (next.taken != nullptr) {
            next.back = &on_device_->play(*next.taken, next.now, next.output);
            return;
        }
        modulator_.see(on_device_->look(wish_, next.input, time_s));
        next.back = &on_device_->dream({time_s, params_at(time_s)}, next.end ? &*next.end : nullptr,
                                       next.output);
    }

    void open_device() { on_device_.emplace(runtime_, job_.size, job_.feedback, job_.play); }

    /// What comes before a loop's first frame has the parameters of the loop's end.
    void lead_in(const DreamInput& input) {
        if (input.frame != nullptr) last_ = *input.frame;
        if (lead_.empty()) lead_modulator_.set(schedule_.modulation());
        const double time_s = job_.duration_s + seconds(input.pts);
        lead_.push_back({seconds(input.pts), params_at(time_s, lead_modulator_)});
        if (resumed_at_ > 0) return;  // it is in what was kept
        const std::optional<VideoFrame> second = second_at(lead_.back().time_s);
        const auto work = [&] {
            if (!on_device_) open_device();
            if (input.frame != nullptr || !on_device_->has_frame())
                on_device_->take(last_, second ? &*second : nullptr);
            on_device_->lead_in(lead_.back());
        };
        if (!attempt_in_less(work)) work();
    }

    std::optional<VideoFrame> second_at(double time_s) {
        if (job_.second == nullptr) return std::nullopt;
        return job_.second->at(time_s);
    }

    /// Slowly at first and at last. Each once, in order.
    std::optional<LoopEnd> end_of_loop(const DreamInput& input) {
        if (input.part != LoopPart::end || ended_ >= lead_.size()) return std::nullopt;
        const auto led = [&](size_t frames) {
            const double t = static_cast<double>(frames) / static_cast<double>(lead_.size() + 1);
            return t * t * (3 - 2 * t);
        };
        LoopEnd end{lead_[ended_], 0, ended_ == 0};
        end.share = static_cast<float>((led(ended_ + 1) - led(ended_)) / (1 - led(ended_)));
        ++ended_;
        return end;
    }

    /// Parameters of the take's next picture, whether it is dreamed or passed.
    const Params& next_of_take(const TakenPicture& picture) {
        of_take_ = desk_->next(picture, on_device_->player().network(picture.network));
        return of_take_;
    }

    double seconds(int64_t pts) const { return static_cast<double>(pts) * job_.time_base.value(); }

    Params params_at(double time_s) { return params_at(time_s, modulator_); }
    Params params_at(double time_s, Modulator& modulator) {
        const auto hear = [this](double at_s) {
            return job_.sound != nullptr ? job_.sound->at(at_s) : Heard();
        };
        return modulator.at(time_s, schedule_.at(time_s, job_.duration_s), hear);
    }

    double share(int64_t until) const {
        const double end_s = range_.end_s > 0 ? range_.end_s : job_.duration_s;
        const double lasts_s = end_s - range_.first_s;
        return lasts_s <= 0 ? -1 : (seconds(until) - range_.first_s) / lasts_s;
    }

    const RenderJob& job_;
    const ParamSchedule& schedule_;
    Runtime& runtime_;
    Sink& sink_;
    std::optional<OnDevice> on_device_;
    Modulator modulator_, resumed_modulator_;
    SightWish wish_;
    std::optional<TakeDesk> desk_;   ///< of a take
    Params of_take_;                 ///< of its last picture
    std::vector<DreamMoment> lead_;  ///< of a loop
    Modulator lead_modulator_;
    size_t ended_ = 0;  ///< of the frames of lead_, those that came once more
    VideoFrame last_;
    std::deque<Dreaming> dreaming_;  ///< begun and not written, oldest first
    Progress progress_;
    int64_t segment_;         ///< frames of each
    FrameRange range_;        ///< that is dreamed
    int64_t shot_at_;         ///< the frame that began the present shot
    int64_t taken_ = 0;       ///< of the input
    int64_t resumed_at_ = 0;  ///< frames that are not dreamed again
    int64_t frames_;          ///< the next one to be written
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
    const bool whole = sink.finish_partial();
    const std::string path = sink.partial_path();  // none where nothing in it plays
    const std::string further = how_to_go_on(job);
    if (frames == 0 || path.empty()) throw Error(what + further);
    throw Error(
        (whole ? fmt::format("{}; the {} frames until then are in {}", what, frames, path)
               : fmt::format("{}; what there was room for, of the {} frames until then, is in {}",
                             what, frames, path)) +
        further);
}

/// `said`: notes of the sink that the user has read already.
void report(Renderer& renderer, const RenderJob& job, const Device& device, Sink& sink,
            size_t said) {
    Progress& progress = renderer.progress();
    const std::vector<std::string> notes = sink.notes();
    for (size_t i = said; i < notes.size(); ++i) progress.note(notes[i]);
    if (const std::string note = job.notes ? job.notes() : ""; !note.empty()) progress.note(note);
    if (const std::string why = device.conv_choices_lost(); !why.empty())
        progress.note(
            fmt::format("which convolutions are the fastest here could not be kept ({}): another "
                        "run may choose others, and its bytes may differ a little",
                        why));
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
    if (renderer.frames() > 0 && !job.part_of_more)
        report(renderer, job, *runtime.device, sink, known.size());
    if (!complete) {
        if (job.journal != nullptr) job.journal->stop(job.output);
        throw Interrupted(renderer.frames() > 0
                              ? fmt::format("stopped; {} holds the {} frames until then{}",
                                            job.output, renderer.frames(), how_to_go_on(job))
                              : "stopped before the first frame; nothing was written");
    }
    if (job.journal != nullptr && !job.only) job.journal->finish();
    if (renderer.frames() == 0)
        throw Error("there is no frame to dream on; try another --start or input");
}

}  // namespace reverie
