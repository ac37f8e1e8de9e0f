// The table of a live show's outputs besides its window: their options, texts and state. SinkKind
// says how an output is opened.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reverie {

/// The place of an output's row in the table.
enum class OutputKind : uint8_t { record, record_dry, virtual_camera, stream, y4m };

struct OutputInfo {
    OutputKind kind;
    std::string_view token;   ///< its name in the program's own state file
    std::string_view title;   ///< in the overlay
    std::string_view hint;    ///< examples of a target, in the overlay; "": it has only one target
    const char* option;       ///< of `reverie live`
    const char* help;         ///< of that option
    const char* only_target;  ///< if its option is a flag; else ""
    /// For files that the program names: "dream" becomes dream-20261125-041502.mp4; else "".
    std::string_view stem;
    std::string_view no_target;  ///< the error if no target is given
    bool of_source = false;      ///< the source's frames, not the dream
    bool records = false;        ///< shown as a recording while it runs
    bool resumed = true;         ///< restarted in the next show of an installation
};

inline constexpr std::array<OutputInfo, 5> kOutputs{{
    {.kind = OutputKind::record,
     .token = "record",
     .title = "Recording",
     .hint = "file, or a name by time",
     .option = "--record",
     .help = "the dream into this file",
     .only_target = "",
     .stem = "dream",
     .no_target = "",
     .records = true},
    {.kind = OutputKind::record_dry,
     .token = "record_dry",
     .title = "Recording of the source",
     .hint = "file, or a name by time",
     .option = "--record-dry",
     .help = "the source into this file",
     .only_target = "",
     .stem = "source",
     .no_target = "",
     .of_source = true},
    {.kind = OutputKind::virtual_camera,
     .token = "virtual_camera",
     .title = "Virtual camera",
     .hint = "/dev/video…",
     .option = "--virtual-camera",
     .help = "as in /dev/video10",
     .only_target = "",
     .stem = "",
     .no_target = "which virtual camera? Give a device, as in /dev/video10"},
    {.kind = OutputKind::stream,
     .token = "stream",
     .title = "Stream",
     .hint = "rtmp:// srt:// udp://",
     .option = "--stream",
     .help = "to rtmp://, srt:// or udp://",
     .only_target = "",
     .stem = "",
     .no_target = "where shall the stream go? Give a URL, as in rtmp://host/live/key"},
    {.kind = OutputKind::y4m,
     .token = "y4m",
     .title = "y4m on stdout",
     .hint = "",
     .option = "--y4m",
     .help = "raw video on the standard output",
     .only_target = "-",
     .stem = "",
     .no_target = "",
     .resumed = false},
}};
inline constexpr int kOutputKinds = static_cast<int>(kOutputs.size());

constexpr const OutputInfo& info_of(OutputKind kind) { return kOutputs[static_cast<size_t>(kind)]; }

/// Each row stands at its kind's place.
static_assert([] {
    for (size_t i = 0; i < kOutputs.size(); ++i) {
        if (kOutputs[i].kind != static_cast<OutputKind>(i)) return false;
    }
    return true;
}());

}  // namespace reverie
