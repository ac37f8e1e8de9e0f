#include "src/render/shot_parts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "src/media/sinks/joined_log.h"
#include "src/media/source_kind.h"
#include "src/media/sources/picture_list.h"
#include "src/render/resume.h"
#include "src/render/shot_list.h"
#include "src/util/error.h"
#include "src/util/output_file.h"
#include "src/util/progress.h"
#include "src/util/time_text.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

// What may differ from machine to machine: that is said, and no obstacle. Who joins the shots need not
// be able to dream them.
constexpr std::array kOfMachine{"the device", "the precision"};

fs::path folder_of(const std::string& output) { return partial_name(output + ".shots"); }

std::string part_name(const std::string& output, int number) {
    return (folder_of(output) /
            fmt::format("{:04}{}", number, fs::path(output).extension().string()))
        .string();
}

std::string fact(const Journal::Facts& facts, const std::string& name) {
    const auto found = std::find_if(facts.begin(), facts.end(),
                                    [&](const auto& each) { return each.first == name; });
    return found == facts.end() ? "" : found->second;
}

void require_same_job(const std::string& part, const Journal::Facts& now,
                      const Journal::Facts& then) {
    for (const auto& [name, value] : now) {
        if (std::find(kOfMachine.begin(), kOfMachine.end(), name) != kOfMachine.end() ||
            fact(then, name) == value)
            continue;
        throw Error(
            fmt::format("{} was dreamed with another value of {}; give what the shots were begun "
                        "with, or dream it once more with --overwrite",
                        part, name));
    }
}

}  // namespace

std::vector<Shot> shots_of(const GlobalOptions& globals, const JobOptions& options,
                           const SourceInfo& info) {
    const ShotOptions& wanted = options.shots;
    if (!wanted.wanted && wanted.list.empty() && wanted.only == 0 && !wanted.join) return {};
    const auto refuse = [](bool given, const char* option) {
        if (given) throw UsageError(fmt::format("{} and --shots do not go together", option));
    };
    refuse(options.loop, "--loop");
    if (wanted.only > 0 && wanted.join)
        throw UsageError("--shot and --join do not go together: first every shot, then --join");
    std::vector<Shot> shots;
    if (!wanted.list.empty()) {
        shots = read_shots(wanted.list);
    } else {
        if (source_kind_of(options.input).comes_later)
            throw UsageError(
                fmt::format("--shots: {} cannot be read twice; a file can, or give a --shot-list",
                            options.input));
        Progress progress(Progress::style_for(globals.quiet));
        const std::string all = info.duration_s > 0 ? " of " + clock_text(info.duration_s) : "";
        shots = find_shots(options.input, source_options(options), [&](double time_s) {
            progress.update(fmt::format("looking for cuts: {}{}", clock_text(time_s), all));
        });
    }
    const auto count = static_cast<int>(shots.size());
    if (wanted.only > count)
        throw UsageError(
            fmt::format("--shot {}: there are {} shots, from 1 on", wanted.only, count));
    return shots;
}

std::string journal_of(const JobOptions& options) {
    if (!options.output.journal.empty()) return options.output.journal;
    return options.shots.only > 0 ? part_name(options.output.path, options.shots.only)
                                  : options.output.path;
}

JobOptions part_options(const JobOptions& options) {
    JobOptions part = options;
    part.output.journal = journal_of(options);
    if (!is_numbered(options.output.path)) part.output.path = part.output.journal;
    std::error_code failure;
    const fs::path folder = folder_of(options.output.path);
    fs::create_directories(folder, failure);
    require(!failure, fmt::format("cannot create '{}': {}", folder.string(), failure.message()));
    return part;
}

void prepare_part(SinkOptions& to, const JobOptions& part, const Shot& shot) {
    to.streams = nullptr;  // they are the whole output's
    to.sound = false;
    if (is_numbered(part.output.path)) {
        to.first_number += shot.first;
        // Pictures of other shots are there before it.
        if (!to.resumed_bytes) to.resumed_bytes = 0;
    } else {
        to.overwrite = true;
    }
}

FrameRange range_of(const std::vector<Shot>& shots, int number, double duration_s) {
    const auto at = static_cast<size_t>(number - 1);
    FrameRange range{shots[at].first, INT64_MAX, shots[at].at_s, duration_s};
    if (at + 1 == shots.size()) return range;
    range.end = shots[at + 1].first;
    range.end_s = shots[at + 1].at_s;
    return range;
}

std::string join_parts(const std::string& output, const std::vector<Shot>& shots,
                       Journal& journal) {
    std::vector<LoggedPart> parts;
    std::vector<std::string> machines;
    std::vector<int> missing;
    int64_t frames = 0;
    Journal::Facts before;
    ConvChoices choices;
    bool alike = true;
    for (size_t i = 0; i < shots.size(); ++i) {
        const auto number = static_cast<int>(i) + 1;
        const std::optional<Journal::State> state = Journal::kept_for(part_name(output, number));
        const bool last = i + 1 == shots.size();
        if (!state || (last ? state->checkpoint.frame <= shots[i].first
                            : state->checkpoint.frame != shots[i + 1].first)) {
            missing.push_back(number);
            continue;
        }
        const std::string name = fmt::format("shot {}", number);
        require_same_job(name, journal.facts(), state->facts);
        const std::string machine = fmt::format("{}, {}", fact(state->facts, kOfMachine[0]),
                                                fact(state->facts, kOfMachine[1]));
        if (std::find(machines.begin(), machines.end(), machine) == machines.end())
            machines.push_back(machine);
        for (const auto& [convolution, way] : choices_in(state->facts))
            alike = choices.try_emplace(convolution, way).first->second == way && alike;
        frames = state->checkpoint.frame;
        before = state->facts;
        parts.push_back({state->packet_log, state->checkpoint.log_bytes, frames - shots[i].first,
                         state->checkpoint.segment});
    }
    if (!missing.empty())
        throw Error(
            fmt::format("{} of {} shots are not dreamed to their end: {}; --shot dreams one",
                        missing.size(), shots.size(), fmt::join(missing, ", ")));
    Checkpoint all{frames, parts.front().segment, 0, ""};
    if (!is_numbered(output)) all.log_bytes = join_packet_logs(parts, journal.packet_log());
    journal.resume_at(all, before);
    if (machines.size() > 1)
        return fmt::format(
            "its shots were dreamed on {}: on one of them alone, the bytes may "
            "differ a little",
            fmt::join(machines, " and "));
    return alike
               ? ""
               : "each machine has found other convolutions the fastest: on one of them alone, the "
                 "bytes may differ a little; with one XDG_CACHE_HOME for all, they agree";
}

void drop_parts(const std::string& output) {
    std::error_code ignored;
    fs::remove_all(folder_of(output), ignored);
}

}  // namespace reverie
