// reverie live SOURCE: a show, in a window or without one.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "src/cli/commands.h"
#include "src/media/cameras.h"
#include "src/media/pattern.h"
#include "src/media/rate_text.h"
#include "src/networks/find_weights.h"
#include "src/render/param_plan.h"
#include "src/render/render_job.h"
#include "src/session/session_options.h"
#include "src/show/device_loss.h"
#include "src/show/installation.h"
#include "src/show/installation_settings.h"
#include "src/ui/live_window.h"
#include "src/util/error.h"
#include "src/util/interrupt.h"
#include "src/util/size.h"
#include "src/util/thread_priority.h"
#include "src/util/time_text.h"

namespace reverie {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kIdleRedrawS = 0.05;

struct LiveOptions {
    std::string source, size, fps, duration;
    std::string record, record_dry, virtual_camera, stream;
    bool stdout_y4m = false;
    bool headless = false, json = false, fullscreen = false, hide_overlay = false;
    int monitor = 0;
    double zoom = 1;
    std::optional<double> budget_ms;
    std::string controls, sound;
    ParamOptions params;
    InstallationOptions installation;
};

/// What a show begins with, of the command line and of a show before.
struct Beginning {
    Params params;
    std::string preset;
    bool objective_by_hand = false;  ///< `params` have it from the command line
    std::string network;             ///< of the show before; "": as the global options say
    std::optional<ShowState> taken_up;
    std::vector<std::string> notes;
};

/// A camera where there is one, else clouds.
std::string default_source() { return list_cameras().empty() ? "pattern:clouds" : "camera:0"; }

/// A file or pattern that cannot be shown is said at once; of what may come later, the show says
/// that it waits.
void require_source(const std::string& spec) {
    const std::string pattern = "pattern:";
    if (spec.starts_with(pattern)) return require_pattern(spec.substr(pattern.size()));
    const bool comes_later = is_camera(spec) || spec == "-" ||
                             spec.find("://") != std::string::npos ||
                             std::filesystem::is_fifo(spec);
    if (!comes_later) open_source(spec);
}

/// Of a show before: what the command line does not say, as far as it is still there.
void take_up(const GlobalOptions& globals, LiveOptions& options, Beginning& beginning) {
    TakenUp found = take_up_state(state_path());
    if (!found.note.empty()) beginning.notes.push_back(found.note);
    if (!found.state) return;
    const ShowState& state = *found.state;
    if (options.source.empty() && !state.source.empty()) {
        try {
            require_source(state.source);
            options.source = state.source;
        } catch (const Error& error) {
            beginning.notes.emplace_back(error.what());
        }
    }
    if (wanted_weights(globals.weights).empty()) beginning.network = state.network;
    options.fullscreen = options.fullscreen || state.layout.fullscreen;
    if (!options.headless && options.monitor == 0 && state.layout.monitor > 0) {
        for (const MonitorInfo& monitor : list_monitors()) {
            if (monitor.number == state.layout.monitor) options.monitor = monitor.number;
        }
    }
    const ParamOptions& given = options.params;
    if (given.preset.empty() && !given.objective && given.sets.empty() && !given.seed) {
        beginning.params = state.params;
        beginning.preset = state.preset;
    }
    beginning.taken_up = std::move(found.state);
}

/// With the network of the show before, as long as it can be had.
Machine open_taken_up(const GlobalOptions& globals, Beginning& beginning) {
    if (beginning.network.empty()) return open_machine(globals);
    GlobalOptions with = globals;
    with.weights = beginning.network;
    try {
        return open_machine(with);
    } catch (const Error& error) {
        beginning.notes.push_back(fmt::format("of the show before: {}", error.what()));
        return open_machine(globals);
    }
}

class Live {
  public:
    Live(const GlobalOptions& globals, const LiveOptions& options, const Beginning& beginning)
        : options_(options),
          beginning_(beginning),
          machine_(open_taken_up(globals, beginning_)),
          show_(machine_, show_options(globals, options, beginning_)),
          outputs_(machine_) {
        begin_params();
        if (options.installation.on) {
            installation_.emplace(options.installation,
                                  installation_settings(options.installation, settings_before()),
                                  machine_, show_, outputs_);
        }
        outputs_.listen(sound(), show_.begun());
        const bool on_cpu = machine_.device->info().kind == DeviceKind::cpu;
        if (on_cpu) come_first();  // and the window's own threads, which draw where no GPU does
        if (!options.headless) open_window();
        if (on_cpu) come_before_dreams();
        for (const std::string& line : machine_.trouble) say(line);
        for (const std::string& note : beginning_.notes) say(note);
    }

    void run() {
        const Clock::time_point begun = Clock::now();
        const double duration_s =
            options_.duration.empty() ? INFINITY : parse_seconds(options_.duration, "--duration");
        while (!stop_flag() && !(window_ && window_->done())) {
            if (std::chrono::duration<double>(Clock::now() - begun).count() >= duration_s) break;
            step();
            tell_problems();
            if (installation_ && installation_->stuck()) end_stuck(*installation_->stuck());
        }
        if (installation_) installation_->rest();
        report();
    }

  private:
    static ShowOptions show_options(const GlobalOptions& globals, const LiveOptions& options,
                                    const Beginning& beginning) {
        ShowOptions show;
        show.source = options.source.empty() ? default_source() : options.source;
        require_source(show.source);
        if (!options.size.empty()) show.size = parse_size(options.size);
        if (!options.fps.empty()) show.from.fps = parse_rate(options.fps);
        const bool pattern = show.source.starts_with("pattern:");
        if (pattern) {
            const SizeRequest drawn =
                choose_size(show.size == SizeRequest{} ? SizeRequest{640, 360} : show.size, 16, 9);
            show.from.width = drawn.width;
            show.from.height = drawn.height;
            if (options.fps.empty()) show.from.fps = {30, 1};
        }
        show.params = beginning.params;
        show.budget_ms = options.budget_ms;
        const bool chosen = !wanted_weights(globals.weights).empty() || !beginning.network.empty();
        if (!chosen) show.lighter_weights = find_weights("embedded-small");
        return show;
    }

    /// What was taken up may be of another network; what the command line says is an error then.
    void begin_params() {
        Params params = beginning_.params;
        try {
            if (beginning_.objective_by_hand)
                show_.check(params.objective);
            else
                params.objective = show_.in_network(params.objective);
            show_.params().resume(params, beginning_.preset);
        } catch (const Error& error) {
            if (!beginning_.taken_up || beginning_.params != beginning_.taken_up->params) throw;
            beginning_.notes.emplace_back(error.what());
            params = Params();
            params.objective = show_.in_network(params.objective);
            show_.params().set(params);
        }
    }

    InstallationSettings settings_before() const {
        return beginning_.taken_up ? beginning_.taken_up->installation : InstallationSettings();
    }

    void say(const std::string& note) {
        if (window_) {
            window_->say(note, Health::waiting);
        } else {
            fmt::print(stderr, "{}\n", note);
        }
    }

    /// What is amiss, once; of the source, the window tells itself.
    void tell_problems() {
        const auto tell = [this](const std::string& problem, std::string& told) {
            if (!problem.empty() && problem != told) say(problem);
            told = problem;
        };
        tell(outputs_.sound_status().problem, sound_problem_);
        if (!window_) tell(show_.problem(), show_problem_);
        for (const std::string& note : show_.take_notes()) say(note);
    }

    void open_window() {
        WindowOptions window;
        window.fullscreen = options_.fullscreen;
        if (options_.monitor > 0) window.monitor = options_.monitor;
        window_.emplace(window, static_cast<float>(options_.zoom), machine_, show_, outputs_);
        window_->overlay().show(!options_.hide_overlay && !installation_);
        if (installation_) window_->set_installation(&*installation_);
        if (!options_.controls.empty()) window_->write_controls_to(options_.controls);
        if (beginning_.taken_up) window_->restore(beginning_.taken_up->layout);
    }

    /// On a CPU, where dreams keep all threads busy: this one, and those of its loops.
    void come_before_dreams() {
        come_first();
        machine_.device->make_threads();
        come_first_alone();
    }

    void step() {
        try {
            step_on_device();
        } catch (const DeviceError& error) {
            go_on_without_gpu(error);
        } catch (const OutOfMemory& error) {
            go_on_without_gpu(error);
        }
    }

    void go_on_without_gpu(const Error& error) {
        say(go_on_on_cpu(error, show_parts()));
        come_before_dreams();
    }

    ShowParts show_parts() {
        return {machine_, show_, outputs_, installation_ ? &*installation_ : nullptr};
    }

    /// One new picture, or, where none comes for kIdleRedrawS, the last one again under what has
    /// changed in the overlay: drawing more often would take from the dreams what nobody sees.
    void step_on_device() {
        const double left_s =
            kIdleRedrawS - std::chrono::duration<double>(Clock::now() - presented_).count();
        const bool fresh = show_.advance(std::clamp(left_s, 0.0, kIdleRedrawS));
        if (fresh) push();
        if (installation_) {
            installation_->tick(fresh);
            if (window_) {
                installation_->set_layout(window_->layout());
            } else if (const std::string note = installation_->take_note(); !note.empty()) {
                say(note);
            }
        }
        if (window_) {
            if (fresh) window_->take_picture();
            presented_ = window_->draw();
        } else if (fresh) {
            presented_ = Clock::now();
        } else {
            return;
        }
        show_.statistics().presented(presented_, show_.arrived());
    }

    void push() {
        if (!std::exchange(started_, true)) start_outputs();
        outputs_.push(show_.picture(), show_.time_s());
        if (const VideoFrame* video = show_.video()) outputs_.push_dry(*video, show_.time_s());
    }

    /// What the command line asks for, as soon as the size of the picture is known.
    void start_outputs() {
        const Rational rate = show_.frame_rate();
        const auto start = [&](OutputKind kind, const std::string& target, SizeRequest size) {
            if (!target.empty()) outputs_.start(kind, target, size, rate);
        };
        start(OutputKind::record, options_.record, show_.size());
        start(OutputKind::virtual_camera, options_.virtual_camera, show_.size());
        start(OutputKind::stream, options_.stream, show_.size());
        start(OutputKind::y4m, options_.stdout_y4m ? "-" : "", show_.size());
        if (const VideoFrame* video = show_.video())
            start(OutputKind::record_dry, options_.record_dry, {video->width(), video->height()});
        if (beginning_.taken_up) resume_outputs(rate);
    }

    std::string sound() const {
        const bool as_before = options_.sound.empty() && beginning_.taken_up;
        const std::string& chosen = as_before ? beginning_.taken_up->sound : options_.sound;
        return chosen == "off" ? "" : chosen;
    }

    void resume_outputs(Rational rate) {
        for (const ShowState::Output& output : beginning_.taken_up->outputs) {
            for (int i = 0; i < kOutputKinds; ++i) {
                const auto kind = static_cast<OutputKind>(i);
                if (token_of(kind) != output.kind || outputs_.running(kind)) continue;
                const VideoFrame* video = kind == OutputKind::record_dry ? show_.video() : nullptr;
                try {
                    outputs_.start(
                        kind, output.target,
                        video ? SizeRequest{video->width(), video->height()} : show_.size(), rate);
                } catch (const Error& error) {
                    say(error.what());
                }
            }
        }
    }

    /// Threads that hang cannot be ended: the process is, and the next one begins anew.
    [[noreturn]] void end_stuck(const std::string& why) {
        installation_->rest();
        outputs_.finish();
        std::fflush(stdout);
        fmt::print(stderr, "reverie: {}; exit code {}, to begin anew\n", why, kStuckExitCode);
        std::_Exit(kStuckExitCode);
    }

    void report() {
        const LiveStatistics::Report seen = show_.statistics().report(Clock::now());
        const bool failed = outputs_.finish();
        for (int i = 0; i < kOutputKinds; ++i) {
            const RecorderStatus status = outputs_.status(static_cast<OutputKind>(i));
            if (!status.line.empty()) fmt::print(stderr, "{}: {}\n", status.path, status.line);
            if (status.frames > 0)
                fmt::print(stderr, "{}: {} frames, {} left out\n", status.path, status.frames,
                           status.dropped);
        }
        if (options_.json) {
            const nlohmann::ordered_json json{
                {"seconds", seen.seconds},
                {"presented_fps", seen.presented_fps},
                {"dreams_per_s", seen.dreams_per_s},
                {"steps_per_dream", seen.steps_per_dream},
                {"steps_per_s", seen.steps_per_s},
                {"strength", seen.strength},
                {"stretched", seen.stretched},
                {"latency_frames_p95", seen.latency_frames_p95},
                {"latency_ms_p95", seen.latency_ms_p95},
                {"late_frames", seen.late_frames},
                {"late_at_s", seen.late_at_s},
                {"worst_frame_ms", seen.worst_frame_ms},
                {"memory_growth_percent", seen.memory_growth_percent},
                {"memory_mb", static_cast<double>(seen.memory_bytes) / (1 << 20)}};
            fmt::print("{}\n", json.dump(2));
        }
        const std::string problem = show_.problem();
        if (failed) throw Error("an output has failed; its line is above");
        if (show_.has_picture()) return;
        if (!problem.empty() && problem == show_problem_)
            throw Error("there was no picture; why is above");
        throw Error(problem.empty() ? "there was no picture" : problem);
    }

    const LiveOptions& options_;
    Beginning beginning_;
    Machine machine_;
    LiveShow show_;
    LiveOutputs outputs_;
    std::optional<Installation> installation_;
    std::optional<LiveWindow> window_;
    Clock::time_point presented_ = Clock::now();
    bool started_ = false;
    std::string sound_problem_, show_problem_;  ///< as they were told last
};

void run_live(const GlobalOptions& globals, const LiveOptions& options) {
    const ParamPlan plan(options.params, Params());
    check_installation_options(options.installation);
    if (options.json && options.stdout_y4m)
        throw UsageError("--json and --y4m both want the standard output; try one of them");
    LiveOptions chosen = options;
    Beginning beginning;
    beginning.params = plan.base();
    beginning.preset = options.installation.on ? options.params.preset : "";
    beginning.objective_by_hand = plan.objective_by_hand();
    if (options.installation.on && !options.installation.fresh) take_up(globals, chosen, beginning);
    Live live(globals, chosen, beginning);
    live.run();
    if (stop_flag()) throw Interrupted("stopped");
}

void add_window_options(CLI::App& command, LiveOptions& options) {
    const char* group = "Window";
    command.add_flag("--fullscreen", options.fullscreen, "without borders")->group(group);
    command.add_option("--monitor", options.monitor, "of `reverie list monitors`, from 1")
        ->check(CLI::Range(1, 64))
        ->group(group);
    command.add_option("--zoom-ui", options.zoom, "larger panels, for who stands far away")
        ->check(CLI::Range(0.5, 4.0))
        ->group(group);
    command.add_flag("--hide-overlay", options.hide_overlay, "until Tab shows it")->group(group);
    command.add_flag("--headless", options.headless, "no window: for servers and tests")
        ->group(group);
    command
        .add_option("--controls", options.controls,
                    "tell in this file, as JSON, where the overlay's controls are, for scripts")
        ->group(group);
}

void add_live_outputs(CLI::App& command, LiveOptions& options) {
    const char* group = "Output";
    command.add_option("--record", options.record, "the dream into this file")->group(group);
    command.add_option("--record-dry", options.record_dry, "the source into this file")
        ->group(group);
    command.add_option("--virtual-camera", options.virtual_camera, "as in /dev/video10")
        ->group(group);
    command.add_option("--stream", options.stream, "to rtmp://, srt:// or udp://")->group(group);
    command
        .add_option("--sound", options.sound,
                    "of recordings and the stream: default, an input of `reverie list sounds`, a "
                    "file or a URL; off")
        ->group(group);
    command.add_flag("--y4m", options.stdout_y4m, "raw video on the standard output")->group(group);
    command.add_option("--duration", options.duration, "end after this time: 90, 1:30:00")
        ->group(group);
    command.add_flag("--json", options.json, "print how it went at the end")->group(group);
}

}  // namespace

void add_live(CLI::App& app, const GlobalOptions& globals, Action& action) {
    const auto options = std::make_shared<LiveOptions>();
    CLI::App* command =
        app.add_subcommand("live", "A show: camera, file or pattern, dreamed as it comes");
    command->fallthrough();
    command->add_option("source", options->source,
                        "camera:0, a device, a file, a URL or pattern:clouds|inkblot|noise; the "
                        "first camera by default");
    command
        ->add_option("--size", options->size,
                     "of the picture: WxH, Wx or xH; the source's by default")
        ->group("Input");
    command->add_option("--fps", options->fps, "that a camera or pattern is asked for")
        ->group("Input");
    command
        ->add_option("--budget-ms", options->budget_ms,
                     fmt::format("what one dream may take: steps are spread over several, then the "
                                 "dream is made smaller; 0: as long as it does (default: {} on a "
                                 "CPU, and {} for a single step; a frame of the display on a GPU)",
                                 LiveShow::kCpuBudgetMs, LiveShow::kCpuStepMs))
        ->check(CLI::Range(0.0, 60000.0))
        ->group("Dream");
    add_window_options(*command, *options);
    add_live_outputs(*command, *options);
    add_installation_options(*command, options->installation);
    add_param_options(*command, options->params);
    command->callback([&globals, &action, options] {
        action = [&globals, options] { run_live(globals, *options); };
    });
}

}  // namespace reverie
