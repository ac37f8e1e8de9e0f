// Addresses as a kind of source: rtsp://, http://, udp://, …
#include "src/media/source_kind.h"
#include "src/media/sources/source_file.h"

namespace reverie {
namespace {

bool has_length(const SourceInfo& info) { return info.duration_s > 0; }

}  // namespace

extern const SourceKind kStreamKind{
    .name = "stream",
    .description = "an address: rtsp://, http://, udp://, …",
    .help = [](SourceUse use) -> std::string { return use == SourceUse::still ? "" : "a URL"; },
    .recognises = [](const std::string& spec) { return spec.find("://") != std::string::npos; },
    .open =
        [](const std::string& spec, const SourceOptions& options, CameraMemory*) {
            return open_file_source(spec, options,
                                    {.transport = libav::Transport::url, .streams_to_copy = true});
        },
    .comes_later = true,
    .liveness = Liveness::live_without_length,
    // Segmented streams (HLS, DASH) arrive in bursts.
    .needs_pace =
        [](const SourceInfo& info) {
            return has_length(info) || info.name.ends_with(".m3u8") || info.name.ends_with(".mpd");
        },
    .loops = has_length,
};

}  // namespace reverie
