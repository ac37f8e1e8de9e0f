#include "src/media/sources/fit_frame.h"

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cmath>
#include <utility>

#include "src/util/error.h"

namespace reverie::libav {
namespace {

bool known(AVRational aspect) { return aspect.num > 0 && aspect.den > 0; }

/// `fitting` rounded to whole chroma samples (of `step` pixels), at least one, at most `whole`.
int fitted_side(double fitting, int whole, int step) {
    const int steps = std::max(1, static_cast<int>(std::lround(fitting / step)));
    return std::min(steps * step, whole);
}

int middle(int part, int whole, int step) { return (whole - part) / 2 / step * step; }

}  // namespace

bool FrameFitter::differs(const AVFrame& frame) const {
    const bool same_pixels = !known(frame.sample_aspect_ratio) || !known(form_.sample_aspect) ||
                             av_cmp_q(frame.sample_aspect_ratio, form_.sample_aspect) == 0;
    return frame.width != form_.width || frame.height != form_.height || !same_pixels;
}

FrameFitter::Place FrameFitter::place_of(const AVFrame& frame) const {
    if (!differs(frame)) return {0, 0, form_.width, form_.height};
    const bool shapes = known(frame.sample_aspect_ratio) && known(form_.sample_aspect);
    const double pixel =
        shapes ? av_q2d(frame.sample_aspect_ratio) / av_q2d(form_.sample_aspect) : 1;
    const double width = frame.width * pixel;
    const double scale = std::min(form_.width / width, double{1} * form_.height / frame.height);
    const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(form_.format);
    const int step_x = 1 << format->log2_chroma_w;
    const int step_y = 1 << format->log2_chroma_h;
    Place place;
    place.width = fitted_side(width * scale, form_.width, step_x);
    place.height = fitted_side(frame.height * scale, form_.height, step_y);
    place.x = middle(place.width, form_.width, step_x);
    place.y = middle(place.height, form_.height, step_y);
    return place;
}

FramePtr FrameFitter::make_frame(int width, int height) const {
    FramePtr frame = make_frame_ptr();
    frame->format = form_.format;
    frame->width = width;
    frame->height = height;
    require(av_frame_get_buffer(frame.get(), 0) >= 0, "out of memory for a video frame");
    return frame;
}

/// Copies the scaled picture to its place. swscale cannot scale into it directly, because it writes
/// past the end of its lines.
FramePtr FrameFitter::with_bars(const AVFrame& picture, const Place& place,
                                AVColorRange range) const {
    FramePtr out = make_frame(form_.width, form_.height);
    ptrdiff_t strides[4];
    std::copy(out->linesize, out->linesize + 4, strides);
    av_image_fill_black(out->data, strides, form_.format, range, form_.width, form_.height);
    const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(form_.format);
    uint8_t* corner[4] = {};
    for (int p = 0; p < 4 && out->data[p] != nullptr; ++p) {
        const int y = p == 1 || p == 2 ? place.y >> format->log2_chroma_h : place.y;
        corner[p] = out->data[p] + static_cast<ptrdiff_t>(y) * out->linesize[p] +
                    av_image_get_linesize(form_.format, place.x, p);
    }
    const uint8_t* from[4] = {picture.data[0], picture.data[1], picture.data[2], picture.data[3]};
    av_image_copy(corner, out->linesize, from, picture.linesize, form_.format, picture.width,
                  picture.height);
    return out;
}

const AVFrame& FrameFitter::fit(const AVFrame& frame) {
    if (frame.format == form_.format && !differs(frame)) return frame;
    const auto from = static_cast<AVPixelFormat>(frame.format);
    const Place place = place_of(frame);
    scaler_.reset(sws_getCachedContext(
        scaler_.release(), frame.width, frame.height, from, place.width, place.height, form_.format,
        SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, nullptr, nullptr, nullptr));
    require(scaler_ != nullptr, "this build of libav cannot convert its frames");
    FramePtr scaled = make_frame(place.width, place.height);
    const int status = sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height,
                                 scaled->data, scaled->linesize);
    if (status < 0) {
        throw Error(std::string("cannot convert a frame from ") + av_get_pix_fmt_name(from) + ": " +
                    explain(status));
    }
    const bool bars = place.width != form_.width || place.height != form_.height;
    fitted_ = bars ? with_bars(*scaled, place, frame.color_range) : std::move(scaled);
    return *fitted_;
}

}  // namespace reverie::libav
