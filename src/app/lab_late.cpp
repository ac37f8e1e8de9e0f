// reverie lab late INPUT -o OUTPUT: every frame of a clip as a live show would show it whose dreams
// come so many frames late. Made for `lab coherence`: with and without lateness.
#include <CLI/CLI.hpp>

#include "src/app/frame_io.h"
#include "src/app/interrupt.h"
#include "src/app/lab.h"
#include "src/app/render_job.h"
#include "src/dream/dreamer.h"
#include "src/dream/late_dream.h"
#include "src/media/source.h"
#include "src/util/error.h"

namespace reverie {
namespace {

struct LateOptions {
    std::string input, size, duration;
    int every = 10, late = 10;
    OutputOptions output;
    ParamOptions params;
};

/// Begins a dream with every so many frames, and takes it over so many frames later.
class LateShow {
  public:
    LateShow(Machine& machine, const LateOptions& options, const Params& params)
        : machine_(machine),
          options_(options),
          params_(params),
          late_(*machine.device),
          dreamer_(*machine.network, machine.memory_bytes) {}

    Pixels<const float> next(Pixels<const float> rgb, double time_s) {
        Stream& stream = *machine_.stream;
        late_.advance(stream, rgb, time_s, params_);
        // A job that is taken over as late as the next one begins goes first.
        if (due_ && late_.lateness() >= options_.late) take_over();
        if (frames_++ % options_.every == 0) {
            late_.begin(stream, params_, job_);
            due_ = true;
            if (options_.late == 0) take_over();
        }
        return late_.show(stream, params_.strength);
    }

  private:
    void take_over() {
        dreamer_.dream(*machine_.stream, job_.frame, job_.params, job_.index, job_.residual);
        late_.finish(*machine_.stream, job_);
        due_ = false;
    }

    Machine& machine_;
    const LateOptions& options_;
    Params params_;
    LateDream late_;
    Dreamer dreamer_;
    DreamJob job_;
    bool due_ = false;
    int64_t frames_ = 0;
};

void run_late(const GlobalOptions& globals, const LateOptions& options) {
    if (options.late > options.every)
        throw UsageError("--late is more than --every: one dream is dreamed at a time");
    ParamPlan plan(options.params, Params());
    SourceOptions from;
    if (!options.duration.empty()) from.duration_s = parse_seconds(options.duration, "--duration");
    from.stop = &stop_flag();
    const std::unique_ptr<Source> source = open_source(options.input, from);
    const SourceInfo& info = source->info();
    Machine machine = open_machine(globals);
    fit_objectives(plan, *machine.network);
    const SizeRequest request = options.size.empty() ? SizeRequest{} : parse_size(options.size);
    const SizeRequest size = choose_size(request, info.width, info.height);
    SinkOptions to = sink_options_for(info);
    to.width = size.width;
    to.height = size.height;
    apply_output_options(to, options.output);
    const std::unique_ptr<Sink> sink = open_sink(options.output.path, to);
    FrameUpload upload(machine, size);
    DeviceFrame back(*machine.device);
    LateShow show(machine, options, plan.base());
    while (const std::optional<VideoFrame> frame = source->next()) {
        const double time_s = static_cast<double>(frame->pts) * info.time_base.value();
        VideoFrame out = sink->acquire();
        out.pts = frame->pts;
        out.duration = frame->duration;
        back.from_rgb(*machine.stream, show.next(upload.to_rgb(*frame), time_s), out);
        sink->write(out);
    }
    sink->finish();
}

}  // namespace

void add_lab_late(CLI::App& lab, const GlobalOptions& globals, Action& action) {
    const auto options = std::make_shared<LateOptions>();
    CLI::App* command =
        lab.add_subcommand("late", "A clip with dreams that come late, as in a live show");
    command->fallthrough();
    command->add_option("input", options->input, "a video or a pattern")->required();
    command->add_option("--size", options->size, "WxH, Wx or xH");
    command->add_option("--duration", options->duration, "as long as this: 12.5, 1:30");
    command->add_option("--every", options->every, "a dream begins with every so many frames")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    command->add_option("--late", options->late, "and is done so many frames later")
        ->check(CLI::Range(0, 1000))
        ->capture_default_str();
    add_output_options(*command, options->output);
    add_param_options(*command, options->params);
    command->callback([&globals, &action, options] {
        action = [&globals, options] { run_late(globals, *options); };
    });
}

}  // namespace reverie
