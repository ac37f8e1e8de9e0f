// reverie render INPUT -o OUTPUT: a video, dreamed.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <system_error>

#include "src/cli/commands.h"
#include "src/media/source_kind.h"
#include "src/render/open_job.h"
#include "src/render/shot_parts.h"
#include "src/session/session_options.h"
#include "src/util/console.h"
#include "src/util/error.h"

namespace reverie {
namespace {

std::string input_notes(const std::string& name, const SourceErrors& errors, bool keeps_alpha) {
    std::string text;
    const auto add = [&](bool really, const std::string& what) {
        if (really) text += (text.empty() ? "" : ", ") + what;
    };
    const auto counted = [](int64_t n, const char* what) {
        return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
    };
    add(errors.corrupted_packets > 0,
        counted(errors.corrupted_packets, "corrupted packet") + " skipped");
    add(errors.damaged_frames > 0, counted(errors.damaged_frames, "damaged frame"));
    add(errors.transparent_frames > 0 && !keeps_alpha,
        counted(errors.transparent_frames, "frame") +
            " with transparent parts laid over the background");
    add(errors.resized_frames > 0,
        counted(errors.resized_frames, "frame") + " of another size or shape, fitted with bars");
    add(!errors.missing.empty(), errors.missing);
    add(errors.truncated, "the file ends early");
    for (const std::string& note : errors.notes) add(true, note);
    return text.empty() ? "" : fmt::format("{}: {}", name, text);
}

std::string input_notes(const OpenJob& open) {
    std::string text =
        input_notes(open.source->info().name, open.source->errors(), open.sink->format().has_alpha);
    if (open.second == nullptr) return text;
    const std::string more = input_notes(open.second->info().name, open.second->errors(), false);
    return text + (text.empty() || more.empty() ? "" : "; ") + more;
}

/// "x4" or "4".
int times_of(const std::string& text) {
    const std::string number = text.starts_with('x') ? text.substr(1) : text;
    int times = 0;
    const auto [end, failure] =
        std::from_chars(number.data(), number.data() + number.size(), times);
    if (failure != std::errc() || end != number.data() + number.size() || times < 1 || times > 100)
        throw UsageError(fmt::format("--iterations {}: expected x1 to x100, as in x4", text));
    return times;
}

void add_take_options(CLI::App& command, JobOptions& options) {
    const char* group = "Take";
    command
        .add_option("--take", options.take.path,
                    "play what `live --take` has kept, as it was seen; an input is read in place "
                    "of its source, at the same times")
        ->group(group);
    command
        .add_option_function<std::string>(
            "--iterations",
            [&options](const std::string& text) { options.take.finer = times_of(text); },
            "x4: four times as many steps, each a quarter as large: finer, and as strong")
        ->type_name("xN")
        ->group(group);
    command
        .add_flag("--in-time", options.take.in_time,
                  "dream each picture anew, instead of as late and as often as the show could")
        ->group(group);
}

/// What goes with a take, and what does not.
void check_take(const JobOptions& options) {
    if (options.input.empty() && options.take.path.empty())
        throw UsageError("what shall be dreamed? Give a file, a pattern, or --take");
    if (options.take.path.empty() && (options.take.finer != 1 || options.take.in_time))
        throw UsageError("--iterations and --in-time are of --take; see --set iterations=");
    const ShotOptions& shots = options.shots;
    if (!options.take.path.empty() &&
        (shots.wanted || shots.join || shots.only > 0 || !shots.list.empty()))
        throw UsageError("--shots and --take do not go together: a take has cuts of its own");
    if (!options.take.path.empty() && !options.second.empty())
        throw UsageError("--second and --take do not go together: a take keeps no second source");
    if (!options.take.path.empty() && options.loop)
        throw UsageError(
            "--loop and --take do not go together: a show ends elsewhere than it "
            "began");
}

bool begins_shot(const std::vector<Shot>& shots, int64_t frame) {
    return std::binary_search(shots.begin(), shots.end(), Shot{frame},
                              [](const Shot& a, const Shot& b) { return a.first < b.first; });
}

/// "3 shots, from frames 0, 48, 90"; many are counted alone.
std::string shots_line(const std::vector<Shot>& shots) {
    constexpr size_t kMost = 12;
    std::string line =
        fmt::format("{} shot{}", shots.size(), shots.size() == 1 ? "" : "s, from frames ");
    if (shots.size() == 1) return line;
    for (size_t i = 0; i < std::min(shots.size(), kMost); ++i)
        line += fmt::format("{}{}", i > 0 ? ", " : "", shots[i].first);
    return line + (shots.size() > kMost ? ", …; reverie lab shots names all" : "");
}

void add_shot_options(CLI::App& command, ShotOptions& shots) {
    const char* group = "Shots";
    command
        .add_flag(
            "--shots", shots.wanted,
            "find the cuts, and dream each shot by itself: nothing of a dream is carried over "
            "a cut")
        ->group(group);
    command
        .add_option("--shot-list", shots.list,
                    "the shots, as `reverie lab shots` prints them, in place of looking for them")
        ->group(group);
    command
        .add_option("--shot", shots.only,
                    "dream this shot alone, by its number from 1 on, for --join: several machines "
                    "can share a film")
        ->check(CLI::Range(1, 1000000))
        ->group(group);
    command
        .add_flag("--join", shots.join,
                  "make the output of shots that were dreamed with --shot; it has the bytes of "
                  "--shots alone")
        ->group(group);
}

void run_render(const GlobalOptions& globals, const JobOptions& options) {
    check_take(options);
    OpenJob open = options.take.path.empty() ? open_video_job(globals, options, Params())
                                             : open_take_job(globals, options);
    RenderJob job;
    std::optional<VideoFrame> frame;
    int64_t number = 0;
    job.next = [&]() -> std::optional<DreamInput> {
        frame = open.source->next();
        if (!frame) return std::nullopt;
        return DreamInput{&*frame,
                          frame->pts,
                          frame->duration,
                          open.film != nullptr ? &open.film->picture() : nullptr,
                          open.loop != nullptr ? open.loop->part() : LoopPart::inside,
                          begins_shot(open.shots, number++)};
    };
    if (options.shots.only > 0)
        job.only = range_of(open.shots, options.shots.only, open.info.duration_s);
    job.joins = options.shots.join;
    job.play = open.play.get();
    job.size = open.size;
    job.notes = [&] { return input_notes(open); };
    job.time_base = open.info.time_base;
    job.duration_s = open.info.duration_s;
    job.output = options.shots.only > 0
                     ? fmt::format("shot {} of {}", options.shots.only, options.output.path)
                     : options.output.path;
    job.sound = &open.sound;
    job.second = open.second.get();
    job.journal = open.journal.get();
    if (const std::string note = open.schedule.note_of_loop(open.info.duration_s);
        options.loop && !note.empty())
        open.runtime.trouble.push_back(note);
    announce(open.runtime, globals,
             fmt::format("{}x{} {}", job.size.width, job.size.height, open.sink->encoder()));
    if (!globals.quiet && !open.shots.empty()) print_err("{}\n", shots_line(open.shots));
    run_render_job(job, open.schedule, open.runtime, *open.sink, globals.quiet);
    if (job.joins) drop_parts(options.output.path);
}

}  // namespace

void add_render(CLI::App& app, const GlobalOptions& globals, Action& action) {
    const auto options = std::make_shared<JobOptions>();
    CLI::App* command =
        app.add_subcommand("render", "Dream a video; sound, subtitles and chapters are kept");
    command->fallthrough();
    command->add_option("input", options->input, source_help(SourceUse::render));
    command->add_option("--size", options->size, "WxH, Wx or xH; the source's own by default")
        ->group("Input");
    command->add_option("--fps", options->fps, "drop or repeat frames to this rate")
        ->group("Input");
    command->add_option("--start", options->start, "begin here: 12.5, 1:30")->group("Input");
    command->add_option("--duration", options->duration, "as long as this: 12.5, 1:30")
        ->group("Input");
    command
        ->add_flag("--loop", options->loop,
                   "the last frame leads to the first one, in picture and dream: a clip that does "
                   "not loop by itself is cross-faded")
        ->group("Input");
    add_take_options(*command, *options);
    add_shot_options(*command, options->shots);
    add_second_option(*command, options->second);
    add_sound_option(*command, options->sound);
    add_interlaced_option(*command, options->keep_interlaced);
    add_background_option(*command, options->background);
    add_output_options(*command, options->output);
    add_resume_options(*command, options->output);
    add_preview_option(*command, options->output);
    add_like_option(*command, options->params);
    add_param_options(*command, options->params);
    command
        ->add_option("--score", options->params.score,
                     "a timeline: a name of `reverie list scores`, or a .toml file")
        ->group("Dream");
    command->callback([&globals, &action, options] {
        action = [&globals, options] { run_render(globals, *options); };
    });
}

}  // namespace reverie
