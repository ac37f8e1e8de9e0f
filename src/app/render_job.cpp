#include "src/app/render_job.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "src/app/frame_io.h"
#include "src/app/interrupt.h"
#include "src/dream/counterpart.h"
#include "src/dream/feedback.h"
#include "src/dream/pipeline.h"
#include "src/media/device_frame.h"
#include "src/util/error.h"

namespace reverie {
namespace {

/// All that lies on the device of one machine.
struct OnDevice {
    OnDevice(Machine& machine, SizeRequest size)
        : upload(machine, size),
          pipeline(*machine.device, *machine.network, machine.memory_bytes),
          feedback(*machine.device, *machine.network, machine.memory_bytes),
          back(*machine.device) {
        pipeline.stop_when(stop_flag());
        feedback.stop_when(stop_flag());
    }

    FrameUpload upload;
    Pixels<const float> rgb;  ///< the last input
    Pipeline pipeline;
    Feedback feedback;
    DeviceFrame back;
};

/// The state of one run.
class Renderer {
  public:
    Renderer(const RenderJob& job, const ParamPlan& plan, Machine& machine, Sink& sink, bool quiet)
        : job_(job),
          plan_(plan),
          machine_(machine),
          sink_(sink),
          progress_(Progress::style_for(quiet)) {
        on_device_.emplace(machine_, job_.size);
    }

    /// True at the end of the input, false where the user stopped it.
    bool run() {
        while (!stop_flag()) {
            const std::optional<DreamInput> input = job_.next();
            if (!input) return true;
            dream(*input);
            ++frames_;
            if (!job_.single_picture) progress_.update(frames_, share(*input));
        }
        return false;
    }

    int64_t frames() const { return frames_; }
    Progress& progress() { return progress_; }

  private:
    void dream(const DreamInput& input) {
        VideoFrame frame = sink_.acquire();
        frame.pts = input.pts;
        frame.duration = input.duration;
        if (input.frame != nullptr) last_ = input.frame;
        try {
            dream_into(frame, input);
        } catch (const DeviceError& error) {
            dream_on_cpu(frame, input, error);
        } catch (const OutOfMemory& error) {
            dream_on_cpu(frame, input, error);
        }
        for (const std::string& note : on_device_->pipeline.take_notes()) progress_.note(note);
        for (const std::string& note : on_device_->feedback.take_notes()) progress_.note(note);
        sink_.write(frame);
    }

    /// Called while `error`, of the GPU, is handled; of the CPU it is thrown on.
    void dream_on_cpu(VideoFrame& frame, const DreamInput& input, const Error& error) {
        if (machine_.device->info().kind == DeviceKind::cpu) throw;
        on_device_.reset();
        continue_on_cpu(machine_);
        on_device_.emplace(machine_, job_.size);
        progress_.note(fmt::format("{}; the CPU goes on from frame {}", error.what(), frames_));
        dream_into(frame, {last_, input.pts, input.duration});
    }

    void dream_into(VideoFrame& frame, const DreamInput& input) {
        OnDevice& on = *on_device_;
        const double time_s = static_cast<double>(input.pts) * job_.time_base.value();
        const Params params = plan_.at(time_s, job_.duration_s);
        Stream& stream = *machine_.stream;
        if (input.frame != nullptr) on.rgb = on.upload.to_rgb(*input.frame);
        const Pixels<const float> dreamed = job_.feedback
                                                ? on.feedback.next(stream, on.rgb, time_s, params)
                                                : on.pipeline.next(stream, on.rgb, time_s, params);
        on.back.from_rgb(stream, dreamed, frame);
    }

    double share(const DreamInput& input) const {
        if (job_.duration_s <= 0) return -1;
        return static_cast<double>(input.pts + input.duration) * job_.time_base.value() /
               job_.duration_s;
    }

    const RenderJob& job_;
    const ParamPlan& plan_;
    Machine& machine_;
    Sink& sink_;
    std::optional<OnDevice> on_device_;
    const VideoFrame* last_ = nullptr;
    Progress progress_;
    int64_t frames_ = 0;
};

/// After an error: closes the file so that it plays, and throws the error with where that is.
[[noreturn]] void fail_partially(Sink& sink, const std::string& what, int64_t frames) {
    const std::string before = sink.partial_path();
    const bool whole = sink.finish_partial();
    const std::string path = sink.partial_path().empty() ? before : sink.partial_path();
    if (frames == 0 || path.empty()) throw Error(what);
    throw Error(
        whole ? fmt::format("{}; the {} frames until then are in {}", what, frames, path)
              : fmt::format("{}; what there was room for, of the {} frames until then, is in {}",
                            what, frames, path));
}

void report(Renderer& renderer, const RenderJob& job, Sink& sink) {
    Progress& progress = renderer.progress();
    for (const std::string& note : sink.notes()) progress.note(note);
    if (const std::string note = job.notes ? job.notes() : ""; !note.empty()) progress.note(note);
    const double seconds = progress.elapsed_s();
    progress.note(fmt::format("{}: {} frame{} in {} ({:.1f} fps)", job.output, renderer.frames(),
                              renderer.frames() == 1 ? "" : "s", clock_text(seconds),
                              static_cast<double>(renderer.frames()) / std::max(seconds, 1e-3)));
}

}  // namespace

void add_output_options(CLI::App& command, OutputOptions& options) {
    command
        .add_option("-o,--output", options.path,
                    "a file (its ending says what it is), frames/%05d.png, - (y4m) or null:")
        ->required()
        ->group("Output");
    command
        .add_option("--codec", options.codec,
                    "h264, h265, av1, vp9, prores, ffv1, or one of `reverie list encoders`")
        ->group("Output");
    command
        .add_option("--quality", options.quality,
                    "constant quality on the codec's own scale (CRF), smaller is better")
        ->check(CLI::Range(0, 63))
        ->group("Output");
    command
        .add_option("--bits", options.bits,
                    "8, 10 or 16 where the encoder has it; as the source by default")
        ->check(CLI::IsMember({8, 10, 16}))
        ->group("Output");
    command.add_flag("--overwrite", options.overwrite, "replace an output that is already there")
        ->group("Output");
}

void apply_output_options(SinkOptions& sink, const OutputOptions& options) {
    sink.codec = options.codec;
    sink.crf = options.quality;
    sink.bits = options.bits;
    sink.overwrite = options.overwrite;
}

void fit_objectives(ParamPlan& plan, const Network& network) {
    plan.each_objective([&](const PlannedObjective& planned) {
        try {
            if (!planned.by_hand) return translated(planned.objective, network);
            resolve(network, planned.objective);
            return planned.objective;
        } catch (const Error& error) {
            throw Error(planned.where.empty() ? error.what()
                                              : fmt::format("{}: {}", planned.where, error.what()));
        }
    });
}

void run_render_job(const RenderJob& job, const ParamPlan& plan, Machine& machine, Sink& sink,
                    bool quiet) {
    Renderer renderer(job, plan, machine, sink, quiet);
    bool complete = false;
    try {
        try {
            complete = renderer.run();
        } catch (const Interrupted&) {
            complete = false;  // a blocking read that was ended
        }
        if (!complete) sink.end_with_last_frame();
        if (renderer.frames() > 0) sink.finish();
    } catch (const std::bad_alloc&) {
        renderer.progress().end_line();
        fail_partially(sink, "out of memory; try a smaller --size", renderer.frames());
    } catch (const std::exception& error) {
        renderer.progress().end_line();
        fail_partially(sink, error.what(), renderer.frames());
    }
    renderer.progress().end_line();
    if (renderer.frames() > 0) report(renderer, job, sink);
    if (!complete) {
        throw Interrupted(renderer.frames() > 0
                              ? fmt::format("stopped; {} holds the {} frames until then",
                                            job.output, renderer.frames())
                              : "stopped before the first frame; nothing was written");
    }
    if (renderer.frames() == 0)
        throw Error("there is not one frame to dream on; try another --start or input");
}

}  // namespace reverie
