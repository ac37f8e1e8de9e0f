// Webcams as a kind of source.
#include "src/media/source_kind.h"
#include "src/media/sources/source_camera.h"

namespace reverie {
namespace {

std::vector<SourceChoice> camera_choices() {
    std::vector<SourceChoice> choices;
    for (const CameraInfo& camera : list_cameras()) {
        const bool usable = camera.problem.empty() && !camera.modes.empty();
        choices.push_back({"camera:" + std::to_string(choices.size()), camera.name,
                           usable ? camera.device : camera.problem, usable});
    }
    return choices;
}

}  // namespace

extern const SourceKind kCameraKind{
    .name = "camera",
    .description = "a webcam: camera:0, camera:Part of its name, /dev/video2",
    .help = [](SourceUse use) -> std::string {
        return use == SourceUse::live ? "camera:0 or a device" : "";
    },
    .recognises = is_camera,
    .open = open_camera,
    .comes_later = true,
    .liveness = Liveness::live,
    .needs_pace = [](const SourceInfo&) { return false; },
    .loops = [](const SourceInfo&) { return true; },
    .listing = {.title = "Cameras",
                .nothing = "None is connected.",
                .changes = true,
                .choices = camera_choices},
};

}  // namespace reverie
