// The state that an unattended show restores after a restart, as TOML: source, parameters, what moves
// by itself, what is painted, layout, outputs, and the settings of its installation mode.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/control/modulation.h"
#include "src/dream/masks/brush.h"
#include "src/dream/params.h"
#include "src/show/installation/installation_settings.h"

namespace reverie {

/// How the window shows the picture.
struct ShowLayout {
    std::string view = "dream";
    bool fill = false, mirror = false, fullscreen = false;
    int rotation = 0;                     ///< clockwise, in degrees
    int monitor = 0, output_monitor = 0;  ///< 0: not chosen
    bool operator==(const ShowLayout&) const = default;
};

struct ShowState {
    struct Output {
        std::string kind, target;
        bool operator==(const Output&) const = default;
    };

    std::string source;
    std::string network;  ///< as --weights takes it; "": the program's choice
    std::string sound;    ///< the sound input; "": none
    std::string preset;   ///< the one loaded last; "": none
    Params params;
    std::optional<Modulation> modulation;  ///< what moved by itself; nothing: the preset's
    BrushMask brush;                       ///< the mask @brush
    InstallationSettings installation;
    ShowLayout layout;
    std::vector<Output> outputs;  ///< that were running
    bool operator==(const ShowState&) const = default;
};

std::string to_toml(const ShowState& state);
/// `file`: its name in errors. Throws Error "file:line: …" for a state that is damaged, out of
/// range, or from a newer version.
ShowState parse_state(std::string_view text, const std::string& file);

}  // namespace reverie
