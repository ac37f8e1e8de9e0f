#include "src/media/sources/to_srgb.h"

#include <lcms2.h>

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "src/media/srgb_curve.h"
#include "src/util/error.h"

namespace reverie {
namespace {

struct CloseProfile {
    void operator()(void* profile) const { cmsCloseProfile(profile); }
};
using ProfilePtr = std::unique_ptr<void, CloseProfile>;

std::string description_of(cmsHPROFILE profile) {
    std::array<char, 128> text{};
    cmsGetProfileInfoASCII(profile, cmsInfoDescription, "en", "US", text.data(), text.size());
    return text[0] == 0 ? "of its own" : one_line(text.data());
}

/// Three samples per pixel, of which a gray profile reads the first, and alpha, which is unchanged.
cmsUInt32Number layout(bool gray_profile, const PixelFormat& format) {
    const unsigned alpha = format.has_alpha ? 1 : 0;
    const cmsUInt32Number bytes = BYTES_SH(static_cast<unsigned>(format.sample_bytes));
    if (gray_profile) return COLORSPACE_SH(PT_GRAY) | CHANNELS_SH(1) | EXTRA_SH(2 + alpha) | bytes;
    return COLORSPACE_SH(PT_RGB) | CHANNELS_SH(3) | EXTRA_SH(alpha) | bytes;
}

}  // namespace

ProfileToSrgb::ProfileToSrgb(std::span<const uint8_t> profile, const PixelFormat& format)
    : rgb_format_(format.has_alpha ? packed_rgba(format.bits > 8 ? 16 : 8)
                                   : packed_rgb(format.bits > 8 ? 16 : 8, 3)) {
    const ProfilePtr from(
        cmsOpenProfileFromMem(profile.data(), static_cast<cmsUInt32Number>(profile.size())));
    require(from != nullptr, "its colour profile is damaged");
    name_ = description_of(from.get());
    const bool gray = cmsGetColorSpace(from.get()) == cmsSigGrayData;
    const bool fits = gray ? format.gray : cmsGetColorSpace(from.get()) == cmsSigRgbData;
    require(fits, "its colour profile '" + name_ + "' is for another kind of picture");
    const ProfilePtr srgb(cmsCreate_sRGBProfile());
    // lcms2's fast path for 8 bits uses a table that is too coarse for 16.
    const cmsUInt32Number flags = cmsFLAGS_BLACKPOINTCOMPENSATION |
                                  (rgb_format_.sample_bytes == 2 ? cmsFLAGS_NOOPTIMIZE : 0U);
    transform_.reset(
        cmsCreateTransform(from.get(), layout(gray, rgb_format_), srgb.get(),
                           layout(false, rgb_format_), INTENT_RELATIVE_COLORIMETRIC, flags),
        [](void* made) {
            if (made != nullptr) cmsDeleteTransform(made);
        });
    require(transform_ != nullptr, "its colour profile '" + name_ + "' cannot be used");
}

bool ProfileToSrgb::is_identity() const {
    constexpr int kSteps = 9, kTolerance = 1;  // of 255: profiles of sRGB differ in their rounding
    const bool wide = rgb_format_.sample_bytes == 2;
    const int unit = wide ? 257 : 1;
    for (int i = 0; i < kSteps * kSteps * kSteps; ++i) {
        std::array<uint16_t, 4> wide_color{};
        std::array<uint8_t, 4> color{};
        const std::array<int, 3> steps{i % kSteps, i / kSteps % kSteps, i / kSteps / kSteps};
        for (int c = 0; c < 3; ++c) {
            color[c] = static_cast<uint8_t>(steps[c] * 255 / (kSteps - 1));
            wide_color[c] = static_cast<uint16_t>(color[c] * unit);
        }
        const auto before = wide_color;
        void* pixel = wide ? static_cast<void*>(wide_color.data()) : color.data();
        cmsDoTransform(transform_.get(), pixel, pixel, 1);
        for (int c = 0; c < 3; ++c) {
            const int after = wide ? wide_color[c] : color[c];
            if (std::abs(after - before[c]) > kTolerance * unit) return false;
        }
    }
    return true;
}

VideoFrame ProfileToSrgb::convert(const VideoFrame& frame) {
    VideoFrame rgb = make_frame(rgb_format_, frame.width(), frame.height());
    to_rgb_.convert(frame, rgb);
    for (int y = 0; y < rgb.height(); ++y) {
        uint8_t* row = rgb.planes.data[0] + y * rgb.planes.stride_bytes[0];
        cmsDoTransform(transform_.get(), row, row, static_cast<cmsUInt32Number>(rgb.width()));
    }
    return rgb;
}

void linear_to_srgb(AVFrame& frame) {
    const AVPixFmtDescriptor* format =
        av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
    require(av_frame_make_writable(&frame) >= 0, "out of memory for a video frame");
    const bool alpha = (format->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
    const int colors = format->nb_components - (alpha ? 1 : 0);
    for (int c = 0; c < colors; ++c) {
        const AVComponentDescriptor& at = format->comp[c];
        const auto step = static_cast<size_t>(at.step) / sizeof(float);
        for (int y = 0; y < frame.height; ++y) {
            auto* row = reinterpret_cast<float*>(
                frame.data[at.plane] + static_cast<ptrdiff_t>(y) * frame.linesize[at.plane] +
                at.offset);
            for (int x = 0; x < frame.width; ++x) row[x * step] = srgb_of_light(row[x * step]);
        }
    }
}

}  // namespace reverie
