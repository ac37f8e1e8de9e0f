#include "src/media/side_data.h"

extern "C" {
#include <libavutil/avstring.h>
#include <libavutil/mastering_display_metadata.h>
}

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "src/media/side_data_av.h"
#include "src/util/error.h"

namespace reverie {
namespace {

struct Kind {
    AVPacketSideDataType packet;
    AVFrameSideDataType frame;
    const char* what;
    const char* containers;  ///< libav's names of the containers that hold it
    bool unofficial;         ///< libav writes it only if unofficial extensions are allowed
};

constexpr Kind kKinds[] = {
    {AV_PKT_DATA_SPHERICAL, AV_FRAME_DATA_SPHERICAL, "its 360° mapping", "mp4,matroska,webm", true},
    {AV_PKT_DATA_STEREO3D, AV_FRAME_DATA_STEREO3D, "its stereo 3D", "mp4,matroska,webm", true},
    {AV_PKT_DATA_MASTERING_DISPLAY_METADATA, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA,
     "HDR's mastering display", "mp4,matroska,webm", false},
    {AV_PKT_DATA_CONTENT_LIGHT_LEVEL, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL,
     "HDR's content light level", "mp4,matroska,webm", false},
};

const Kind& kind_of(const SideData& data) {
    const auto* found = std::find_if(std::begin(kKinds), std::end(kKinds),
                                     [&](const Kind& kind) { return kind.packet == data.type; });
    require(found != std::end(kKinds), "side data of a kind that no sink knows");
    return *found;
}

std::string line_about(const SideData& data, const std::string& where) {
    return fmt::format("{} is left out: {} cannot hold it; try .mkv", kind_of(data).what, where);
}

}  // namespace

std::vector<std::string> left_out(const std::vector<SideData>& data, const std::string& where) {
    std::vector<std::string> lines;
    for (const SideData& each : data) lines.push_back(line_about(each, where));
    return lines;
}

namespace libav {
namespace {

void set(AVFormatContext& output, AVStream& stream, const Kind& kind, const uint8_t* bytes,
         size_t size) {
    uint8_t* copy = av_stream_new_side_data(&stream, kind.packet, size);
    require(copy != nullptr, "out of memory for a stream");
    std::copy(bytes, bytes + size, copy);
    if (kind.unofficial) output.strict_std_compliance = FF_COMPLIANCE_UNOFFICIAL;
}

template <class T>
const T* find(const std::vector<SideData>& data, AVPacketSideDataType type) {
    for (const SideData& each : data) {
        if (each.type == type && each.bytes.size() >= sizeof(T))
            return reinterpret_cast<const T*>(each.bytes.data());
    }
    return nullptr;
}

/// "G(13250,34500)B(…)R(…)WP(…)L(10000000,50)", in steps of 1/50000 and 1/10000 cd/m² as in HEVC's
/// message, or (`plain`, for SVT-AV1) the values themselves.
std::string display_text(const AVMasteringDisplayMetadata& display, bool plain) {
    const auto number = [plain](AVRational value, int steps) {
        return plain ? fmt::format("{:.5f}", av_q2d(value))
                     : fmt::format("{}", std::llround(av_q2d(value) * steps));
    };
    const auto point = [&](const AVRational xy[2]) {
        return fmt::format("({},{})", number(xy[0], 50000), number(xy[1], 50000));
    };
    return fmt::format("G{}B{}R{}WP{}L({},{})", point(display.display_primaries[1]),
                       point(display.display_primaries[2]), point(display.display_primaries[0]),
                       point(display.white_point), number(display.max_luminance, 10000),
                       number(display.min_luminance, 10000));
}

/// libav reports a PNG's primaries (cHRM), which most PNGs have, as a mastering display. Without a
/// luminance it is not one.
bool tells_something(const SideData& data) {
    AVMasteringDisplayMetadata display{};
    if (data.type != AV_PKT_DATA_MASTERING_DISPLAY_METADATA || data.bytes.size() < sizeof display)
        return true;
    std::memcpy(&display, data.bytes.data(), sizeof display);
    return display.has_luminance != 0;
}

}  // namespace

std::vector<SideData> side_data_of(const AVStream& stream, const AVFrame& frame) {
    std::vector<SideData> all;
    for (const Kind& kind : kKinds) {
        size_t size = 0;
        const uint8_t* bytes = av_stream_get_side_data(&stream, kind.packet, &size);
        const AVFrameSideData* of_frame = av_frame_get_side_data(&frame, kind.frame);
        if (bytes == nullptr && of_frame != nullptr) {
            bytes = of_frame->data;
            size = of_frame->size;
        }
        if (bytes == nullptr || size == 0) continue;
        SideData found{kind.packet, {bytes, bytes + size}};
        if (tells_something(found)) all.push_back(std::move(found));
    }
    return all;
}

std::vector<std::string> side_data_that_is_lost(const AVStream& stream, const AVFrame& frame) {
    std::vector<std::string> lines;
    const auto add = [&](bool there, const char* what) {
        if (there) lines.push_back(fmt::format("{} left out: no output of reverie keeps it", what));
    };
    add(av_stream_get_side_data(&stream, AV_PKT_DATA_DOVI_CONF, nullptr) != nullptr,
        "Dolby Vision is");
    add(av_frame_get_side_data(&frame, AV_FRAME_DATA_DYNAMIC_HDR_PLUS) != nullptr, "HDR10+ is");
    add(av_frame_get_side_data(&frame, AV_FRAME_DATA_A53_CC) != nullptr,
        "closed captions in the pictures are");
    return lines;
}

void set_side_data(const std::vector<SideData>& data, AVFormatContext& output, AVStream& stream,
                   std::vector<std::string>& notes) {
    for (const SideData& each : data) {
        const Kind& kind = kind_of(each);
        if (av_match_name(output.oformat->name, kind.containers) > 0)
            set(output, stream, kind, each.bytes.data(), each.bytes.size());
        else
            notes.push_back(line_about(each, std::string(output.oformat->name) + " files"));
    }
}

void copy_side_data(const AVStream& from, AVFormatContext& output, AVStream& to) {
    for (const Kind& kind : kKinds) {
        size_t size = 0;
        const uint8_t* bytes = av_stream_get_side_data(&from, kind.packet, &size);
        if (bytes != nullptr) set(output, to, kind, bytes, size);
    }
}

HdrSetting hdr_setting(const std::string& encoder, const std::vector<SideData>& data) {
    const auto* display =
        find<AVMasteringDisplayMetadata>(data, AV_PKT_DATA_MASTERING_DISPLAY_METADATA);
    const auto* light = find<AVContentLightMetadata>(data, AV_PKT_DATA_CONTENT_LIGHT_LEVEL);
    struct Names {
        const char *encoder, *key, *display, *light;
    };
    constexpr Names kNames[] = {
        {"libx264", "x264-params", "mastering-display", "cll"},
        {"libx265", "x265-params", "master-display", "max-cll"},
        {"libsvtav1", "svtav1-params", "mastering-display", "content-light"}};
    HdrSetting setting;
    for (const Names& names : kNames) {
        if (encoder != names.encoder) continue;
        const auto add = [&](const char* name, const std::string& value) {
            setting.key = names.key;
            setting.value += fmt::format("{}{}={}", setting.value.empty() ? "" : ":", name, value);
        };
        if (display != nullptr && display->has_primaries != 0 && display->has_luminance != 0)
            add(names.display, display_text(*display, encoder == "libsvtav1"));
        if (light != nullptr) add(names.light, fmt::format("{},{}", light->MaxCLL, light->MaxFALL));
    }
    return setting;
}

}  // namespace libav
}  // namespace reverie
