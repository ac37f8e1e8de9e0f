#include "src/ui/live_app.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "src/control/preset_library.h"
#include "src/control/stars.h"
#include "src/control/toml_params.h"
#include "src/gl/x_display.h"
#include "src/media/own_input.h"
#include "src/media/pattern.h"
#include "src/media/rate_text.h"
#include "src/media/sink_kind.h"
#include "src/media/source_kind.h"
#include "src/media/sources/cameras.h"
#include "src/net/precision.h"
#include "src/networks/find_weights.h"
#include "src/render/mask_needs.h"
#include "src/show/output_requests.h"
#include "src/util/console.h"
#include "src/util/error.h"
#include "src/util/interrupt.h"
#include "src/util/output_file.h"
#include "src/util/size.h"
#include "src/util/text_file.h"
#include "src/util/thread_priority.h"
#include "src/util/time_text.h"

namespace reverie {
namespace {

constexpr double kIdleRedrawS = 0.05;
const char* const kShowTopic = "show";

/// A camera if there is one, else clouds.
std::string default_source() { return list_cameras().empty() ? usual_pattern() : "camera:0"; }

/// What the previous show has saved and the command line does not set, if it is still there.
void restore(const GlobalOptions& globals, LiveOptions& options, LiveInitialState& initial) {
    RestoredState found = restore_state(state_path());
    if (!found.note.empty()) initial.notes.push_back(found.note);
    if (!found.state) return;
    const ShowState& state = *found.state;
    if (options.source.empty() && !state.source.empty()) {
        try {
            require_source(state.source);
            options.source = state.source;
        } catch (const Error& error) {
            initial.notes.emplace_back(error.what());
        }
    }
    if (wanted_weights(globals.weights).empty()) initial.network = state.network;
    options.fullscreen = options.fullscreen || state.layout.fullscreen;
    if (!options.headless && options.monitor == 0 && state.layout.monitor > 0) {
        for (const MonitorInfo& monitor : list_monitors()) {
            if (monitor.number == state.layout.monitor) options.monitor = monitor.number;
        }
    }
    const ParamOptions& given = options.params;
    if (given.preset.empty() && !given.objective && given.sets.empty() && !given.seed) {
        initial.params = state.params;
        initial.preset = state.preset;
        try {
            if (state.modulation)
                initial.modulation = *state.modulation;
            else if (!state.preset.empty())
                initial.modulation = load_preset(state.preset).modulation;
        } catch (const Error& error) {
            initial.notes.emplace_back(error.what());
        }
    }
    initial.restored = std::move(found.state);
}

/// With the network of the previous show, if it is still there.
Runtime open_restored(const GlobalOptions& globals, LiveInitialState& initial) {
    if (initial.network.empty()) return open_runtime(globals);
    GlobalOptions with = globals;
    with.weights = initial.network;
    try {
        return open_runtime(with);
    } catch (const Error& error) {
        initial.notes.push_back(fmt::format("of the show before: {}", error.what()));
        return open_runtime(globals);
    }
}

/// Where it is a pattern.
void draw_at_size(const std::string& source, SizeRequest size, SourceOptions& from) {
    if (!source_kind_of(source).drawn) return;
    const Size drawn = choose_size(size == SizeRequest{} ? SizeRequest{640, 360} : size, 16, 9);
    from.width = drawn.width;
    from.height = drawn.height;
    if (!from.fps.known()) from.fps = {30, 1};
}

ShowOptions show_options(const GlobalOptions& globals, const LiveOptions& options,
                         const LiveInitialState& initial) {
    ShowOptions show;
    show.source = options.source.empty() ? default_source() : options.source;
    require_source(show.source);
    if (!options.size.empty()) show.size = parse_size(options.size);
    show.from.keep_interlaced = options.keep_interlaced;
    show.from.background = options.background;
    keep_alpha_for({MaskMaker::needs(initial.params.objective, MaskKind::alpha), false}, show.from);
    if (!options.fps.empty()) show.from.fps = parse_rate(options.fps);
    draw_at_size(show.source, show.size, show.from);
    if (!options.second.empty()) require_source(options.second);
    show.second = options.second;
    draw_at_size(show.second, show.size, show.second_from);
    show.params = initial.params;
    show.budget_ms = options.budget_ms;
    const bool chosen = !wanted_weights(globals.weights).empty() || !initial.network.empty();
    if (!chosen) show.lighter_weights = find_weights("embedded-small");
    return show;
}

}  // namespace

LiveApp::LiveApp(const GlobalOptions& globals, const LiveOptions& options, LiveInitialState initial)
    : options_(options),
      initial_(std::move(initial)),
      runtime_(open_restored(globals, initial_)),
      show_(runtime_, show_options(globals, options, initial_)),
      outputs_(runtime_) {
    begin_params();
    begin_score();
    handle_output_requests(show_, outputs_);
    show_.desk().open_cues(cues_path());
    open_stars();
    show_.desk().handle<request::Quit>([this](const auto&) { quit_ = true; });
    if (options.installation.on) {
        installation_.emplace(options.installation,
                              installation_settings(options.installation, settings_before()),
                              runtime_, show_, outputs_);
    }
    open_surfaces();
    outputs_.listen(sound(), show_.begun());
    show_.listen(outputs_.sound_feed());
    if (!options.take.empty()) open_take(globals);
    const bool on_cpu = runtime_.device->info().kind == DeviceKind::cpu;
    if (on_cpu) come_first();  // and the window's own threads, which draw where no GPU does
    if (!options.headless) open_window();
    if (on_cpu) come_before_dreams();
    for (const std::string& line : runtime_.trouble) show_.notices().post(line);
    for (const std::string& note : initial_.notes) show_.notices().post(note);
}

/// Those of the user, or the bank that comes with the network.
void LiveApp::open_stars() {
    const std::filesystem::path bank =
        weights_of_names(*runtime_.network).replace_extension(".bank.toml");
    std::error_code ignored;
    const bool there = std::filesystem::is_regular_file(bank, ignored);
    show_.desk().open_stars(stars_path(),
                            there ? parse_stars(read_text_file(bank), bank) : Stars());
}

void LiveApp::begin_score() {
    if (options_.score.empty()) return;
    show_.desk().perform(request::OpenScore{options_.score});
    show_.desk().perform(request::PlayScore{Switch::on});
}

void LiveApp::run() {
    const Clock::time_point begun = Clock::now();
    const double duration_s =
        options_.duration.empty() ? INFINITY : parse_seconds(options_.duration, "--duration");
    while (!stop_flag() && !quit_ && !(window_ && window_->closed()) && !unseen()) {
        if (std::chrono::duration<double>(Clock::now() - begun).count() >= duration_s) break;
        step();
        report_problems();
        if (installation_ && installation_->stuck()) end_stuck(*installation_->stuck());
    }
    if (installation_) installation_->disarm();
    if (display_lost()) print_err("the display went away: the show ends\n");
    report();
    require(!display_lost(), "without a display there is no show; with --headless there is");
}

/// Whether nobody can see any more of it: the outputs were all that it was for, and they failed. An
/// installation goes on, and where hands reach it, one may begin another output.
bool LiveApp::unseen() const {
    return !window_ && !installation_ && !take_ && options_.surfaces.empty() && outputs_.lost();
}

/// A restored objective may belong to another network and is mapped; one from the command line is
/// an error then.
void LiveApp::begin_params() {
    Params params = initial_.params;
    try {
        if (initial_.objective_by_hand)
            show_.check(params.objective);
        else
            params.objective = show_.in_network(params.objective);
        show_.desk().resume(params, initial_.preset, initial_.modulation);
    } catch (const Error& error) {
        if (!initial_.restored || initial_.params != initial_.restored->params) throw;
        initial_.notes.emplace_back(error.what());
        params = Params();
        params.objective = show_.in_network(params.objective);
        show_.desk().resume(params);
    }
    if (!initial_.restored) return;
    show_.desk().perform(request::FillBrush{initial_.restored->brush.filled});
    for (const BrushStroke& stroke : initial_.restored->brush.strokes)
        show_.desk().perform(request::Paint{stroke, ""});
}

InstallationSettings LiveApp::settings_before() const {
    return initial_.restored ? initial_.restored->installation : InstallationSettings();
}

/// Each line once: in the window, or in the terminal if there is no window.
void LiveApp::report_problems() {
    Notices& notices = show_.notices();
    notices.report("sound", outputs_.sound_status().problem);
    notices.report(kShowTopic, show_.problem());
    if (take_) notices.report("take", take_->problem(), Severity::error);
    if (window_) return;
    for (const Notice& notice : notices.take())
        print_err("{}\n", one_line(notice.text, kMostMessageBytes));
}

void LiveApp::open_surfaces() {
    const SurfaceContext context{
        show_.desk(), show_.notices(), options_.surfaces, {show_.source()}};
    for (const SurfaceKind* kind : surface_kinds()) {
        const auto value = options_.surfaces.find(kind->option);
        const bool given = value != options_.surfaces.end();
        if (!given && !kind->by_default) continue;
        if (auto surface = kind->open(given ? value->second : "", context))
            surfaces_.push_back({kind, std::move(surface)});
    }
}

void LiveApp::open_window() {
    WindowOptions window;
    window.fullscreen = options_.fullscreen;
    if (options_.monitor > 0) window.monitor = options_.monitor;
    window_.emplace(window, static_cast<float>(options_.zoom), runtime_, show_, outputs_);
    window_->overlay().show(!options_.hide_overlay && !installation_);
    if (installation_) window_->set_installation(&*installation_);
    if (!options_.controls.empty()) window_->write_controls_to(options_.controls);
    if (initial_.restored) window_->restore(initial_.restored->layout);
}

/// On a CPU, where dreams keep all threads busy, this thread and its parallel loops come first.
void LiveApp::come_before_dreams() {
    come_first();
    runtime_.device->make_threads();
    come_first_alone();
}

void LiveApp::step() {
    try {
        step_on_device();
    } catch (const DeviceError& error) {
        go_on_without_gpu(error);
    } catch (const OutOfMemory& error) {
        if (!show_.make_room(error)) go_on_without_gpu(error);
    }
}

void LiveApp::go_on_without_gpu(const Error& error) {
    const ShowParts parts{runtime_, show_, outputs_, installation_ ? &*installation_ : nullptr};
    show_.notices().post(go_on_on_cpu(error, parts), Severity::error);
    come_before_dreams();
}

/// Shows one new picture. If none comes for kIdleRedrawS, the last one is drawn again under the
/// overlay: more redrawing would only take time from the dreams.
void LiveApp::step_on_device() {
    const double left_s =
        kIdleRedrawS - std::chrono::duration<double>(Clock::now() - presented_).count();
    for (const OpenSurface& surface : surfaces_) surface.surface->between_frames();
    const bool fresh = show_.advance(std::clamp(left_s, 0.0, kIdleRedrawS));
    if (fresh) push();
    if (installation_) {
        installation_->tick(fresh);
        if (window_) installation_->set_layout(window_->layout());
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
    if (fresh) show_.seen_at(presented_);
}

void LiveApp::push() {
    start_outputs();
    outputs_.push(show_.picture(), show_.time_s());
    if (const VideoFrame* video = show_.video()) outputs_.push_dry(*video, show_.time_s());
}

/// Begins the outputs of the command line as soon as the source itself is there: a pattern that
/// stands in is not recorded.
void LiveApp::start_outputs() {
    for (const OutputInfo& info : kOutputs) {
        const auto index = static_cast<size_t>(info.kind);
        const std::string& target = options_.targets[index];
        if (target.empty() || started_[index] || (info.of_source && show_.video() == nullptr))
            continue;
        started_[index] = true;
        start_output(outputs_, show_, info.kind, target);
    }
    if (initial_.restored && !std::exchange(resumed_, true)) resume_outputs();
}

std::string LiveApp::sound() const {
    const bool as_before = options_.sound.empty() && initial_.restored;
    const std::string& chosen = as_before ? initial_.restored->sound : options_.sound;
    return chosen == "off" ? "" : chosen;
}

void LiveApp::resume_outputs() {
    for (const ShowState::Output& output : initial_.restored->outputs) {
        for (const OutputInfo& info : kOutputs) {
            if (info.token != output.kind || outputs_.running(info.kind)) continue;
            try {
                start_output(outputs_, show_, info.kind, output.target);
            } catch (const Error& error) {
                show_.notices().post(error.what());
            }
        }
    }
}

/// Threads that hang cannot be ended, so the process exits; the next start begins from scratch.
void LiveApp::end_stuck(const std::string& why) {
    installation_->disarm();
    outputs_.finish();
    std::fflush(stdout);
    print_err("reverie: {}; exit code {}, to restart\n", why, kStuckExitCode);
    std::_Exit(kStuckExitCode);
}

void LiveApp::open_take(const GlobalOptions& globals) {
    TakeLog::Options options;
    options.path = options_.take;
    options.dry = options_.dry;
    options.head.version = REVERIE_VERSION;
    options.head.network = runtime_.network->weights().path.string();
    options.head.precision = precision_name(*runtime_.network);
    const DeviceInfo& device = runtime_.device->info();
    options.head.device = fmt::format("{} ({})", device.name, device.instructions);
    options.head.memory_mb = globals.memory_mb;
    options.head.sound = sound();
    take_ = std::make_unique<TakeLog>(std::move(options));
    take_->hear(outputs_.sound_feed());
    take_->watch(show_.desk());
    show_.log_to(take_.get());
}

/// False if something of it is not there.
bool LiveApp::finish_take() {
    if (!take_) return true;
    show_.log_to(nullptr);
    const bool whole = take_->finish();
    if (const std::string problem = take_->problem(); !problem.empty()) print_err("{}\n", problem);
    print_err("{}: {} pictures; to play it again: reverie render --take {} -o FILE\n",
              options_.take, take_->pictures(), options_.take);
    if (!take_->keeps_dry()) return whole;
    const RecorderStatus dry = take_->dry();
    if (!dry.line.empty()) print_err("{}: {}\n", dry.path, dry.line);
    print_err("{}: {} frames, {} left out\n", dry.path, dry.frames, dry.dropped);
    return whole;
}

void LiveApp::report() {
    const LiveStatistics::Report seen = show_.statistics().report(Clock::now());
    const bool kept = finish_take();
    const bool failed = outputs_.finish() || !kept;
    for (int i = 0; i < kOutputKinds; ++i) {
        const RecorderStatus status = outputs_.status(static_cast<OutputKind>(i));
        const bool named = status.line.find(status.path) != std::string::npos;
        if (!status.line.empty()) print_err("{}{}\n", named ? "" : status.path + ": ", status.line);
        if (status.frames > 0)
            print_err("{}: {} frames, {} left out\n", status.path, status.frames, status.dropped);
    }
    if (options_.json) {
        nlohmann::ordered_json json{
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
            {"damaged_frames", show_.input().status().damaged},
            {"late_at_s", seen.late_at_s},
            {"worst_frame_ms", seen.worst_frame_ms},
            {"memory_growth_percent", seen.memory_growth_percent},
            {"memory_mb", static_cast<double>(seen.memory_bytes) / (1 << 20)}};
        json["requests_refused"] = show_.desk().refused();
        for (const OpenSurface& surface : surfaces_) {
            for (const auto& [what, count] : surface.surface->counts())
                json["surfaces"][surface.kind->name][std::string(what)] = count;
        }
        print_out("{}\n", json.dump(2));
    }
    const std::string problem = show_.problem();
    if (failed) throw Error("an output has failed; its line is above");
    if (show_.has_picture()) return;
    if (!problem.empty() && problem == show_.notices().reported(kShowTopic) && !window_)
        throw Error("no frame was decoded; see the messages above");
    throw Error(problem.empty() ? "no frame was decoded" : problem);
}

namespace {

std::filesystem::path place_of(const std::string& target) {
    return std::filesystem::absolute(file_behind(target)).lexically_normal();
}

/// What a camera shows is gone afterwards, and so would the take be.
void check_take(const LiveOptions& options, const Params& params) {
    if (options.take.empty()) {
        if (options.dry)
            throw UsageError("--dry is of --take; --record-dry keeps the source alone");
        return;
    }
    if (options.installation.on)
        throw UsageError("--take keeps what hands play, and an installation plays by itself");
    if (!options.second.empty())
        throw UsageError("--second and --take do not go together: a take keeps no second source");
    if (MaskMaker::needs(params.objective, MaskKind::alpha))
        throw UsageError("@alpha and --take do not go together: a take keeps no alpha");
    refuse_own_input(options.take, options.source);
    const std::string source = options.source.empty() ? default_source() : options.source;
    if (!options.dry && source_kind_of(source).comes_later)
        throw UsageError(fmt::format(
            "--take: what {} shows cannot be had again; --dry keeps it beside the take", source));
}

/// An output must not be the source, the sound of a recording, or another output.
void check_targets(const LiveOptions& options) {
    for (auto target = options.targets.begin(); target != options.targets.end(); ++target) {
        refuse_own_input(*target, options.source);
        refuse_own_input(*target, options.second);
        if (*target != "-") refuse_own_input(*target, options.sound);
        const bool file = !target->empty() && find_sink_kind(*target) != nullptr &&
                          find_sink_kind(*target)->on_disk;
        const auto same = [&](const std::string& other) {
            return !other.empty() && place_of(other) == place_of(*target);
        };
        if (file && std::any_of(options.targets.begin(), target, same))
            throw UsageError(fmt::format("two outputs want '{}'; name them apart", *target));
    }
}

}  // namespace

void run_live(const GlobalOptions& globals, const LiveOptions& options) {
    ParamSchedule schedule(options.params, Params());
    require_second(mask_needs(schedule), !options.second.empty());
    check_installation_options(options.installation);
    if (!options.score.empty()) load_timeline(options.score);  // what is wrong is said now
    if (options.json && !options.targets[static_cast<size_t>(OutputKind::y4m)].empty())
        throw UsageError("--json and --y4m both want the standard output; try one of them");
    LiveOptions chosen = options;
    LiveInitialState initial;
    initial.params = schedule.base();
    initial.modulation = schedule.modulation();
    initial.preset = options.installation.on ? options.params.preset : "";
    initial.objective_by_hand = schedule.objective_by_hand();
    if (options.installation.on && !options.installation.fresh) restore(globals, chosen, initial);
    check_targets(chosen);
    check_take(chosen, initial.params);
    LiveApp app(globals, chosen, std::move(initial));
    app.run();
    if (stop_flag()) throw Interrupted("stopped");
}

}  // namespace reverie
