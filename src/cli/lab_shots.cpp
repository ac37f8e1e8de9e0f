// reverie lab shots FILE: where a film is cut.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "src/cli/lab.h"
#include "src/render/open_job.h"
#include "src/render/shot_list.h"
#include "src/util/console.h"

namespace reverie {
namespace {

struct ShotsOptions {
    JobOptions job;
    bool json = false;
};

void run_shots(const ShotsOptions& options) {
    const std::vector<Shot> shots =
        find_shots(options.job.input, source_options(options.job), [](double) {});
    if (!options.json) return print_out("{}", shots_text(options.job.input, shots));
    nlohmann::ordered_json result = nlohmann::ordered_json::array();
    for (const Shot& shot : shots)
        result.push_back({{"first_frame", shot.first},
                          {"at_s", std::round(shot.at_s * 1e6) / 1e6},
                          {"score", shot.score}});
    print_out("{}\n", result.dump());
}

}  // namespace

void add_lab_shots(CLI::App& lab, Action& action) {
    const auto options = std::make_shared<ShotsOptions>();
    CLI::App* command =
        lab.add_subcommand("shots", "Where a film is cut, as a list that render --shot-list takes");
    command->fallthrough();
    command->add_option("file", options->job.input, "a video")->required();
    command->add_option("--fps", options->job.fps, "drop or repeat frames to this rate");
    command->add_option("--start", options->job.start, "begin here: 12.5, 1:30");
    command->add_option("--duration", options->job.duration, "as long as this: 12.5, 1:30");
    command->add_flag("--json", options->json, "first_frame, at_s and score of each shot");
    command->callback([&action, options] { action = [options] { run_shots(*options); }; });
}

}  // namespace reverie
