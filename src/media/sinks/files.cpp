// Video files as a kind of sink.
#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>

#include "src/media/sink_kind.h"
#include "src/media/sinks/encoders.h"
#include "src/media/sinks/sink_file.h"
#include "src/media/sources/demuxer.h"
#include "src/util/error.h"
#include "src/util/output_file.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

std::string lower_ending(const std::string& path) {
    std::string ending = fs::path(path).extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return ending;
}

void check_target(const std::string& path, const SinkOptions& options) {
    require_writable(path);
    std::error_code ignored;
    require(options.overwrite || !fs::exists(path, ignored),
            "'" + path + "' exists; choose another name or give --overwrite");
}

}  // namespace

extern const SinkKind kVideoSink{
    .name = "video",
    .description = "a video (.mp4, .mkv, .mov, .webm, .avi)",
    .recognises =
        [](const std::string& spec) {
            return !libav::codec_for_ending(lower_ending(spec)).empty();
        },
    .open =
        [](const std::string& spec, const SinkOptions& options) {
            check_target(spec, options);
            return open_file_sink(spec, options);
        },
    .on_disk = true,
    .resumes = true,
    .sound = true,
    .keeps_alpha =
        [](const std::string& spec, const std::string& codec) {
            return libav::keeps_alpha(lower_ending(spec), codec);
        },
};

}  // namespace reverie
