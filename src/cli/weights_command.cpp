// reverie weights list|info|import|fetch
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <memory>

#include "src/cli/commands.h"
#include "src/networks/describe.h"
#include "src/networks/fetch.h"
#include "src/networks/find_weights.h"
#include "src/networks/import_file.h"
#include "src/session/session_options.h"
#include "src/util/console.h"
#include "src/util/error.h"
#include "src/util/interrupt.h"

namespace reverie {
namespace {

/// Notes go to stderr, and not at all with --quiet.
void say(const GlobalOptions& globals, const std::vector<std::string>& notes) {
    if (globals.quiet) return;
    for (const std::string& note : notes) print_err("{}\n", note);
}

void list_networks() {
    const std::vector<NamedWeights> all = list_weights();
    for (const NamedWeights& named : all) {
        std::string what;
        try {
            const Weights weights = load_weights(named.path);
            what = weights.graph.architecture +
                   (weights.absent.empty() ? "" : " to " + weights.graph.deepest_layer());
        } catch (const Error& error) {
            what = error.what();
        }
        print_out("{:<18} {:<40} {}\n", name_of_weights(named.path), what, named.path);
    }
    const std::string own = user_weights_folder();
    for (const Publication& publication : publications()) {
        const std::string kept = own + "/" + publication.name + ".safetensors";
        const bool there = std::any_of(
            all.begin(), all.end(), [&](const NamedWeights& named) { return named.path == kept; });
        if (there) continue;
        print_out("{:<18} {:<40} reverie weights fetch {}\n", publication.name, "not fetched yet",
                  publication.name);
    }
}

struct InfoOptions {
    std::string name, filters;
    bool overwrite = false;
};

void show_info(const GlobalOptions& globals, const InfoOptions& options) {
    const std::string& asked = options.name.empty() ? globals.weights : options.name;
    const Weights weights = load_weights(find_weights(asked));
    if (!options.filters.empty())
        write_picture(filters_picture(weights), options.filters, options.overwrite);
    print_out("{}", weights_text(weights));
}

struct ImportCommand {
    std::string from, to, lrn = "auto";
    std::vector<double> mean, deviation;
    bool overwrite = false;
};

std::optional<std::array<double, 3>> three_of(const std::vector<double>& values) {
    if (values.empty()) return std::nullopt;
    return std::array<double, 3>{values[0], values[1], values[2]};
}

void import_one(const GlobalOptions& globals, const ImportCommand& command) {
    ImportJob job;
    job.from = command.from;
    job.to = command.to;
    job.overwrite = command.overwrite;
    job.options.mean = three_of(command.mean);
    job.options.deviation = three_of(command.deviation);
    if (command.lrn != "auto") job.options.lrn = command.lrn == "on";
    if (!command.to.ends_with(".safetensors")) {
        throw UsageError("-o " + command.to + ": the name must end in .safetensors");
    }
    say(globals, import_file(job));
}

struct FetchCommand {
    std::string name;
    bool overwrite = false;
};

void fetch_one(const GlobalOptions& globals, const FetchCommand& command) {
    std::vector<std::string> names;
    for (const Publication& publication : publications()) {
        names.push_back(publication.name);
        if (publication.name != command.name) continue;
        const char* mirror = std::getenv("REVERIE_WEIGHTS_MIRROR");
        FetchJob job;
        job.publication = publication;
        job.folder = user_weights_folder();
        job.mirror = mirror != nullptr ? mirror : "";
        job.overwrite = command.overwrite;
        job.quiet = globals.quiet;
        job.stop = &stop_flag();
        say(globals, fetch_network(job));
        return;
    }
    throw UsageError(
        fmt::format("unknown network '{}'; there are {}", command.name, fmt::join(names, ", ")));
}

void add_import(CLI::App& weights, const GlobalOptions& globals, Action& action) {
    const auto options = std::make_shared<ImportCommand>();
    CLI::App* command = weights.add_subcommand(
        "import", "convert a Caffe, TensorFlow or torchvision network, trained on anything");
    command->fallthrough();
    command
        ->add_option("file", options->from,
                     ".caffemodel, frozen .pb, .safetensors, or an archive with one in it")
        ->required();
    command->add_option("-o,--output", options->to, "the weights file to write, .safetensors")
        ->required();
    command
        ->add_option("--lrn", options->lrn,
                     "local response normalisation; auto: as the file has it")
        ->check(CLI::IsMember({"auto", "on", "off"}))
        ->capture_default_str();
    command->add_option("--mean", options->mean, "R G B that the network subtracts, of 0 … 255")
        ->expected(3)
        ->check(CLI::Range(-1000.0, 1000.0));
    command->add_option("--deviation", options->deviation, "R G B that it divides by, of 0 … 255")
        ->expected(3)
        ->check(CLI::Range(1e-3, 1e4));
    command->add_flag("--overwrite", options->overwrite, "an output that exists");
    command->callback([&globals, &action, options] {
        action = [&globals, options] { import_one(globals, *options); };
    });
}

void add_info(CLI::App& weights, const GlobalOptions& globals, Action& action) {
    const auto options = std::make_shared<InfoOptions>();
    CLI::App* command =
        weights.add_subcommand("info", "layers, channels, receptive fields, classes, origin");
    command->fallthrough();
    command->add_option("network", options->name, "a file or a name; as --weights without it");
    command->add_option("--filters", options->filters,
                        "draw the first convolution's filters into this .png");
    command->add_flag("--overwrite", options->overwrite, "a picture that exists");
    command->callback([&globals, &action, options] {
        action = [&globals, options] { show_info(globals, *options); };
    });
}

void add_fetch(CLI::App& weights, const GlobalOptions& globals, Action& action) {
    const auto options = std::make_shared<FetchCommand>();
    CLI::App* command =
        weights.add_subcommand("fetch", "download a published network, check and convert it");
    command->fallthrough();
    command
        ->add_option("network", options->name,
                     "googlenet, googlenet-places, inception_v3 or inception5h")
        ->required();
    command->add_flag("--overwrite", options->overwrite, "fetch again what is there");
    command->callback([&globals, &action, options] {
        action = [&globals, options] { fetch_one(globals, *options); };
    });
}

}  // namespace

void add_weights(CLI::App& app, const GlobalOptions& globals, Action& action) {
    CLI::App* weights =
        app.add_subcommand("weights", "The networks: fetch, import, look into them");
    weights->fallthrough();
    weights->require_subcommand(1);
    CLI::App* list =
        weights->add_subcommand("list", "what --weights can name, and what can be fetched");
    list->fallthrough();
    list->callback([&action] { action = list_networks; });
    add_info(*weights, globals, action);
    add_import(*weights, globals, action);
    add_fetch(*weights, globals, action);
}

}  // namespace reverie
