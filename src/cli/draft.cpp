// reverie draft INPUT -o SHEET: several settings side by side, over the length of a clip, and what a
// render with each of them would take.
#include "src/render/draft.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "src/cli/commands.h"
#include "src/media/own_input.h"
#include "src/media/sample_aspect.h"
#include "src/media/source_kind.h"
#include "src/render/draft_sheet.h"
#include "src/session/session_options.h"
#include "src/util/console.h"
#include "src/util/error.h"
#include "src/util/interrupt.h"
#include "src/util/progress.h"
#include "src/util/time_text.h"

namespace reverie {
namespace {

constexpr int kMoments = 4, kMostRows = 16, kMostMoments = 32;
constexpr double kLongS = 600;

struct DraftOptions {
    JobOptions job;
    std::string presets;
    std::vector<std::string> vary;
    int moments = kMoments;
    std::string at, run_up;
};

/// A row that is to be dreamed, and the words that make a render of it.
struct Setting {
    std::string name, words;
    ParamOptions params;
};

/// At commas that stand in no brackets.
std::vector<std::string> split_list(const std::string& text) {
    std::vector<std::string> parts(1);
    int depth = 0;
    for (const char c : text) {
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (c == ',' && depth == 0)
            parts.emplace_back();
        else
            parts.back() += c;
    }
    return parts;
}

std::vector<std::string> values_of(const std::string& option, const std::string& list) {
    std::vector<std::string> values = split_list(list);
    if (std::any_of(values.begin(), values.end(), [](const auto& v) { return v.empty(); }))
        throw UsageError(fmt::format("{}: expected values between commas, as in a,b,c", option));
    return values;
}

/// Every setting that there was, with each of the values.
template <class Change>
std::vector<Setting> times(const std::vector<Setting>& settings,
                           const std::vector<std::string>& values, const Change& change) {
    std::vector<Setting> all;
    for (const Setting& setting : settings) {
        for (const std::string& value : values) {
            all.push_back(setting);
            change(all.back(), value);
        }
    }
    return all;
}

void append(Setting& setting, const std::string& name, const std::string& words) {
    setting.name += (setting.name.empty() ? "" : " · ") + name;
    setting.words += (setting.words.empty() ? "" : " ") + words;
}

std::vector<Setting> settings_of(const DraftOptions& options, std::string& combined) {
    if (!options.presets.empty() && !options.job.params.preset.empty())
        throw UsageError("--preset and --presets do not go together: add it to the rows");
    std::vector<Setting> settings{{"", "", options.job.params}};
    std::vector<std::string> varied;
    const auto add = [&](size_t count, const std::string& what) {
        combined += fmt::format("{}{} {}", combined.empty() ? "" : " × ", count, what);
    };
    if (!options.presets.empty()) {
        const std::vector<std::string> presets = values_of("--presets", options.presets);
        add(presets.size(), "presets");
        settings = times(settings, presets, [](Setting& setting, const std::string& preset) {
            append(setting, preset, "--preset " + quoted(preset));
            setting.params.preset = preset;
        });
    }
    for (const std::string& vary : options.vary) {
        const size_t equals = vary.find('=');
        const std::string key = vary.substr(0, equals);
        if (equals == std::string::npos)
            throw UsageError(fmt::format(
                "--vary {}: expected key=a,b,c, as in --vary half_life=0.4,0.8,1.6", vary));
        if (std::find(varied.begin(), varied.end(), key) != varied.end())
            throw UsageError(fmt::format("--vary {}: give all values of {} at once", vary, key));
        varied.push_back(key);
        const std::vector<std::string> values = values_of("--vary", vary.substr(equals + 1));
        add(values.size(), key);
        settings = times(settings, values, [&](Setting& setting, const std::string& value) {
            const std::string assignment = fmt::format("{}={}", key, value);
            append(setting, assignment, "--set " + quoted(assignment));
            setting.params.sets.push_back(assignment);
        });
        if (settings.size() > size_t{kMostRows}) break;
    }
    if (settings.size() > size_t{kMostRows})
        throw UsageError(
            fmt::format("{} are {} rows; {} at most", combined, settings.size(), kMostRows));
    if (settings.size() == 1 && settings[0].name.empty()) settings[0].name = "as it is given";
    for (const Setting& setting : settings) ParamSchedule(setting.params, Params());  // throws
    return settings;
}

SourceInfo info_of(const DraftOptions& options) {
    if (source_kind_of(options.job.input).comes_later)
        throw UsageError(
            fmt::format("{} cannot be read from any moment on; a file can", options.job.input));
    JobOptions video = options.job;
    video.output.path = "draft.mp4";
    SourceOptions from = source_options(video);
    from.exact_length = true;
    SourceInfo info = open_source(options.job.input, from)->info();
    if (info.still)
        throw UsageError(fmt::format("{} is one picture; try reverie still", info.name));
    if (info.duration_s <= 0)
        throw UsageError(fmt::format("the length of {} is not known; try --duration", info.name));
    return info;
}

DraftPlan plan_of(const DraftOptions& options, const SourceInfo& info) {
    DraftPlan plan;
    plan.moments_s = moments_over(info.duration_s, options.moments);
    if (!options.at.empty()) {
        plan.moments_s.clear();
        for (const std::string& text : values_of("--at", options.at)) {
            plan.moments_s.push_back(parse_seconds(text, "--at"));
            if (plan.moments_s.back() >= info.duration_s)
                throw UsageError(fmt::format("--at {}: {} is {} long", text, info.name,
                                             clock_text(info.duration_s)));
        }
        std::sort(plan.moments_s.begin(), plan.moments_s.end());
        if (plan.moments_s.size() > size_t{kMostMoments})
            throw UsageError(fmt::format("--at: {} moments at most", kMostMoments));
    }
    if (!options.run_up.empty()) plan.run_up_s = parse_seconds(options.run_up, "--run-up");
    return plan;
}

/// "1:05.2" for a moment, which a clock alone would round.
std::string moment_text(double seconds) {
    const auto tenths = static_cast<int>(std::lround(seconds * 10));
    return fmt::format("{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10);
}

std::string memory_text(const DraftRow& row) {
    return fmt::format("{:.1f} GB{}", static_cast<double>(row.memory_bytes) / 1e9,
                       row.on_gpu ? " of the GPU's" : "");
}

std::string figures_of(const DraftRow& row) {
    if (row.frame_s <= 0) return row.stopped ? "stopped" : "";
    return fmt::format("the render: {}, {}", clock_text(row.render_s()), memory_text(row));
}

/// What one run of the command has.
struct Draft {
    const GlobalOptions& globals;
    const DraftOptions& options;
    SourceInfo info;
    Size size;   ///< that is dreamed at,
    Size shown;  ///< and as players show that
    DraftPlan plan;
    std::vector<Setting> settings;
    std::vector<VideoFrame> source;
    std::vector<DraftRow> rows{};      ///< that were begun
    std::vector<double> expected_s{};  ///< of each row

    double all_s() const { return std::accumulate(expected_s.begin(), expected_s.end(), 0.0); }
};

JobOptions job_of(const Draft& draft, const Setting& setting) {
    JobOptions job = draft.options.job;
    job.params = setting.params;
    return job;
}

/// Some frames of each row, and what that says of the whole.
void measure(Draft& draft, Progress& progress) {
    constexpr int kFrames = 4;
    DraftPlan few = draft.plan;
    few.most_frames = kFrames;
    std::vector<std::string> said;
    for (const Setting& setting : draft.settings) {
        const DraftRow row =
            draft_row(draft.globals, job_of(draft, setting), few, [](const DraftRow&) {});
        if (row.stopped) throw Interrupted("stopped before the draft began; nothing was written");
        draft.expected_s.push_back(row.frame_s * static_cast<double>(row.planned));
        for (const std::string& note : row.notes) {
            if (std::find(said.begin(), said.end(), note) != said.end()) continue;
            progress.note(said.emplace_back(note));
        }
    }
    progress.note(fmt::format(
        "the draft takes about {}: {} moment{} in {} row{}, each after the frames that lead up to "
        "it.{} Ctrl-C ends it with what is there.",
        clock_text(draft.all_s()), draft.plan.moments_s.size(),
        draft.plan.moments_s.size() == 1 ? "" : "s", draft.settings.size(),
        draft.settings.size() == 1 ? "" : "s",
        draft.all_s() > kLongS
            ? " Fewer --moments, a shorter --run-up or a smaller --size make it shorter."
            : ""));
}

DraftSheetText text_of(const Draft& draft) {
    double run_up_s = 0;
    for (const DraftRow& row : draft.rows) run_up_s = std::max(run_up_s, row.run_up_s);
    DraftSheetText text;
    text.title = without_place(draft.options.job.input);
    text.facts = fmt::format("{}x{}, dreamed for up to {:.1f} s before each moment",
                             draft.size.width, draft.size.height, run_up_s);
    for (const double moment_s : draft.plan.moments_s)
        text.columns.push_back(moment_text(moment_s));
    return text;
}

/// How the sheet was made: its look is what all rows have in common.
std::string recipe_of_sheet(const Draft& draft) {
    const Recipe of_row = parse_recipe(draft.rows.front().recipe, draft.options.job.output.path);
    Recipe recipe = ParamSchedule(draft.options.job.params, Params()).recipe();
    recipe.look = of_row.look;
    recipe.command = of_row.command;
    recipe.version = of_row.version;
    recipe.network = of_row.network;
    return to_text(recipe);
}

/// Returns what is to be said of it; "": nothing.
std::string write_sheet(const Draft& draft, bool overwrite) {
    std::vector<DraftSheetRow> rows{{"the source", "", draft.source}};
    for (size_t i = 0; i < draft.settings.size(); ++i) {
        DraftSheetRow row{draft.settings[i].name, "", {}};
        if (i < draft.rows.size()) {
            row.figures = figures_of(draft.rows[i]);
            row.pictures = draft.rows[i].pictures;
        }
        rows.push_back(std::move(row));
    }
    bool has_words = false;
    const Sheet sheet = draw_draft_sheet(text_of(draft), rows, draft.shown, has_words);
    sheet.save(draft.options.job.output.path, overwrite, recipe_of_sheet(draft));
    return has_words ? ""
                     : "the sheet has no words, since there is no font: try apt install "
                       "fonts-dejavu-core";
}

/// What was expected, and the more of it is done, what it has shown itself to be.
double left_s(double taken_s, double done_s, double all_s) {
    constexpr double kTrustS = 2;
    return (all_s - done_s) * (taken_s + kTrustS) / (done_s + kTrustS);
}

void dream(Draft& draft, Progress& progress) {
    const auto moments = draft.plan.moments_s.size();
    const double begun_s = progress.elapsed_s();
    double rows_s = 0;  // as they were expected
    for (size_t i = 0; i < draft.settings.size() && !stop_flag(); ++i) {
        const auto shown = [&](const DraftRow& row) {
            const double share = static_cast<double>(row.frames) /
                                 static_cast<double>(std::max<int64_t>(row.planned, 1));
            const double done_s = rows_s + std::min(share, 1.0) * draft.expected_s[i];
            progress.update(fmt::format(
                "row {} of {} ({}), moment {} of {}  {} left", i + 1, draft.settings.size(),
                draft.settings[i].name, std::min(row.pictures.size() + 1, moments), moments,
                clock_text(left_s(progress.elapsed_s() - begun_s, done_s, draft.all_s()))));
        };
        draft.rows.push_back(
            draft_row(draft.globals, job_of(draft, draft.settings[i]), draft.plan, shown));
        rows_s += draft.expected_s[i];
    }
}

void print_table(const Draft& draft) {
    const bool gpu = draft.rows.front().on_gpu;
    print_out("{:>10}  {:>8}  {:>8}   {}\n", "render", gpu ? "GPU" : "memory", "a frame",
              "setting");
    int64_t frames = 0;
    for (size_t i = 0; i < draft.rows.size(); ++i) {
        const DraftRow& row = draft.rows[i];
        frames = std::max(frames, row.frames);
        if (row.frame_s <= 0) continue;
        print_out(
            "{:>10}  {:>5.1f} GB  {:>6.3f} s   {}\n", clock_text(row.render_s()),
            static_cast<double>(row.memory_bytes) / 1e9, row.frame_s,
            draft.settings[i].words.empty() ? draft.settings[i].name : draft.settings[i].words);
    }
    print_out(
        "Reckoned from {} frames of each row, dreamed at {}x{} and written as H.264: their mean "
        "time for each of {} frames; the most memory that they took.\n",
        frames, draft.size.width, draft.size.height, draft.rows.front().frames_of_render);
}

void run_draft(const GlobalOptions& globals, const DraftOptions& options) {
    const std::string& path = options.job.output.path;
    std::string combined;
    Draft draft{globals, options, {}, {}, {}, {}, settings_of(options, combined), {}, {}};
    Sheet::require_savable(path, options.job.output.overwrite);
    refuse_own_input(path, options.job.input);
    draft.info = info_of(options);
    draft.size =
        choose_size(options.job.size.empty() ? SizeRequest{} : parse_size(options.job.size),
                    draft.info.width, draft.info.height);
    const double aspect = aspect_at(draft.info, draft.size.width, draft.size.height).value();
    draft.shown = {std::max(1, static_cast<int>(std::lround(draft.size.width * aspect))),
                   draft.size.height};
    draft.plan = plan_of(options, draft.info);
    draft.source = source_pictures(options.job, draft.info, draft.plan.moments_s);
    Progress progress(Progress::style_for(globals.quiet));
    if (options.vary.size() + (options.presets.empty() ? 0 : 1) > 1)
        progress.note(
            fmt::format("each with each other: {} = {} rows", combined, draft.settings.size()));
    measure(draft, progress);
    dream(draft, progress);
    progress.end_line();
    const bool stopped = stop_flag();
    if (draft.rows.empty() || (stopped && draft.rows.front().pictures.empty()))
        throw Interrupted("stopped before the first moment was reached; nothing was written");
    const std::string note = write_sheet(draft, options.job.output.overwrite);
    if (!note.empty()) progress.note(note);
    print_table(draft);
    if (stopped) {
        size_t reached = 0;
        for (const DraftRow& row : draft.rows) reached += row.pictures.size();
        throw Interrupted(fmt::format("stopped; {} shows {} of {} pictures", path, reached,
                                      draft.settings.size() * draft.plan.moments_s.size()));
    }
    progress.note(fmt::format("{}: {} rows of {} moments in {}", path, draft.rows.size(),
                              draft.plan.moments_s.size(), clock_text(progress.elapsed_s())));
}

}  // namespace

void add_draft(CLI::App& app, const GlobalOptions& globals, Action& action) {
    const auto options = std::make_shared<DraftOptions>();
    CLI::App* command = app.add_subcommand(
        "draft", "Several settings side by side, on one sheet, and how long renders would take");
    command->fallthrough();
    command->add_option("input", options->job.input, source_help(SourceUse::render))->required();
    command->add_option("--presets", options->presets, "a row for each: fur,eyes,beasts")
        ->group("Rows");
    command
        ->add_option("--vary", options->vary,
                     "a row for each value, key=a,b,c of any of `reverie list params`; repeatable, "
                     "and each goes with each other, and with each preset")
        ->allow_extra_args(false)
        ->group("Rows");
    command->add_option("--moments", options->moments, "how many, evenly over the clip's length")
        ->check(CLI::Range(1, kMostMoments))
        ->capture_default_str()
        ->group("Columns");
    command->add_option("--at", options->at, "these moments instead: 12.5,1:30")->group("Columns");
    command
        ->add_option("--run-up", options->run_up,
                     "dream so long before each moment; by default four half-lives, as long as a "
                     "dream takes to come up")
        ->group("Columns");
    command
        ->add_option("--size", options->job.size,
                     "of the render: WxH, Wx or xH; a dream of "
                     "another size looks different")
        ->group("Input");
    command->add_option("--fps", options->job.fps, "drop or repeat frames to this rate")
        ->group("Input");
    command->add_option("--start", options->job.start, "of the render: 12.5, 1:30")->group("Input");
    command->add_option("--duration", options->job.duration, "of the render: 12.5, 1:30")
        ->group("Input");
    add_second_option(*command, options->job.second);
    add_sound_option(*command, options->job.sound);
    add_interlaced_option(*command, options->job.keep_interlaced);
    add_background_option(*command, options->job.background);
    command->add_option("-o,--output", options->job.output.path, "a picture: sheet.jpg, sheet.png")
        ->required()
        ->group("Output");
    command
        ->add_flag("--overwrite", options->job.output.overwrite,
                   "replace an output that is already there")
        ->group("Output");
    add_like_option(*command, options->job.params);
    add_param_options(*command, options->job.params);
    command
        ->add_option("--score", options->job.params.score,
                     "a timeline: a name of `reverie list scores`, or a .toml file")
        ->group("Dream");
    command->callback([&globals, &action, options] {
        action = [&globals, options] { run_draft(globals, *options); };
    });
}

}  // namespace reverie
