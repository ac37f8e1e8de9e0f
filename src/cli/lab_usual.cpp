// reverie lab usual PICTURES -o FILE: what each channel usually answers, for NAME.usual.toml.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>

#include "src/cli/lab.h"
#include "src/dream/sight/channel_watch.h"
#include "src/media/sources/picture_list.h"
#include "src/session/picture_file.h"
#include "src/session/runtime.h"
#include "src/session/session_options.h"
#include "src/util/atomic_file.h"
#include "src/util/console.h"
#include "src/util/error.h"
#include "src/util/progress.h"

namespace reverie {
namespace {

constexpr double kStrongShare = 0.98;  // of the pictures are below it

struct UsualOptions {
    std::string folder, output;
};

/// All channels of the layers in which some have names.
std::vector<NamedChannel> channels_to_learn(const Network& network) {
    std::set<std::string> layers;
    for (const NamedChannel& named : network.names().channels()) layers.insert(named.layer);
    std::vector<NamedChannel> channels;
    for (const std::string& layer : layers) {
        NamedChannel each;
        each.layer = layer;
        for (; each.channel < network.find(layer).channels; ++each.channel)
            channels.push_back(each);
    }
    require(!channels.empty(), "no channel of this network has a name");
    return channels;
}

float quantile(std::vector<float>& values, double share) {
    const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), values.begin() + at, values.end());
    return values[static_cast<size_t>(at)];
}

/// `peaks`: by channel, of each picture.
std::string to_toml(const std::vector<NamedChannel>& channels,
                    std::vector<std::vector<float>>& peaks) {
    std::string text;
    for (size_t begin = 0; begin < channels.size();) {
        size_t end = begin;
        std::string median, strong;
        for (; end < channels.size() && channels[end].layer == channels[begin].layer; ++end) {
            const char* const between = end == begin ? "" : ", ";
            median += fmt::format("{}{:.4g}", between, quantile(peaks[end], 0.5));
            strong += fmt::format("{}{:.4g}", between, quantile(peaks[end], kStrongShare));
        }
        text += fmt::format("\n[{}]\nmedian = [{}]\nstrong = [{}]\n", channels[begin].layer, median,
                            strong);
        begin = end;
    }
    return text;
}

void run_usual(const GlobalOptions& globals, const UsualOptions& options) {
    const PictureList list = list_pictures(options.folder);
    Runtime runtime = open_runtime(globals);
    const std::vector<NamedChannel> channels = channels_to_learn(*runtime.network);
    ChannelWatch watch(*runtime.network);
    std::vector<std::vector<float>> peaks(channels.size());
    Progress progress(Progress::style_for(globals.quiet));
    for (const ListedPicture& file : list.pictures) {
        if (file.path.empty()) continue;
        const Picture picture = load_picture(*runtime.device, *runtime.stream, file.path);
        const std::vector<ChannelAnswer> answers =
            watch.measure(*runtime.stream, picture.rgb, channels, true);
        for (size_t i = 0; i < answers.size(); ++i) peaks[i].push_back(answers[i].peak);
        progress.update(fmt::format("{} of {} pictures", peaks[0].size(), list.pictures.size()));
    }
    require(!peaks[0].empty(), options.folder + ": there is no picture in it");
    write_atomically(
        options.output,
        fmt::format("# What the channels of {} answer to photographs (reverie lab usual, "
                    "{} of them): by channel,\n# the largest activation in the middle "
                    "one, and in one of fifty.\n{}",
                    runtime.network->weights().path.filename().string(), peaks[0].size(),
                    to_toml(channels, peaks)));
}

}  // namespace

void add_lab_usual(CLI::App& lab, const GlobalOptions& globals, Action& action) {
    const auto options = std::make_shared<UsualOptions>();
    CLI::App* command =
        lab.add_subcommand("usual", "What each channel usually answers to photographs");
    command->fallthrough();
    command->add_option("folder", options->folder, "photographs of all kinds")->required();
    command->add_option("-o,--output", options->output, "write it here, as NAME.usual.toml")
        ->required();
    command->callback([&globals, &action, options] {
        action = [&globals, options] { run_usual(globals, *options); };
    });
}

}  // namespace reverie
