#include "src/render/open_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "src/dream/masks/mask_maker.h"
#include "src/media/libav_facts.h"
#include "src/media/own_input.h"
#include "src/media/preview.h"
#include "src/media/rate_text.h"
#include "src/media/sample_aspect.h"
#include "src/net/precision.h"
#include "src/networks/find_weights.h"
#include "src/render/mask_needs.h"
#include "src/render/resume.h"
#include "src/render/shot_parts.h"
#include "src/util/error.h"
#include "src/util/interrupt.h"
#include "src/util/time_text.h"

namespace reverie {
namespace {

SizeRequest size_of(const JobOptions& options) {
    return options.size.empty() ? SizeRequest{} : parse_size(options.size);
}

/// A duration may be that of one frame.
bool asks_for_one(const JobOptions& options, Rational rate) {
    if (options.duration.empty() || !rate.known()) return false;
    return parse_seconds(options.duration, "--duration") * rate.value() <= 1;
}

std::string in_brackets(const std::vector<std::string>& notes) {
    return notes.empty() ? "" : fmt::format(" ({})", fmt::join(notes, "; "));
}

/// What the result says of how it was made.
std::string recipe_text(const GlobalOptions& globals, const OpenJob& job) {
    Recipe recipe = job.schedule.recipe();
    recipe.look += (recipe.look.empty() || globals.look.empty() ? "" : " ") + globals.look;
    // However they were found, and by whom dreamed.
    recipe.command = globals.made_by + (job.shots.empty() ? "" : " --shots") +
                     (recipe.look.empty() ? "" : " " + recipe.look);
    recipe.version = REVERIE_VERSION;
    recipe.network = job.network_hash;
    return to_text(recipe);
}

/// To what the modulation moves with, and to what is put beside the pictures.
void listen(OpenJob& job, const JobOptions& options) {
    const bool faded = job.loop != nullptr && job.loop->is_faded();
    if ((job.film != nullptr || faded) && options.sound.empty()) {
        job.sound = JobSound(faded ? job.loop->sound() : job.film->sound());
        job.to.sound = job.sound.is_written();
        return;
    }
    job.sound = JobSound({options.sound, options.input, job.to.start_s}, job.schedule.modulation());
    for (const std::string& note : job.sound.notes()) job.runtime.trouble.push_back(note);
    if (!job.sound.is_written()) return;
    refuse_own_input(options.output.path, options.sound);
    if (job.to.streams != nullptr && job.info.has_streams_to_copy)
        job.runtime.trouble.push_back(
            fmt::format("{} is heard in place of what {} holds beside its pictures", options.sound,
                        options.input));
    job.to.streams = nullptr;
    job.to.sound = true;
}

/// What is left to open when the input and the network are there. `moves`: more than one picture is
/// made.
void open_rest(OpenJob& job, const GlobalOptions& globals, const JobOptions& options, bool moves) {
    if (job.play == nullptr) fit_objectives(job.schedule, *job.runtime.network, &job.runtime.notes);
    if (moves) listen(job, options);
    const SightWish wish = job.schedule.modulation().wish();
    if (moves && job.source == nullptr && (wish.motion || wish.presence))
        job.runtime.trouble.push_back(fmt::format(
            "{} is one picture: what moves with motion or presence stands", job.info.name));
    if (wish.motion && job.source != nullptr && !job.schedule.base().flow)
        job.runtime.trouble.emplace_back(
            "what moves with motion stands: it is not found while flow is off");
    job.size = choose_size(size_of(options), job.info.width, job.info.height);
    check_memory(*job.runtime.device, job.size, job.schedule.base(), job.runtime.network.get());
    job.to.width = job.size.width;
    job.to.height = job.size.height;
    job.to.many = moves && !asks_for_one(options, job.to.frame_rate);
    job.to.sample_aspect = aspect_at(job.info, job.size.width, job.size.height);
    if (std::string note = shape_note(job.info, job.size.width, job.size.height); !note.empty())
        job.runtime.trouble.push_back(std::move(note));
    apply_output_options(job.to, options.output);
    job.network_hash = sha256_of_file(job.runtime.network->weights().path.string());
    job.to.recipe = recipe_text(globals, job);
    if (moves) job.journal = open_journal(globals, options, job);
    if (options.shots.only > 0)
        prepare_part(job.to, options, job.shots[static_cast<size_t>(options.shots.only) - 1]);
    job.sink = open_sink(options.output.path, job.to);
    if (job.journal != nullptr) job.journal->require_same("the encoder", job.sink->encoder());
    if (std::string note = streams_left_out(options.output.path, job.to); !note.empty())
        job.runtime.trouble.push_back(std::move(note));
    const std::string& preview = options.output.preview;
    if (!preview.empty()) {
        refuse_own_input(preview, options.input);
        job.sink = with_preview(std::move(job.sink), preview, job.to);
    }
    for (const std::string& note : job.info.notes) job.runtime.trouble.push_back(note);
    if (job.to.transparent && !job.sink->format().has_alpha) {
        job.runtime.trouble.push_back(
            fmt::format("{}: transparent parts are laid over black; --background takes another "
                        "colour, --codec ffv1 keeps them",
                        job.info.name));
    }
    job.to.streams = nullptr;  // a sink that copies none lets the source skip them
}

std::unique_ptr<Source> open_loop(OpenJob& job, const JobOptions& options,
                                  const SourceOptions& from) {
    constexpr double kMostS = 4;
    const double lead_s = std::min(settling_s(job.schedule.base()), kMostS);
    auto film = std::make_unique<LoopFilm>(options.input, from, lead_s);
    job.loop = film.get();
    return film;
}

/// Beside the input, which is open.
void open_second(OpenJob& job, const MaskNeeds& needs, const JobOptions& options, double start_s) {
    if (options.second.empty()) return;
    if (!needs.second)
        job.runtime.trouble.push_back(fmt::format(
            "--second {} is not looked at: no objective has a mask @second", options.second));
    refuse_own_input(options.output.path, options.second);
    const Size size = choose_size(size_of(options), job.info.width, job.info.height);
    job.second = std::make_unique<SecondFilm>(
        SecondFilmOptions{options.second, start_s, size, &stop_flag()});
    const SourceInfo& info = job.second->info();
    if (options.loop && !info.still)
        throw UsageError(fmt::format(
            "--loop and --second do not go together unless the second source is one picture: {} "
            "does not end where the loop does",
            options.second));
    for (const std::string& note : info.notes) job.runtime.trouble.push_back(note);
}

OpenJob with_schedule(ParamSchedule schedule) {
    return {std::move(schedule), {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, nullptr, nullptr};
}

/// Where no hand has painted.
void refuse_brush(ParamSchedule& schedule) {
    schedule.each_objective([](const ScheduledObjective& scheduled) {
        for (const std::string& name : masks_of(scheduled.objective)) {
            const std::optional<MaskName> mask = read_mask_name(name);
            if (mask && mask->kind == MaskKind::brush) throw UsageError(kNoBrush);
        }
        return scheduled.objective;
    });
}

}  // namespace

SourceOptions source_options(const JobOptions& options) {
    SourceOptions source;
    if (!options.start.empty()) source.start_s = parse_seconds(options.start, "--start");
    if (!options.duration.empty()) {
        source.duration_s = parse_seconds(options.duration, "--duration");
        if (source.duration_s <= 0) throw UsageError("--duration 0: expected a time above 0");
    }
    if (!options.fps.empty()) source.fps = parse_rate(options.fps);
    if (!options.size.empty()) {
        // Patterns are drawn at the size that is asked for; their own aspect is 16:9.
        const Size size = choose_size(size_of(options), 16, 9);
        source.width = size.width;
        source.height = size.height;
    }
    source.keep_interlaced = options.keep_interlaced;
    source.background = options.background;
    source.keep_alpha =
        options.background.empty() && can_keep_alpha(options.output.path, options.output.codec);
    source.stop = &stop_flag();
    return source;
}

double settling_s(const Params& params) {
    constexpr double kHalfLives = 4, kLeastS = 1;
    return std::max(kHalfLives * params.half_life, kLeastS);
}

OpenJob open_video_job(const GlobalOptions& globals, const JobOptions& options,
                       const Params& defaults, bool pictures_too) {
    OpenJob job = with_schedule(ParamSchedule(options.params, defaults));
    refuse_brush(job.schedule);
    SourceOptions from = source_options(options);
    from.exact_length = true;
    const MaskNeeds needs = mask_needs(job.schedule);
    keep_alpha_for(needs, from);
    refuse_own_input(options.output.path, options.input);
    job.source = options.loop ? open_loop(job, options, from) : open_source(options.input, from);
    job.info = job.source->info();
    require_alpha(needs, job.info);
    require_second(needs, !options.second.empty());
    if (job.info.still && !pictures_too) {
        throw UsageError(
            fmt::format("{} is one picture; try reverie still, or reverie zoom for a video of it{}",
                        job.info.name, in_brackets(job.info.notes)));
    }
    if (job.schedule.needs_duration() && job.info.duration_s <= 0) {
        throw UsageError(
            fmt::format("the score uses shares of the clip, but the length of {} is not "
                        "known; try --duration",
                        job.info.name));
    }
    job.shots = shots_of(globals, options, job.info);
    job.runtime = open_runtime(globals, kept_choices(options));
    open_second(job, needs, options, from.start_s);
    if (job.loop != nullptr && job.loop->is_faded())
        job.runtime.trouble.push_back(fmt::format(
            "{} does not loop by itself: its end goes over into its beginning, {:.1f} s remain",
            job.info.name, job.info.duration_s));
    job.to = sink_options_for(job.info);
    job.to.streams = job.source->streams_to_copy();
    job.to.start_s = from.start_s;
    job.to.duration_s = from.duration_s;
    open_rest(job, globals, options.shots.only > 0 ? part_options(options) : options,
              !job.info.still);
    return job;
}

namespace {

/// What cannot be meant of a take, which has it all.
void refuse_look(const JobOptions& options) {
    const auto refuse = [&](bool given, const char* option) {
        if (given)
            throw UsageError(
                fmt::format("{} and --take do not go together: the take says what is "
                            "seen; --set holds a parameter",
                            option));
    };
    refuse(!options.params.preset.empty(), "--preset");
    refuse(!options.params.score.empty(), "--score");
    refuse(!options.params.like.empty(), "--like");
    refuse(!options.start.empty(), "--start");
    refuse(!options.fps.empty(), "--fps");
}

/// Parameters that the command line holds.
std::vector<std::string> held_keys(const ParamOptions& options) {
    std::vector<std::string> keys;
    for (const std::string& set : options.sets) keys.push_back(set.substr(0, set.find('=')));
    if (options.objective) keys.emplace_back("objective");
    if (options.seed) keys.emplace_back("seed");
    return keys;
}

/// What makes this machine's pictures others than those that were seen.
void compare_machines(OpenJob& job) {
    const TakeHead& head = job.play->take.head;
    const auto note = [&](const std::string& now, const std::string& then) {
        if (now != then)
            job.runtime.trouble.push_back(fmt::format(
                "the take was dreamed on {}, and this is {}: its pictures may differ a little",
                then, now));
    };
    note(name_of(job.runtime.device->info()), head.device);
    note(precision_name(*job.runtime.network), head.precision);
}

}  // namespace

OpenJob open_take_job(const GlobalOptions& globals, const JobOptions& options) {
    refuse_look(options);
    std::vector<std::string> notes;
    auto play = std::make_unique<TakeToPlay>();
    play->options = options.take;
    play->take = open_take(options.take.path, notes);
    const TakeHead& head = play->take.head;
    const TakenPicture& first = play->take.pictures.front();
    OpenJob job = with_schedule(ParamSchedule(options.params, first.params));
    if (job.schedule.objective_by_hand()) {
        const MaskNeeds needs = mask_needs(job.schedule);
        if (needs.alpha)
            throw UsageError("@alpha and --take do not go together: a take keeps no alpha");
        if (needs.second)
            throw UsageError(
                "@second and --take do not go together: a take keeps no second source");
    }
    play->by_hand = held_keys(options.params);
    play->held = job.schedule.base();
    play->size = choose_size(size_of(options), first.size.width, first.size.height);
    refuse_own_input(options.output.path, options.take.path);
    refuse_own_input(options.output.path, options.input);
    TakeFilmOptions from;
    from.path = options.take.path;
    from.instead = options.input;
    if (!options.duration.empty()) from.duration_s = parse_seconds(options.duration, "--duration");
    from.stop = &stop_flag();
    auto film = std::make_unique<TakeFilm>(play->take, from);
    job.film = film.get();
    job.source = std::move(film);
    job.info = job.source->info();
    job.play = std::move(play);
    GlobalOptions with = globals;
    if (wanted_weights(with.weights).empty()) with.weights = head.network;
    if (with.memory_mb == 0) with.memory_mb = head.memory_mb;
    job.runtime = open_runtime(with, kept_choices(options));
    const std::string weights = job.runtime.network->weights().path.string();
    require_network(job.play->take.networks[0], weights, sha256_of_file(weights));
    job.runtime.trouble.insert(job.runtime.trouble.end(), notes.begin(), notes.end());
    compare_machines(job);
    job.to = sink_options_for(job.info);
    job.to.duration_s = from.duration_s;
    open_rest(job, with, options, true);
    return job;
}

OpenJob open_picture_job(const GlobalOptions& globals, const JobOptions& options,
                         const Params& defaults, Rational result) {
    OpenJob job = with_schedule(ParamSchedule(options.params, defaults));
    refuse_brush(job.schedule);
    SourceOptions from = source_options(options);
    const MaskNeeds needs = mask_needs(job.schedule);
    if (result.known()) {
        if (needs.alpha)
            throw UsageError(
                "@alpha: a zoom falls into the picture and leaves its alpha behind; try @bright, "
                "@dark or @mask.png");
        from.keep_alpha = false;
    }
    keep_alpha_for(needs, from);
    if (needs.second)
        throw UsageError(
            "@second: there is no second source beside one picture; a picture is a mask by its "
            "name, as in @mask.png");
    refuse_own_input(options.output.path, options.input);
    if (MaskMaker::needs_motion(job.schedule.base().objective))
        throw UsageError(
            "@person, @room and @motion follow what moves in a video, and this is one picture; try "
            "@bright, @dark or @mask.png");
    job.runtime = open_device_only(globals);
    // Before the picture is drawn or scaled to it.
    const SizeRequest request = size_of(options);
    if (request.width > 0 && request.height > 0)
        check_memory(*job.runtime.device, Size{request.width, request.height}, job.schedule.base());
    job.picture = load_picture(*job.runtime.device, *job.runtime.stream, options.input, from);
    job.info = job.picture.info;
    require_alpha(needs, job.info);
    job.runtime.device->adopt_conv_choices(kept_choices(options));
    open_network(job.runtime, globals);
    job.to = sink_options_for(job.info);
    if (result.known()) {
        job.to.time_base = {result.den, result.num};
        job.to.frame_rate = result;
    }
    open_rest(job, globals, options, result.known());
    return job;
}

}  // namespace reverie
