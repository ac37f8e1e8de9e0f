#include "src/media/frames/frame_converter.h"

#include "src/media/frames/pixel_formats.h"
#include "src/util/error.h"

namespace reverie::libav {
namespace {

int swscale_matrix(ColorMatrix matrix) {
    switch (matrix) {
        case ColorMatrix::bt709:
            return SWS_CS_ITU709;
        case ColorMatrix::bt2020:
            return SWS_CS_BT2020;
        case ColorMatrix::smpte240:
            return SWS_CS_SMPTE240M;
        case ColorMatrix::fcc:
            return SWS_CS_FCC;
        default:
            return SWS_CS_ITU601;
    }
}

void set_colors(SwsContext& scaler, const PixelFormat& from, const PixelFormat& to) {
    constexpr int kUnity = 1 << 16;
    sws_setColorspaceDetails(
        &scaler, sws_getCoefficients(swscale_matrix(from.matrix)), from.full_range ? 1 : 0,
        sws_getCoefficients(swscale_matrix(to.matrix)), to.full_range ? 1 : 0, 0, kUnity, kUnity);
}

}  // namespace

void FrameConverter::convert(const VideoFrame& from, VideoFrame& to) {
    const AVPixelFormat in = format_for(from.format());
    const AVPixelFormat out = format_for(to.format());
    require(in != AV_PIX_FMT_NONE && out != AV_PIX_FMT_NONE,
            "a frame's pixel format cannot be converted");
    const SwsContext* before = scaler_.get();
    scaler_.reset(sws_getCachedContext(
        scaler_.release(), from.width(), from.height(), in, to.width(), to.height(), out,
        SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, nullptr, nullptr, nullptr));
    require(scaler_ != nullptr, "a frame's pixel format cannot be converted");
    if (scaler_.get() != before || from.format() != from_format_ || to.format() != to_format_) {
        from_format_ = from.format();
        to_format_ = to.format();
        set_colors(*scaler_, from_format_, to_format_);
    }
    int from_strides[4] = {}, to_strides[4] = {};
    for (int p = 0; p < 4; ++p) {
        from_strides[p] = static_cast<int>(from.planes.stride_bytes[p]);
        to_strides[p] = static_cast<int>(to.planes.stride_bytes[p]);
    }
    sws_scale(scaler_.get(), from.planes.data, from_strides, 0, from.height(), to.planes.data,
              to_strides);
}

}  // namespace reverie::libav
