// reverie sees PICTURE …: in words, what the network thinks it sees.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "src/cli/commands.h"
#include "src/dream/sight/word_strengths.h"
#include "src/session/picture_file.h"
#include "src/session/runtime.h"
#include "src/util/console.h"
#include "src/util/error.h"
#include "src/util/time_text.h"

namespace reverie {
namespace {

struct SeesOptions {
    std::vector<std::string> inputs;
    size_t words = 8;
    std::string start;
};

void run_sees(const GlobalOptions& globals, const SeesOptions& options) {
    Runtime runtime = open_runtime(globals);
    const ChannelNames& names = runtime.network->names();
    require(!names.channels().empty(),
            fmt::format("no channel of {} has a name; try --weights embedded",
                        runtime.network->weights().path.filename().string()));
    announce(runtime, globals, fmt::format("{} named channels", names.channels().size()));
    ChannelWatch watch(*runtime.network);
    SourceOptions from;
    if (!options.start.empty()) from.start_s = parse_seconds(options.start, "--start");
    for (const std::string& path : options.inputs) {
        const Picture picture = load_picture(*runtime.device, *runtime.stream, path, from);
        const std::vector<SeenWord> seen =
            seen_words(names, watch.measure(*runtime.stream, picture.rgb, names.channels(), true));
        if (options.inputs.size() > 1) print_out("{}\n", path);
        for (size_t i = 0; i < std::min(seen.size(), options.words); ++i) {
            const NamedChannel& best = names.channels()[seen[i].channel];
            print_out("{:<20} {:>4.2f}  {}:{}  at {:.0f}%, {:.0f}%\n", seen[i].word,
                      seen[i].strength, best.layer, best.channel, 100 * seen[i].x, 100 * seen[i].y);
        }
    }
}

}  // namespace

void add_sees(CLI::App& app, const GlobalOptions& globals, Action& action) {
    const auto options = std::make_shared<SeesOptions>();
    CLI::App* command =
        app.add_subcommand("sees", "Say in words what the network thinks it sees in a picture");
    command->fallthrough();
    command->add_option("input", options->inputs, "pictures, or videos: their first frame")
        ->required();
    command->add_option("--words", options->words, "how many, the strongest first")
        ->capture_default_str()
        ->check(CLI::Range(1, 100));
    command->add_option("--start", options->start, "the frame of a video at this time");
    command->callback([&globals, &action, options] {
        action = [&globals, options] { run_sees(globals, *options); };
    });
}

}  // namespace reverie
