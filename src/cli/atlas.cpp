// reverie atlas [-o SHEET|FOLDER]: what each channel of a network most wants to see, as pictures.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <sstream>

#include "src/cli/commands.h"
#include "src/dream/atlas/feature_visualiser.h"
#include "src/media/libav_facts.h"
#include "src/media/sheet.h"
#include "src/media/source.h"
#include "src/networks/atlas_files.h"
#include "src/session/runtime.h"
#include "src/util/console.h"
#include "src/util/error.h"
#include "src/util/interrupt.h"
#include "src/util/progress.h"
#include "src/util/time_text.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

struct AtlasOptions {
    std::string layers;  ///< separated by commas; "": those that join branches
    std::string output;
    bool overwrite = false;
    bool full_size = false;  ///< sheets that come with the program do not do
};

struct AtlasJob {
    Runtime runtime;
    std::vector<LayerInfo> layers;
    std::unique_ptr<AtlasFiles> files;
};

/// Modules are what a look is made of; a network without any has its convolutions.
std::vector<LayerInfo> chosen_layers(const Network& network, const std::string& asked) {
    std::vector<LayerInfo> chosen;
    std::istringstream names(asked);
    for (std::string name; std::getline(names, name, ',');) chosen.push_back(network.find(name));
    if (!asked.empty()) return chosen;
    for (const NodeKind kind : {NodeKind::concat, NodeKind::convolution}) {
        for (const LayerInfo& layer : network.layers()) {
            if (layer.kind == kind) chosen.push_back(layer);
        }
        if (!chosen.empty()) break;
    }
    return chosen;
}

/// The tiles in rows.
Sheet lay_out(std::vector<uint8_t>& tiles) {
    constexpr int kSide = FeaturePicture::kSide;
    const auto count = static_cast<int>(tiles.size() / FeaturePicture::kBytes);
    const int columns = std::min(count, AtlasFiles::kColumns);
    const int rows = (count + AtlasFiles::kColumns - 1) / AtlasFiles::kColumns;
    Sheet sheet(columns * kSide, rows * kSide, 0);
    for (int i = 0; i < count; ++i) {
        VideoFrame tile;
        tile.planes.format = packed_rgb(8, 3);
        tile.planes.width = tile.planes.height = kSide;
        tile.planes.stride_bytes[0] = ptrdiff_t{3} * kSide;
        tile.planes.data[0] = tiles.data() + static_cast<size_t>(i) * FeaturePicture::kBytes;
        sheet.place(tile, i % AtlasFiles::kColumns * kSide, i / AtlasFiles::kColumns * kSide, kSide,
                    kSide);
    }
    return sheet;
}

fs::path unfinished_path(const fs::path& sheet) {
    fs::path path = sheet;
    return path.replace_extension(".unfinished");
}

/// What is left to paint: channels, and seconds by a few steps of each layer.
struct Remaining {
    int channels = 0, done = 0;
    double seconds = 0;
};

Remaining measure(AtlasJob& job, const std::vector<LayerInfo>& layers) {
    Remaining left;
    for (const LayerInfo& layer : layers) {
        const fs::path part = unfinished_path(job.files->to_make(layer.name));
        const int done = UnfinishedSheet(part, FeaturePicture::kBytes).tiles();
        FeatureVisualiser visualiser(*job.runtime.network, layer);
        left.channels += layer.channels - done;
        left.done += done;
        left.seconds += (layer.channels - done) * visualiser.measure_s(*job.runtime.stream);
    }
    return left;
}

void paint_layer(AtlasJob& job, const LayerInfo& layer, Progress& progress) {
    const fs::path path = job.files->to_make(layer.name);
    UnfinishedSheet part(unfinished_path(path), FeaturePicture::kBytes);
    FeatureVisualiser visualiser(*job.runtime.network, layer);
    const int before = part.tiles();
    const double begun_s = progress.elapsed_s();
    for (int channel = before; channel < layer.channels; ++channel) {
        if (stop_flag()) {
            throw Interrupted(fmt::format("stopped before {}:{}; the same command goes on there",
                                          layer.name, channel));
        }
        part.append(visualiser.paint(*job.runtime.stream, channel).rgb);
        const int painted = channel + 1 - before;
        const double each_s = (progress.elapsed_s() - begun_s) / painted;
        progress.update(fmt::format("{}  {} of {} channels  {} left in this layer", layer.name,
                                    channel + 1, layer.channels,
                                    clock_text(each_s * (layer.channels - channel - 1))));
    }
    std::vector<uint8_t> tiles = part.bytes();
    lay_out(tiles).save(path.string(), true);
    part.remove();
    progress.note(fmt::format("{}: {}", layer.name, path.string()));
}

/// Paints what is in no sheet yet, after saying how long that will take.
void paint_missing(AtlasJob& job, const GlobalOptions& globals, bool full_size) {
    std::vector<LayerInfo> missing;
    for (const LayerInfo& layer : job.layers) {
        const fs::path there =
            full_size ? job.files->find_made(layer.name) : job.files->find(layer.name);
        if (there.empty()) missing.push_back(layer);
    }
    if (missing.empty()) return;
    const Remaining left = measure(job, missing);
    Progress progress(Progress::style_for(globals.quiet));
    progress.note(fmt::format(
        "{} channels of {} layer{} to paint{}: about {} on this machine. Ctrl-C stops, and the "
        "same "
        "command goes on.",
        left.channels, missing.size(), missing.size() == 1 ? "" : "s",
        left.done > 0 ? fmt::format(", {} are there", left.done) : "", clock_text(left.seconds)));
    for (const LayerInfo& layer : missing) paint_layer(job, layer, progress);
}

bool is_folder(const std::string& output) {
    return output.ends_with('/') || fs::is_directory(output) || !fs::path(output).has_extension();
}

/// Where each layer's sheet goes. What is wrong with that is said before the work.
std::vector<std::string> output_paths(const AtlasJob& job, const AtlasOptions& options) {
    if (options.output.empty()) return {};
    if (!is_folder(options.output)) {
        if (job.layers.size() != 1) {
            throw UsageError(
                fmt::format("{} layers make {} sheets; try -o FOLDER, or one layer by "
                            "--layers",
                            job.layers.size(), job.layers.size()));
        }
        return {options.output};
    }
    fs::create_directories(options.output);
    std::vector<std::string> paths;
    for (const LayerInfo& layer : job.layers)
        paths.push_back(fs::path(options.output) / (AtlasFiles::file_name(layer.name) + ".jpg"));
    return paths;
}

void run_atlas(const GlobalOptions& globals, const AtlasOptions& options) {
    AtlasJob job{open_runtime(globals), {}, nullptr};
    const std::string weights = job.runtime.network->weights().path.string();
    job.layers = chosen_layers(*job.runtime.network, options.layers);
    job.files = std::make_unique<AtlasFiles>(weights, sha256_of_file(weights));
    const std::vector<std::string> outputs = output_paths(job, options);
    for (const std::string& path : outputs) Sheet::require_savable(path, options.overwrite);
    announce(job.runtime, globals, fmt::format("{} layers", job.layers.size()));
    paint_missing(job, globals, options.full_size);
    for (size_t i = 0; i < job.layers.size(); ++i) {
        const std::string sheet = job.files->find(job.layers[i].name).string();
        if (outputs.empty()) {
            print_out("{}\n", sheet);
            continue;
        }
        const std::optional<VideoFrame> made = open_source(sheet)->next();
        require(made.has_value(), fmt::format("{}: there is no picture in it", sheet));
        Sheet copy(made->width(), made->height(), 0);
        copy.place(*made, 0, 0, made->width(), made->height());
        copy.save(outputs[i], options.overwrite);
    }
}

}  // namespace

void add_atlas(CLI::App& app, const GlobalOptions& globals, Action& action) {
    const auto options = std::make_shared<AtlasOptions>();
    CLI::App* command = app.add_subcommand(
        "atlas", "Paint what each channel of a network most wants to see, once a network");
    command->fallthrough();
    command->add_option("--layers", options->layers,
                        "only these, as in inception_4c,4d; all that join branches by default");
    command->add_option("-o,--output", options->output,
                        "a folder for a sheet a layer, or a picture's name for one layer; channels "
                        "stand in rows of 32 by number");
    command->add_flag("--full-size", options->full_size,
                      "paint 96x96 pixels a channel also where a smaller sheet came with the "
                      "program");
    command->add_flag("--overwrite", options->overwrite, "replace files that are there");
    command->callback([&globals, &action, options] {
        action = [&globals, options] { run_atlas(globals, *options); };
    });
}

}  // namespace reverie
