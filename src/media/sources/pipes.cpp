// Pipes from other programs as kinds of source: the standard input, and named pipes.
#include <filesystem>

#include "src/media/source_kind.h"
#include "src/media/sources/source_file.h"

namespace reverie {
namespace {

std::unique_ptr<Source> open(const std::string& spec, const SourceOptions& options,
                             CameraMemory* /*memory*/) {
    return open_file_source(spec, options,
                            {.transport = libav::Transport::pipe, .streams_to_copy = true});
}

}  // namespace

extern const SourceKind kStdinKind{
    .name = "stdin",
    .description = "-: the standard input, as y4m or any other format with a header",
    .help = [](SourceUse use) -> std::string { return use == SourceUse::render ? "- (y4m)" : ""; },
    .recognises = [](const std::string& spec) { return spec == "-"; },
    .open = open,
    .comes_later = true,
    .liveness = Liveness::live,
    .needs_pace = always,
    .loops = never,
    .comes_back = false,
    .reopens = false,
};

extern const SourceKind kFifoKind{
    .name = "pipe",
    .description = "a named pipe (mkfifo) that another program writes to",
    .help = [](SourceUse) -> std::string { return ""; },
    .recognises =
        [](const std::string& spec) {
            std::error_code not_there;
            return std::filesystem::is_fifo(spec, not_there);
        },
    .open = open,
    .comes_later = true,
    .liveness = Liveness::live_without_length,
    .needs_pace = always,
    .loops = never,
    .reopens = false,
};

}  // namespace reverie
