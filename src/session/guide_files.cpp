#include "src/session/guide_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "src/dream/resizer.h"
#include "src/media/sources/picture_list.h"
#include "src/session/picture_file.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr double kPixels = 240.0 * 240;
constexpr int kLeastSide = 96;  // px: a long, narrow picture is stretched rather than too small

GuidePicture load_guide(Device& device, Stream& stream, const std::string& path) {
    const Picture picture = load_picture(device, stream, path);
    if (!picture.info.still) {
        throw Error(
            fmt::format("--guide {}: this is a video, and a guide is a picture; one of its "
                        "frames: reverie still {} -o frame.png --set strength=0",
                        path, path));
    }
    return guide_of(device, stream, picture.rgb);
}

}  // namespace

GuidePicture guide_of(Device& device, Stream& stream, Pixels<const float> rgb) {
    const double scale = std::sqrt(kPixels / (double{1} * rgb.width * rgb.height));
    const auto side = [&](int pixels) {
        return std::max(kLeastSide, static_cast<int>(std::lround(scale * pixels)));
    };
    const Image small(device, side(rgb.width), side(rgb.height), 3);
    Resizer(device).resize(stream, rgb, small);
    return {small.width(), small.height(), download_picture(device, stream, small)};
}

std::vector<GuidePicture> load_guides(Device& device, Stream& stream,
                                      const std::vector<std::string>& paths) {
    std::vector<GuidePicture> guides;
    for (const std::string& path : paths) {
        if (!names_pictures(path)) {
            guides.push_back(load_guide(device, stream, path));
            continue;
        }
        for (const ListedPicture& file : list_pictures(path).pictures) {
            if (!file.path.empty()) guides.push_back(load_guide(device, stream, file.path));
        }
    }
    return guides;
}

}  // namespace reverie
