// Fuzzes the texts that people, other versions and other programs write: presets, scores, states, takes, cues, objectives,
// recipes, the queue's jobs, and values on a command line. What was read is used, written and read back as the same.
#include <unistd.h>

#include <fstream>

#include "src/control/cues.h"
#include "src/control/preset.h"
#include "src/control/take_reader.h"
#include "src/control/timeline/timeline.h"
#include "src/media/rate_text.h"
#include "src/render/queue/job_queue.h"
#include "src/render/recipe.h"
#include "src/show/show_state.h"
#include "src/util/error.h"
#include "src/util/size.h"
#include "src/util/time_text.h"
#include "tests/fuzz/readers.h"

namespace reverie::fuzz {
namespace {

template <class Read>
void taken_or_refused(Read read, size_t longest = 2000) {
    try {
        read();
    } catch (const Error& error) {
        expect_one_line(error.what(), longest);
    }
}

void expect_in_range(const Params& params) {
    for (const ParamInfo& info : kParams) {
        if (!info.is_numeric()) continue;
        const double value = number_of(params, info);
        expect(value >= info.low - 1e-6 && value <= info.high + 1e-6 * info.high + 1e-6);
    }
    for (const Term& term : params.objective.terms) expect(std::isfinite(term.weight));
}

/// A few moments of what moves by itself.
void play(const Modulation& modulation) {
    Modulator modulator;
    modulator.set(modulation);
    Heard heard;
    heard.sound = {1, 0.5F, 0.25F, 0, 1, 0, 0};
    heard.beat = 4;
    for (const double time_s : {0.0, 0.1, 0.9, 2.5})
        expect_in_range(modulator.at(time_s, Params(), [&](double) { return heard; }));
}

/// Places in the text are no part of it.
Modulation without_places(Modulation modulation) {
    for (ModulationRoute& route : modulation.routes) route.at.clear();
    return modulation;
}

}  // namespace

void read_preset(const uint8_t* data, size_t size) {
    taken_or_refused([&] {
        const Preset preset = parse_preset(text_of(data, size), "preset.toml");
        Params params;
        preset.apply(params);
        expect_in_range(params);
        play(preset.modulation);
    });
}

void read_score(const uint8_t* data, size_t size) {
    taken_or_refused([&] {
        const Score score = parse_score(text_of(data, size), "score.toml");
        for (const double time_s : {0.0, 0.3, 7.0, 60.0, 1e5})
            expect_in_range(score.at(time_s, 60, Params()));
        play(score.modulation);
    });
    Timeline timeline;
    taken_or_refused([&] { timeline = read_timeline(text_of(data, size), "score.toml"); });
    if (timeline.points.empty()) return;
    std::string text;
    taken_or_refused([&] { text = to_toml(timeline, 60); });
    if (text.empty()) return;
    const Timeline again = read_timeline(text, "again.toml");
    expect(again.points.size() == timeline.points.size());
    expect(to_toml(again, 60) == text);
}

void read_state(const uint8_t* data, size_t size) {
    taken_or_refused([&] {
        const ShowState state = parse_state(text_of(data, size), "live.toml");
        expect_in_range(state.params);
        const std::string text = to_toml(state);
        ShowState again = parse_state(text, "again.toml");
        expect(to_toml(again) == text);
        expect(again.installation == state.installation && again.layout == state.layout &&
               again.outputs == state.outputs && again.source == state.source &&
               again.modulation.has_value() == state.modulation.has_value());
        if (!state.modulation) return;
        expect(without_places(*again.modulation) == without_places(*state.modulation));
        play(*state.modulation);
    });
}

void read_take(const uint8_t* data, size_t size) {
    const std::string_view text = text_of(data, size);
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find('\n', at), text.size());
        taken_or_refused([&] {
            const std::string line =
                take_line(parse_take_line(std::string(text.substr(at, end - at))));
            expect(take_line(parse_take_line(line)) == line);
        });
        at = end + 1;
    }
    taken_or_refused([&] {
        const Take take = reverie::read_take(as_file(data, size));
        expect(take.duration_s() >= 0);
        for (const TakenPicture& picture : take.pictures) {
            expect_in_range(picture.params);
            expect(picture.network < take.networks.size());
        }
    });
}

void read_cues(const uint8_t* data, size_t size) {
    taken_or_refused([&] {
        const Cues cues = parse_cues(text_of(data, size), "cues.toml");
        expect(parse_cues(to_toml(cues), "again.toml") == cues);
    });
}

void read_objective(const uint8_t* data, size_t size) {
    // It is repeated in full, with the place where something else was expected.
    taken_or_refused(
        [&] {
            const Objective objective = parse_objective(text_of(data, size));
            expect(parse_objective(to_text(objective)) == objective);
            for (const Term& term : objective.terms)
                expect(name_of(subject_of(term)) == term.layer);
            to_short_text(objective);
            Params params;
            params.objective = mix(objective, params.objective, 0.3F);
            expect_in_range(params);
        },
        3 * size + 2000);
}

void read_recipe(const uint8_t* data, size_t size) {
    taken_or_refused([&] {
        const Recipe recipe = parse_recipe(std::string(text_of(data, size)), "film.mkv");
        expect_in_range(recipe.params);
        const std::string text = to_text(recipe);
        const Recipe again = parse_recipe(text, "again.mkv");
        expect(to_text(again) == text && again.params == recipe.params);
        for (const std::string* name : {&recipe.preset, &recipe.score})
            expect(without_place(*name).find('/') == std::string::npos ||
                   without_place(*name) == "/");
    });
}

/// Is there until the program ends.
struct TemporaryFolder {
    std::string path = (std::filesystem::temp_directory_path() / "reverie_jobs_XXXXXX").string();
    TemporaryFolder() { expect(::mkdtemp(path.data()) != nullptr); }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
};

void read_jobs(const uint8_t* data, size_t size) {
    static const TemporaryFolder temporary;
    const std::filesystem::path folder = temporary.path;
    std::ofstream(folder / "000007.json", std::ios::binary | std::ios::trunc)
        << text_of(data, size);
    const JobQueue queue(folder);
    const std::vector<QueueJob> jobs = queue.jobs();
    expect(jobs.size() == 1 && jobs[0].number == 7);
    queue.next();
    if (jobs[0].command.empty()) return expect_one_line(jobs[0].said, 20000);
    queue.keep(jobs[0]);
    const QueueJob again = queue.jobs().at(0);
    expect(again.state == jobs[0].state && again.attempts == jobs[0].attempts &&
           again.exit_code == jobs[0].exit_code && again.command.size() == jobs[0].command.size());
}

void read_words(const uint8_t* data, size_t size) {
    const std::string text(text_of(data, size));
    // A value is repeated in full.
    const size_t longest = 3 * size + 2000;
    taken_or_refused(
        [&] {
            const SizeRequest wanted = parse_size(text);
            const Size size_px = choose_size(wanted, 97, 55);
            expect(size_px.width > 0 && size_px.height > 0);
        },
        longest);
    taken_or_refused([&] { expect(parse_seconds(text, "--duration") >= 0); }, longest);
    taken_or_refused([&] { expect(parse_rate(text).known()); }, longest);
    taken_or_refused([&] { expect(parse_score_time(text).value >= 0); }, longest);
    Params params;
    taken_or_refused([&] { set_assignment(params, text); }, longest);
    expect_in_range(params);
    for (const ParamInfo& info : kParams) {
        taken_or_refused([&] { set_param(params, info.key, text); }, longest);
        Params again;
        set_param(again, info.key, get_param(params, info.key));
        expect(get_param(again, info.key) == get_param(params, info.key));
    }
    expect_in_range(params);
}

}  // namespace reverie::fuzz
