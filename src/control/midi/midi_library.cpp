// The maps of MIDI devices: the user's own files, then those built into the program.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string_view>

#include "src/control/midi/midi_map.h"
#include "src/control/preset_library.h"
#include "src/control/toml_params.h"
#include "src/util/atomic_file.h"
#include "src/util/error.h"
#include "src/util/text_file.h"

namespace reverie {
namespace {

namespace files = std::filesystem;

constexpr std::string_view kFolder = "midi";

/// A file's name for a device: "apc_mini".
std::string file_name_for(const std::string& device) {
    std::string name = lower_case(device);
    for (char& c : name) {
        if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
    }
    return name.substr(0, 60) + ".toml";
}

}  // namespace

std::string lower_case(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
        return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    });
    return text;
}

std::vector<MidiMap> list_midi_maps(std::vector<std::string>& problems) {
    std::vector<MidiMap> maps;
    for (const files::path& file : user_files(kFolder)) {
        try {
            maps.push_back(parse_midi_map(read_text_file(file), file));
        } catch (const Error& error) {
            problems.emplace_back(error.what());
        }
    }
    for (const EmbeddedFile& file : embedded_midi_maps()) {
        maps.push_back(parse_midi_map(file.text, fmt::format("midi/{}.toml", file.name)));
        maps.back().origin.clear();
    }
    return maps;
}

std::optional<MidiMap> find_midi_map(const std::string& device,
                                     std::vector<std::string>& problems) {
    std::optional<MidiMap> best;
    const std::string name = lower_case(device);
    for (MidiMap& map : list_midi_maps(problems)) {
        const bool fits = name.find(lower_case(map.device)) != std::string::npos;
        if (fits && (!best || map.device.size() > best->device.size())) best = std::move(map);
    }
    return best;
}

std::string save_midi_map(const MidiMap& map) {
    const files::path folder = user_files_folder(kFolder);
    require(!folder.empty(), "there is no home folder to keep a MIDI map in; set HOME");
    std::error_code failure;
    files::create_directories(folder, failure);
    require(!failure,
            fmt::format("cannot make the folder '{}': {}", folder.string(), failure.message()));
    const files::path file =
        map.origin.empty() ? folder / file_name_for(map.device) : files::path(map.origin);
    write_atomically(file, midi_map_text(map));
    return file;
}

}  // namespace reverie
