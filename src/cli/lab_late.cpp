// reverie lab late INPUT -o OUTPUT: every frame of a clip as a live show would show it that has so
// many dreams a second, of so many steps, each of them late by the time it takes. Made for `lab
// coherence`: beside a render, whose dreams are never late. Counts time, does not take it.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <limits>

#include "src/cli/lab.h"
#include "src/dream/dreamer.h"
#include "src/dream/temporal_dream.h"
#include "src/render/open_job.h"
#include "src/session/frame_io.h"
#include "src/session/mask_file.h"
#include "src/session/session_options.h"
#include "src/util/error.h"
#include "src/util/interrupt.h"

namespace reverie {
namespace {

struct LateOptions {
    JobOptions job;
    double dreams_per_s = 4, scale = 1;
    int steps = 1;
};

/// Takes a dream over when its time is up, and has the next one begun with that frame.
class LateShow {
  public:
    LateShow(Runtime& runtime, const LateOptions& options, const Params& params)
        : runtime_(runtime),
          options_(options),
          params_(params),
          late_(*runtime.device, TemporalOptions::live(mask_loader(*runtime.device))),
          dreamer_(*runtime.network, runtime.memory_bytes) {}

    Pixels<const float> next(Pixels<const float> rgb, Pixels<const float> alpha, double time_s) {
        Stream& stream = *runtime_.stream;
        late_.set_mask_inputs({alpha, {}});
        late_.advance(stream, rgb, time_s, params_);
        // Frames come at times of their own: the nearest one to when it is done.
        constexpr double kNearly = 0.01;
        if (time_s + kNearly >= done_s_) {
            if (dreaming_) late_.finish(stream, job_);
            begin(stream);
            done_s_ = std::max(done_s_ + 1 / options_.dreams_per_s, time_s);
        }
        return late_.composite(stream, params_.strength);
    }

  private:
    /// What it is dreamed to is known at once, and taken over later.
    void begin(Stream& stream) {
        const std::vector<Extent> octaves =
            Dreamer::octaves(late_.frame().width, late_.frame().height, params_);
        const std::vector<double> costs(octaves.size(), 1.0);
        const Turns::Deal deal = turns_.deal(params_, late_.since_dreamed(), costs, options_.steps,
                                             std::numeric_limits<int>::max());
        late_.begin(stream, params_, deal.push, job_);
        job_.portion = deal.portion;
        job_.portion.scale = static_cast<float>(options_.scale);
        dreamer_.dream(stream, job_.frame, job_.params, job_.index, job_.residual, job_.portion,
                       &job_.masks);
        dreaming_ = true;
    }

    Runtime& runtime_;
    const LateOptions& options_;
    Params params_;
    TemporalDream late_;
    Dreamer dreamer_;
    Turns turns_;
    DreamJob job_;
    bool dreaming_ = false;
    double done_s_ = 0;  ///< when the dream is
};

void run_late(const GlobalOptions& globals, const LateOptions& options) {
    OpenJob open = open_video_job(globals, options.job, Params());
    FrameUpload upload(open.runtime, open.size);
    DeviceFrame back(*open.runtime.device);
    LateShow show(open.runtime, options, open.schedule.base());
    while (const std::optional<VideoFrame> frame = open.source->next()) {
        const double time_s = static_cast<double>(frame->pts) * open.info.time_base.value();
        VideoFrame out = open.sink->acquire();
        out.pts = frame->pts;
        out.duration = frame->duration;
        const Pixels<const float> rgb = upload.to_rgb(*frame);
        back.from_rgb(*open.runtime.stream, show.next(rgb, upload.alpha(), time_s), out);
        open.sink->write(out);
    }
    if (stop_flag()) throw Interrupted("stopped");
    open.sink->finish();
}

}  // namespace

void add_lab_late(CLI::App& lab, const GlobalOptions& globals, Action& action) {
    const auto options = std::make_shared<LateOptions>();
    CLI::App* command = lab.add_subcommand(
        "late", "A clip with few and late dreams, as in a show on a slow machine");
    command->fallthrough();
    command->add_option("input", options->job.input, "a video or a pattern")->required();
    command->add_option("--size", options->job.size, "WxH, Wx or xH");
    command->add_option("--duration", options->job.duration, "as long as this: 12.5, 1:30");
    command->add_option("--dreams", options->dreams_per_s, "so many a second")
        ->check(CLI::Range(0.1, 1000.0))
        ->capture_default_str();
    command->add_option("--steps", options->steps, "of gradient ascent in each dream, at most")
        ->check(CLI::Range(1, 10000))
        ->capture_default_str();
    command->add_option("--scale", options->scale, "of the picture that is dreamed")
        ->check(CLI::Range(0.1, 1.0))
        ->capture_default_str();
    add_output_options(*command, options->job.output);
    add_param_options(*command, options->job.params);
    command->callback([&globals, &action, options] {
        action = [&globals, options] { run_late(globals, *options); };
    });
}

}  // namespace reverie
