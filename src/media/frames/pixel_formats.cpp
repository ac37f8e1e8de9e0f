#include "src/media/frames/pixel_formats.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <climits>
#include <cstring>
#include <string_view>

namespace reverie::libav {
namespace {

bool has(const AVPixFmtDescriptor& d, uint64_t flag) { return (d.flags & flag) != 0; }

bool is_gray(const AVPixFmtDescriptor& d) { return d.nb_components <= 2; }

/// Samples of 8 … 16 bits, each in one or two bytes of its own, the same for all components.
bool is_plain(const AVPixFmtDescriptor& d) {
    if (has(d, AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_HWACCEL |
                   AV_PIX_FMT_FLAG_FLOAT | AV_PIX_FMT_FLAG_BAYER)) {
        return false;
    }
    if (std::string_view(d.name).substr(0, 3) == "xyz") return false;
    const int depth = d.comp[0].depth;
    if (depth < 8 || depth > 16 || (depth > 8 && has(d, AV_PIX_FMT_FLAG_BE))) return false;
    const int bytes = depth > 8 ? 2 : 1;
    for (int c = 0; c < d.nb_components; ++c) {
        const AVComponentDescriptor& comp = d.comp[c];
        if (comp.depth != depth || comp.shift != d.comp[0].shift || comp.step % bytes != 0 ||
            comp.offset % bytes != 0) {
            return false;
        }
    }
    return true;
}

PlaneComponent component_of(const AVComponentDescriptor& component, int sample_bytes) {
    return {static_cast<uint8_t>(component.plane),
            static_cast<uint8_t>(component.offset / sample_bytes),
            static_cast<uint8_t>(component.step / sample_bytes)};
}

}  // namespace

ColorMatrix matrix_of(int tag, bool rgb, int width, int height) {
    if (rgb) return ColorMatrix::rgb;
    switch (tag) {
        case AVCOL_SPC_BT709:
            return ColorMatrix::bt709;
        case AVCOL_SPC_FCC:
            return ColorMatrix::fcc;
        case AVCOL_SPC_BT470BG:
        case AVCOL_SPC_SMPTE170M:
            return ColorMatrix::bt601;
        case AVCOL_SPC_SMPTE240M:
            return ColorMatrix::smpte240;
        case AVCOL_SPC_BT2020_NCL:
        case AVCOL_SPC_BT2020_CL:
            return ColorMatrix::bt2020;
        default:
            return width > 1024 || height > 576 ? ColorMatrix::bt709 : ColorMatrix::bt601;
    }
}

int tag_of(ColorMatrix matrix) {
    switch (matrix) {
        case ColorMatrix::rgb:
            return AVCOL_SPC_RGB;
        case ColorMatrix::bt601:
            return AVCOL_SPC_SMPTE170M;
        case ColorMatrix::bt2020:
            return AVCOL_SPC_BT2020_NCL;
        case ColorMatrix::smpte240:
            return AVCOL_SPC_SMPTE240M;
        case ColorMatrix::fcc:
            return AVCOL_SPC_FCC;
        default:
            return AVCOL_SPC_BT709;
    }
}

std::optional<PixelFormat> describe(AVPixelFormat format, const ColorTags& tags, int width,
                                    int height) {
    const AVPixFmtDescriptor* d = av_pix_fmt_desc_get(format);
    if (d == nullptr || !is_plain(*d)) return std::nullopt;
    PixelFormat f;
    f.gray = is_gray(*d);
    f.bits = static_cast<uint8_t>(d->comp[0].depth);
    f.shift = static_cast<uint8_t>(d->comp[0].shift);
    f.sample_bytes = f.bits > 8 ? 2 : 1;
    f.chroma_shift_x = f.gray ? 0 : d->log2_chroma_w;
    f.chroma_shift_y = f.gray ? 0 : d->log2_chroma_h;
    f.planes = 1;
    for (int c = 0; c < (f.gray ? 1 : 3); ++c) {
        const AVComponentDescriptor& comp = d->comp[c];
        f.component[c] = component_of(comp, f.sample_bytes);
        f.planes = static_cast<uint8_t>(max_of<int>(f.planes, comp.plane + 1));
    }
    if (f.gray) f.component[1] = f.component[2] = f.component[0];
    if (has(*d, AV_PIX_FMT_FLAG_ALPHA)) {
        const AVComponentDescriptor& alpha = d->comp[d->nb_components - 1];
        f.has_alpha = true;
        f.alpha = component_of(alpha, f.sample_bytes);
        f.planes = static_cast<uint8_t>(max_of<int>(f.planes, alpha.plane + 1));
    }
    const bool rgb = has(*d, AV_PIX_FMT_FLAG_RGB);
    const bool full_by_nature = rgb || f.gray || std::strncmp(d->name, "yuvj", 4) == 0;
    f.full_range = tags.range == AVCOL_RANGE_JPEG ||
                   (full_by_nature && (tags.range == 0 || (!rgb && !f.gray)));
    f.matrix = matrix_of(tags.matrix, rgb, width, height);
    return f;
}

AVPixelFormat format_for(const PixelFormat& format) {
    AVPixelFormat with_alpha = AV_PIX_FMT_NONE;
    for (const AVPixFmtDescriptor* d = nullptr; (d = av_pix_fmt_desc_next(d)) != nullptr;) {
        const AVPixelFormat candidate = av_pix_fmt_desc_get_id(d);
        const bool rgb = has(*d, AV_PIX_FMT_FLAG_RGB);
        if (!is_plain(*d) || std::strncmp(d->name, "yuvj", 4) == 0) continue;
        if (!is_gray(*d) && rgb != (format.matrix == ColorMatrix::rgb)) continue;
        PixelFormat described = describe(candidate, {}, 1, 1).value();
        described.matrix = format.matrix;
        described.full_range = format.full_range;
        if (described == format) return candidate;
        if (without_alpha(described) == format) with_alpha = candidate;
    }
    return with_alpha;
}

AVPixelFormat nearest_known(AVPixelFormat format) {
    const AVPixFmtDescriptor* d = av_pix_fmt_desc_get(format);
    if (d == nullptr) return AV_PIX_FMT_NONE;
    if (is_plain(*d)) return format;
    if (has(*d, AV_PIX_FMT_FLAG_BE)) {
        const AVPixelFormat swapped = av_pix_fmt_swap_endianness(format);
        if (swapped != AV_PIX_FMT_NONE && is_plain(*av_pix_fmt_desc_get(swapped))) return swapped;
    }
    if (has(*d, AV_PIX_FMT_FLAG_HWACCEL)) return AV_PIX_FMT_NONE;
    const bool alpha = has(*d, AV_PIX_FMT_FLAG_ALPHA);
    if (has(*d, AV_PIX_FMT_FLAG_FLOAT) && alpha)
        return is_gray(*d) ? AV_PIX_FMT_YA16LE : AV_PIX_FMT_GBRAP16LE;
    if (has(*d, AV_PIX_FMT_FLAG_FLOAT))
        return is_gray(*d) ? AV_PIX_FMT_GRAY16LE : AV_PIX_FMT_GBRP16LE;
    if (has(*d, AV_PIX_FMT_FLAG_PAL)) return AV_PIX_FMT_RGB24;
    if (d->nb_components == 1 && d->comp[0].depth < 8) return AV_PIX_FMT_GRAY8;
    return d->comp[0].depth > 8 ? AV_PIX_FMT_RGB48LE : AV_PIX_FMT_RGB24;
}

AVPixelFormat choose(const std::vector<AVPixelFormat>& offered, const PixelFormat& source, int bits,
                     bool lossless) {
    const bool rgb_source = source.matrix == ColorMatrix::rgb && !source.gray;
    const int wanted_bits = bits > 0 ? bits : (lossless || !rgb_source ? source.bits : 8);
    const bool whole = rgb_source && lossless;
    // Players expect 4:2:0 of lossy codecs, also for RGB and gray sources.
    const int shift_x = rgb_source && !lossless ? 1 : source.chroma_shift_x;
    const int shift_y = rgb_source && !lossless ? 1 : source.chroma_shift_y;
    int best_cost = INT_MAX;
    AVPixelFormat best = AV_PIX_FMT_NONE;
    for (const AVPixelFormat format : offered) {
        const AVPixFmtDescriptor* d = av_pix_fmt_desc_get(format);
        if (d == nullptr || !is_plain(*d)) continue;
        const bool rgb = has(*d, AV_PIX_FMT_FLAG_RGB);
        const bool gray = is_gray(*d);
        if ((rgb && !whole) || (gray && !(source.gray && lossless))) continue;
        const int lost_bits = wanted_bits - d->comp[0].depth;
        const int lost_x = gray ? 0 : d->log2_chroma_w - (source.gray ? 1 : shift_x);
        const int lost_y = gray ? 0 : d->log2_chroma_h - (source.gray ? 1 : shift_y);
        int cost = lost_bits > 0 ? 1000 * lost_bits : -20 * lost_bits;
        if (!source.gray) {
            cost += lost_x > 0 ? 200 * lost_x : -30 * lost_x;
            cost += lost_y > 0 ? 200 * lost_y : -30 * lost_y;
        } else {
            cost += 30 * (std::abs(lost_x) + std::abs(lost_y)) + (lossless && !gray ? 100 : 0);
        }
        cost += whole && !rgb ? 500 : 0;
        const bool alpha = has(*d, AV_PIX_FMT_FLAG_ALPHA);
        if (alpha != source.has_alpha) cost += alpha ? 10 : 5000;
        cost += has(*d, AV_PIX_FMT_FLAG_PLANAR) ? 0 : 3;
        cost += d->comp[0].shift != 0 || d->comp[1].plane == d->comp[2].plane ? 2 : 0;
        cost += std::strncmp(d->name, "yuvj", 4) == 0 ? 1 : 0;
        if (cost < best_cost) {
            best_cost = cost;
            best = format;
        }
    }
    return best;
}

}  // namespace reverie::libav
