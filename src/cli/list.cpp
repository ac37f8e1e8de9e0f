// reverie list
//
// layers|channels|params|presets|scores|modulation|devices|sources|outputs|cameras|sounds|monitors|
// encoders|midi|osc|keys|manual
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>

#include "src/cli/commands.h"
#include "src/cli/manual.h"
#include "src/control/midi/alsa_sequencer.h"
#include "src/control/midi/midi_map.h"
#include "src/control/modulation.h"
#include "src/control/osc/osc_query.h"
#include "src/control/osc/osc_requests.h"
#include "src/control/preset_library.h"
#include "src/dream/params.h"
#include "src/gl/context.h"
#include "src/media/pattern.h"
#include "src/media/sink_kind.h"
#include "src/media/sound.h"
#include "src/media/source_kind.h"
#include "src/media/sources/cameras.h"
#include "src/session/runtime.h"
#include "src/session/session_options.h"
#include "src/show/output_kind.h"
#include "src/ui/overlay/keys.h"
#include "src/util/console.h"
#include "src/util/error.h"

namespace reverie {
namespace {

void list_library(const std::vector<LibraryEntry>& entries) {
    for (const LibraryEntry& entry : entries) {
        const std::string origin = entry.origin.empty() ? "" : fmt::format("  ({})", entry.origin);
        print_out("{:<12} {}{}\n", entry.name, entry.description, origin);
    }
}

std::string gigabytes(size_t bytes) {
    return fmt::format("{:.1f} GB", static_cast<double>(bytes) / 1e9);
}

void list_the_devices() {
    std::vector<std::string> notes;
    for (const DeviceInfo& device : list_devices(&notes)) {
        const std::string name =
            device.kind == DeviceKind::cuda ? fmt::format("cuda:{}", device.index) : "cpu";
        const std::string threads =
            device.kind == DeviceKind::cpu ? fmt::format(", {} threads", device.threads) : "";
        print_out("{:<8} {} ({}, {}{})\n", name, device.name, device.instructions,
                  gigabytes(device.memory_bytes), threads);
    }
    for (const std::string& note : notes) print_out("{}\n", note);
}

void list_the_encoders() {
    for (const EncoderInfo& encoder : list_encoders()) {
        print_out("{:<8} {:<18} {}\n", encoder.codec, encoder.name,
                  encoder.works ? "works" : encoder.why);
    }
}

/// One line for each format and size, with its rates, after the camera's own line.
void list_the_modes(const CameraInfo& camera) {
    for (size_t i = 0; i < camera.modes.size();) {
        const CameraMode& first = camera.modes[i];
        std::string rates;
        for (; i < camera.modes.size() && camera.modes[i].format == first.format &&
               camera.modes[i].width == first.width && camera.modes[i].height == first.height;
             ++i) {
            const Rational fps = camera.modes[i].fps;
            if (fps.known())
                rates += fmt::format("{}{:.4g}", rates.empty() ? "" : ", ", fps.value());
        }
        print_out("          {:<8} {:>9}  {}\n", first.format,
                  fmt::format("{}x{}", first.width, first.height),
                  rates.empty() ? "" : rates + " fps");
    }
}

void list_the_cameras() {
    const std::vector<CameraInfo> cameras = list_cameras();
    if (cameras.empty()) print_out("there is no camera; plug one in, or try {}\n", usual_pattern());
    for (size_t i = 0; i < cameras.size(); ++i) {
        const CameraInfo& camera = cameras[i];
        const std::string number = fmt::format("camera:{}", i);
        if (!camera.problem.empty()) {
            print_out("{:<9} {}\n", number, camera.problem);
            continue;
        }
        const std::string bus = camera.bus.empty() ? "" : ", " + camera.bus;
        print_out("{:<9} {} ({}{})\n", number, camera.name, camera.device, bus);
        list_the_modes(camera);
        if (camera.modes.empty()) {
            print_out("          no format that this program knows\n");
            continue;
        }
        const CameraMode mode = choose_camera_mode(camera, {});
        print_out("          used unless asked otherwise: {} {}x{}\n", mode.format, mode.width,
                  mode.height);
    }
}

void list_the_sources() {
    for (const SourceKind* kind : source_kinds()) {
        print_out("{:<10} {}\n", kind->name, kind->description);
        if (kind->listing.choices == nullptr) continue;
        const std::vector<SourceChoice> choices = kind->listing.choices();
        for (const SourceChoice& choice : choices) {
            const std::string name = choice.spec.ends_with(choice.name) ? "" : choice.name + "  ";
            print_out("           {:<16} {}{}\n", choice.spec, name, choice.detail);
        }
        if (choices.empty()) print_out("           {}\n", kind->listing.nothing);
    }
}

void list_the_outputs() {
    for (const SinkKind* kind : sink_kinds())
        print_out("{:<16} {}\n", kind->name, kind->description);
    print_out("\nbeside a live show:\n");
    for (const OutputInfo& info : kOutputs) print_out("{:<16} {}\n", info.option, info.help);
}

/// Devices with their maps, then the maps.
void list_the_midi_devices() {
    std::vector<std::string> problems;
    try {
        const std::vector<MidiPort> ports = list_midi_ports();
        if (ports.empty())
            print_out("there is no MIDI device; one may be plugged in at any time\n");
        for (const MidiPort& port : ports) {
            const std::optional<MidiMap> map = find_midi_map(port.name, problems);
            print_out("{:<32} {}:{:<4} {}\n", port.name, port.client, port.port,
                      !map                  ? "no map yet: it can be taught in the overlay"
                      : map->origin.empty() ? "map: built in"
                                            : "map: " + map->origin);
        }
    } catch (const Error& error) {
        print_out("{}\n", error.what());
    }
    problems.clear();
    print_out("\nmaps:\n");
    for (const MidiMap& map : list_midi_maps(problems)) {
        print_out("{:<32} {:<10} {}\n", map.title.empty() ? map.device : map.title,
                  fmt::format("{} controls", map.controls.size()),
                  map.origin.empty() ? "built in" : map.origin);
    }
    for (const std::string& problem : problems) print_out("{}\n", problem);
}

void list_the_sounds() {
    const std::vector<SoundDevice> sounds = list_sounds();
    if (sounds.empty()) print_out("there is nothing to record sound from; a file does as well\n");
    for (const SoundDevice& sound : sounds) print_out("{}  {}\n", sound.source, sound.name);
}

void list_the_monitors() {
    for (const MonitorInfo& monitor : list_monitors()) {
        print_out("{:<3} {:<16} {}x{} at {},{}, {} Hz, scale {:.3g}\n", monitor.number,
                  monitor.name, monitor.size.width, monitor.size.height, monitor.x, monitor.y,
                  monitor.refresh_hz, monitor.scale);
    }
}

/// Layers and channels are the same on every device: the CPU tells, exactly.
Runtime open_for_listing(const GlobalOptions& globals) {
    GlobalOptions plain = globals;
    plain.device = "cpu";
    plain.precision = "f32";
    return open_runtime(plain);
}

void list_the_layers(const GlobalOptions& globals) {
    const Runtime runtime = open_for_listing(globals);
    print_out("{:<28} {:>8} {:>8} {:>12}\n", "layer", "channels", "stride", "sees (px)");
    for (const LayerInfo& layer : runtime.network->layers()) {
        print_out("{:<28} {:>8} {:>8} {:>12}\n", layer.name, layer.channels, layer.field.stride,
                  fmt::format("{0}x{0}", layer.field.size));
    }
}

std::string line_of(const NamedChannel& named) {
    return fmt::format("{:<20} {:>4.0f}%  {}", fmt::format("{}:{}", named.layer, named.channel),
                       100 * named.sure, fmt::join(named.words, ", "));
}

void print_class(const ClassLabels& labels, int number) {
    print_out("{:<20} class  {}\n", fmt::format("class:#{}", number), labels.label(number));
}

/// Channels and classes that a word names, the surest first; without a word, all words with how many
/// each names.
void find_channels(const Network& network, const std::string& word) {
    const ChannelNames& names = network.names();
    const ClassLabels& labels = network.labels();
    std::vector<std::string> words = names.words();
    require(!words.empty() || !labels.empty(),
            fmt::format("no channel of {} is named", network.weights().graph.architecture));
    if (word.empty()) {
        for (const std::string& each : words)
            print_out("{:<20} {:>4} channels\n", each, names.find(each).size());
        for (size_t i = 0; i < labels.size(); ++i) print_class(labels, static_cast<int>(i));
        return;
    }
    std::vector<NamedChannel> found = names.find(word);
    const std::vector<int> classes = labels.with_words(word);
    const std::vector<std::string> more = labels.names();
    words.insert(words.end(), more.begin(), more.end());
    require(!found.empty() || !classes.empty(),
            fmt::format("no channel or class is called {}{}", word,
                        did_you_mean(word, words, "; --find '' shows all words")));
    for (const int number : classes) print_class(labels, number);
    std::stable_sort(found.begin(), found.end(),
                     [](const NamedChannel& a, const NamedChannel& b) { return a.sure > b.sure; });
    for (const NamedChannel& named : found) print_out("{}\n", line_of(named));
}

void list_the_channels(const GlobalOptions& globals, const std::string& layer,
                       const std::optional<std::string>& word) {
    const Runtime runtime = open_for_listing(globals);
    if (word) return find_channels(*runtime.network, *word);
    if (layer.empty()) {
        for (const LayerInfo& info : runtime.network->layers()) {
            print_out("{}:0 to {}:{}\n", info.name, info.name, info.channels - 1);
        }
        return;
    }
    const LayerInfo& info = runtime.network->find(layer);
    for (int channel = 0; channel < info.channels; ++channel) {
        std::string line = fmt::format("{}:{}", info.name, channel);
        for (const NamedChannel& named : runtime.network->names().channels()) {
            if (named.layer == info.name && named.channel == channel) line = line_of(named);
        }
        print_out("{}\n", line);
    }
}

/// What a look moves with.
void list_the_modulation_sources() {
    for (const ModulationSource& source : kModulationSources)
        print_out("{:<26} {}\n", source.name, source.help);
}

void list_the_osc_addresses(const GlobalOptions& globals, bool json) {
    std::vector<std::string> layers;
    const Runtime runtime = open_for_listing(globals);
    for (const LayerInfo& layer : runtime.network->layers()) layers.push_back(layer.name);
    if (json) return print_out("{}\n", osc_query_json(osc_nodes(layers)));
    for (const OscAddress& address : osc_addresses())
        print_out("{:<26} {:<22} {}\n", address.path, address.arguments, address.help);
    print_out(
        "\nWithout a value, an address that has one is answered to its sender with it. The "
        "parameters:\n");
    for (const ParamInfo& info : kParams) {
        if (info.is_objective()) continue;
        print_out("{:<26} {:<22} {}\n", std::string(kOscRoot) + std::string(info.key),
                  info.is_flag() ? "0|1" : range_text(info), info.help);
    }
    print_out("\nThe layers of this network:\n");
    for (const std::string& layer : layers)
        print_out("{:<50} -1 to 1\n", std::string(kOscRoot) + "layer/" + layer);
    print_out("\nWhat presets and scores can move all of this with ([[modulation]], source):\n");
    list_the_modulation_sources();
}

}  // namespace

void add_list(CLI::App& app, const GlobalOptions& globals, Action& action) {
    CLI::App* list = app.add_subcommand("list", "What there is to choose from");
    list->fallthrough();
    list->require_subcommand(1);
    const auto add = [&](const char* name, const char* help, const Action& run) {
        CLI::App* command = list->add_subcommand(name, help);
        command->fallthrough();
        command->callback([&action, run] { action = run; });
        return command;
    };
    add("layers", "what an objective can name", [&globals] { list_the_layers(globals); });
    const auto layer = std::make_shared<std::string>();
    const auto word = std::make_shared<std::optional<std::string>>();
    CLI::App* channels =
        add("channels", "the channels of each layer, or of one, and what people see in them",
            [&globals, layer, word] { list_the_channels(globals, *layer, *word); });
    channels->add_option("layer", *layer, "one of `reverie list layers`");
    channels->add_option("--find", *word,
                         "those that this word names, for objectives such as word:eyes; '' for all "
                         "words");
    const auto markdown = std::make_shared<bool>(false);
    add("params", "what --set, presets and scores can change", [markdown] {
        print_out("{}", *markdown ? params_markdown() : params_text());
    })->add_flag("--markdown", *markdown, "as the table of the manual");
    add("presets", "looks for --preset", [] { list_library(list_presets()); });
    add("scores", "timelines for --score", [] { list_library(list_scores()); });
    add("modulation", "what presets and scores can move with", list_the_modulation_sources);
    add("devices", "what can compute", list_the_devices);
    add("sources", "what can be dreamed on", list_the_sources);
    add("outputs", "what can be written to", list_the_outputs);
    add("cameras", "webcams, and what each offers", list_the_cameras);
    add("sounds", "what --sound can choose", list_the_sounds);
    add("encoders", "what can write video here", list_the_encoders);
    add("monitors", "what --monitor can choose", list_the_monitors);
    const auto table = std::make_shared<bool>(false);
    add("keys", "what the keyboard does in a show", [table] {
        print_out("{}", *table ? keys_markdown() : keys_text());
    })->add_flag("--markdown", *table, "as the table of the README");
    add("manual", "the manual page, for man -l -", [] { print_out("{}", manual_page()); });
    add("midi", "MIDI devices that --midi can choose, and their maps", list_the_midi_devices);
    const auto json = std::make_shared<bool>(false);
    add("osc", "addresses that --osc listens for", [&globals, json] {
        list_the_osc_addresses(globals, *json);
    })->add_flag("--json", *json, "as OSCQuery describes them");
}

}  // namespace reverie
