// Files as kinds of source: videos, pictures, numbered sequences.
#include "src/media/source_kind.h"
#include "src/media/sources/picture_list.h"
#include "src/media/sources/picture_sequence.h"
#include "src/media/sources/source_file.h"

namespace reverie {
namespace {

bool with_time(const SourceInfo& info) { return !info.still; }

}  // namespace

extern const SourceKind kSequenceKind{
    .name = "sequence",
    .description = "many pictures: frames/%05d.png, a folder of them, 'frames/*.png'",
    .help = [](SourceUse use) -> std::string {
        return use == SourceUse::render ? "frames/%05d.png, a folder of pictures" : "";
    },
    .recognises = names_pictures,
    .open = [](const std::string& spec, const SourceOptions& options,
               CameraMemory*) { return open_picture_sequence(spec, options); },
    .liveness = Liveness::live_without_length,
    .needs_pace = with_time,
    .loops = always,
};

extern const SourceKind kPictureKind{
    .name = "picture",
    .description = "one picture: .png, .jpg, .webp, .tif, …",
    .help = [](SourceUse use) -> std::string { return use == SourceUse::still ? "a picture" : ""; },
    .recognises = has_picture_ending,
    .open = [](const std::string& spec, const SourceOptions& options,
               CameraMemory*) { return open_file_source(spec, options, {}); },
    .needs_pace = with_time,
    .loops = always,
};

extern const SourceKind kVideoKind{
    .name = "video",
    .description = "a video file of any format that FFmpeg reads",
    .help = [](SourceUse use) -> std::string {
        return use == SourceUse::still ? "a video (its first frame)" : "a file";
    },
    .recognises = [](const std::string&) { return true; },
    .open =
        [](const std::string& spec, const SourceOptions& options, CameraMemory*) {
            return open_file_source(spec, options, {.streams_to_copy = true});
        },
    .liveness = Liveness::live_without_length,
    .needs_pace = with_time,
    .loops = always,
};

}  // namespace reverie
