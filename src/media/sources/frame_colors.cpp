#include "src/media/sources/frame_colors.h"

extern "C" {
#include <libavutil/parseutils.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cmath>
#include <cstring>

#include "src/media/frames/pixel_formats.h"
#include "src/media/srgb_curve.h"
#include "src/util/error.h"

namespace reverie {
namespace {

using namespace libav;  // NOLINT(google-build-using-namespace): this file wraps libav

const AVPixFmtDescriptor& descriptor(int format) {
    return *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(format));
}

bool has(const AVPixFmtDescriptor& d, uint64_t flag) { return (d.flags & flag) != 0; }

/// Is any pixel transparent? A palette whose alpha is 0 throughout counts as opaque.
bool has_transparent_palette(const AVFrame& frame) {
    if (!has(descriptor(frame.format), AV_PIX_FMT_FLAG_PAL) || frame.data[1] == nullptr)
        return false;
    std::array<uint32_t, 256> colors{};
    std::memcpy(colors.data(), frame.data[1], sizeof colors);
    bool some_opaque = false, some_transparent = false;
    for (int y = 0; y < frame.height; ++y) {
        const uint8_t* row = frame.data[0] + static_cast<ptrdiff_t>(y) * frame.linesize[0];
        for (int x = 0; x < frame.width; ++x) {
            const uint32_t alpha = colors[row[x]] >> 24U;
            some_opaque |= alpha != 0;
            some_transparent |= alpha != 255;
        }
    }
    return some_opaque && some_transparent;
}

/// One component of a frame, 8 … 16 bits in one or two bytes; set() only where the low one is
/// first.
class Samples {
  public:
    Samples(AVFrame& frame, int component)
        : frame_(frame), at_(descriptor(frame.format).comp[component]) {}
    unsigned get(int x, int y) const {
        const uint8_t* sample = place(x, y);
        if (at_.depth <= 8) return sample[0] >> static_cast<unsigned>(at_.shift);
        const bool big_endian = has(descriptor(frame_.format), AV_PIX_FMT_FLAG_BE);
        const unsigned value =
            big_endian ? sample[0] << 8U | sample[1] : sample[0] | sample[1] << 8U;
        return value >> static_cast<unsigned>(at_.shift);
    }
    void set(int x, int y, unsigned value) const {
        uint8_t* sample = place(x, y);
        value <<= static_cast<unsigned>(at_.shift);
        sample[0] = static_cast<uint8_t>(value);
        if (at_.depth > 8) sample[1] = static_cast<uint8_t>(value >> 8U);
    }

  private:
    uint8_t* place(int x, int y) const {
        return frame_.data[at_.plane] + static_cast<ptrdiff_t>(y) * frame_.linesize[at_.plane] +
               static_cast<ptrdiff_t>(x) * at_.step + at_.offset;
    }
    AVFrame& frame_;
    const AVComponentDescriptor& at_;
};

bool is_opaque(AVFrame& frame, int alpha_component, unsigned most) {
    const Samples alpha(frame, alpha_component);
    for (int y = 0; y < frame.height; ++y)
        for (int x = 0; x < frame.width; ++x)
            if (alpha.get(x, y) != most) return false;
    return true;
}

/// Old programs leave the fourth byte 0: a frame with a picture and with alpha 0 throughout is
/// opaque.
bool is_unused_alpha(AVFrame& frame, int alpha_component) {
    const Samples alpha(frame, alpha_component);
    bool picture = false;
    for (int y = 0; y < frame.height; ++y) {
        for (int x = 0; x < frame.width; ++x) {
            if (alpha.get(x, y) != 0) return false;
            picture |= Samples(frame, 0).get(x, y) != Samples(frame, 0).get(0, 0);
        }
    }
    return picture;
}

/// The mean alpha of a block of 2^shift_x × 2^shift_y pixels, or of the part of it inside the
/// picture.
double mean_alpha(const Samples& alpha, const AVFrame& frame, std::array<int, 2> cell,
                  std::array<int, 2> shift) {
    const int x_end = std::min((cell[0] + 1) << shift[0], frame.width);
    const int y_end = std::min((cell[1] + 1) << shift[1], frame.height);
    double sum = 0;
    int count = 0;
    for (int y = cell[1] << shift[1]; y < y_end; ++y) {
        for (int x = cell[0] << shift[0]; x < x_end; ++x, ++count) sum += alpha.get(x, y);
    }
    return sum / std::max(count, 1);
}

float* float_row(const AVFrame& frame, const AVComponentDescriptor& at, int y) {
    return reinterpret_cast<float*>(
        frame.data[at.plane] + static_cast<ptrdiff_t>(y) * frame.linesize[at.plane] + at.offset);
}

bool is_opaque_float(const AVFrame& frame) {
    const AVPixFmtDescriptor& d = descriptor(frame.format);
    const AVComponentDescriptor& alpha = d.comp[d.nb_components - 1];
    const size_t step = static_cast<size_t>(alpha.step) / sizeof(float);
    for (int y = 0; y < frame.height; ++y) {
        const float* a = float_row(frame, alpha, y);
        for (int x = 0; x < frame.width; ++x)
            if (!(a[x * step] >= 1)) return false;
    }
    return true;
}

/// Adds the background to linear light, as far as `frame`'s alpha lets it through. Renderers store
/// linear colours premultiplied, so these need no factor.
void lay_linear_over(AVFrame& frame, const std::array<double, 3>& background) {
    const AVPixFmtDescriptor& d = descriptor(frame.format);
    const AVComponentDescriptor& alpha = d.comp[d.nb_components - 1];
    for (int c = 0; c + 1 < d.nb_components; ++c) {
        const double behind = light_of_srgb(background[c]);
        for (int y = 0; y < frame.height; ++y) {
            const float* a = float_row(frame, alpha, y);
            float* v = float_row(frame, d.comp[c], y);
            const size_t step = static_cast<size_t>(d.comp[c].step) / sizeof(float);
            for (int x = 0; x < frame.width; ++x) {
                const float through = 1 - std::clamp(a[x * step], 0.0F, 1.0F);
                v[x * step] += through * static_cast<float>(behind);
            }
        }
    }
}

/// Makes linear colours straight, which renderers store premultiplied. Light where alpha is 0 has
/// no straight colour and stays as it is.
void divide_by_alpha(AVFrame& frame) {
    const AVPixFmtDescriptor& d = descriptor(frame.format);
    for (int y = 0; y < frame.height; ++y) {
        const float* a = float_row(frame, d.comp[d.nb_components - 1], y);
        for (int c = 0; c + 1 < d.nb_components; ++c) {
            float* v = float_row(frame, d.comp[c], y);
            const size_t step = static_cast<size_t>(d.comp[c].step) / sizeof(float);
            for (int x = 0; x < frame.width; ++x)
                if (a[x * step] > 0 && a[x * step] < 1) v[x * step] /= a[x * step];
        }
    }
}

/// For integer samples. Float samples have 32 bits: a 64-bit shift avoids undefined behaviour.
unsigned largest_sample(const AVPixFmtDescriptor& d) {
    return static_cast<unsigned>((uint64_t{1} << static_cast<unsigned>(d.comp[0].depth)) - 1);
}

}  // namespace

bool means_its_alpha(AVCodecID codec) {
    switch (codec) {
        case AV_CODEC_ID_PRORES:
        case AV_CODEC_ID_VP8:
        case AV_CODEC_ID_VP9:
        case AV_CODEC_ID_HAP:
        case AV_CODEC_ID_CFHD:
        case AV_CODEC_ID_DNXHD:
        case AV_CODEC_ID_PNG:
        case AV_CODEC_ID_QTRLE:
            return true;
        default:
            return false;
    }
}

FrameColors::FrameColors(const AVFrame& first, ColorTags& tags, const TransparentParts& parts) {
    const AVPixFmtDescriptor& d = descriptor(first.format);
    // Float samples without a transfer curve in the tags are linear.
    linear_ = has(d, AV_PIX_FMT_FLAG_FLOAT) &&
              (first.color_trc == AVCOL_TRC_UNSPECIFIED || first.color_trc == AVCOL_TRC_LINEAR);
    if (linear_) {
        tags.transfer = AVCOL_TRC_IEC61966_2_1;
        notes_.emplace_back("linear light, shown as sRGB; values above 1.0 become white");
    }
    find_stored(first, parts.keep);
    stored_pixels_ = describe(stored_, tags, first.width, first.height).value();
    find_alpha(first, parts);
    if (!keep_alpha_) stored_pixels_ = without_alpha(stored_pixels_);
    find_profile(first, tags);
}

void FrameColors::find_stored(const AVFrame& first, bool keep) {
    stored_ = has_transparent_palette(first)
                  ? AV_PIX_FMT_RGBA
                  : nearest_known(static_cast<AVPixelFormat>(first.format));
    require(stored_ != AV_PIX_FMT_NONE, "its pixel format is not supported");
    // Linear light is laid over the background before it is converted to the stored format.
    if (linear_ && !keep && stored_ == AV_PIX_FMT_GBRAP16LE) stored_ = AV_PIX_FMT_GBRP16LE;
    if (linear_ && !keep && stored_ == AV_PIX_FMT_YA16LE) stored_ = AV_PIX_FMT_GRAY16LE;
}

void FrameColors::find_alpha(const AVFrame& first, const TransparentParts& parts) {
    const std::string& background = parts.background;
    uint8_t rgba[4] = {};
    if (!background.empty() && av_parse_color(rgba, background.c_str(), -1, nullptr) < 0)
        throw UsageError("--background " + background + ": expected a colour, as white or #204060");
    for (int c = 0; c < 3; ++c) background_[c] = rgba[c] / 255.0;
    const AVPixFmtDescriptor& d = descriptor(first.format);
    FramePtr shown(av_frame_clone(&first));
    require(shown != nullptr, "out of memory for a video frame");
    const bool alpha = has(d, AV_PIX_FMT_FLAG_ALPHA) && !has(d, AV_PIX_FMT_FLAG_PAL);
    const bool linear_alpha = alpha && linear_ && !is_opaque_float(first);
    const bool direct = alpha && !linear_ && has(descriptor(stored_), AV_PIX_FMT_FLAG_ALPHA);
    const unsigned most = largest_sample(d);
    if (direct && !parts.always_meant && is_unused_alpha(*shown, d.nb_components - 1)) {
        alpha_unused_ = true;
        notes_.emplace_back("its alpha is 0 throughout, and is left out");
        return;
    }
    transparent_from_first_ = has_transparent_palette(first) || linear_alpha ||
                              (direct && !is_opaque(*shown, d.nb_components - 1, most));
    keep_alpha_ = parts.keep && stored_pixels_.has_alpha;
    if (transparent_from_first_ && !keep_alpha_) {
        notes_.push_back(
            "transparent parts are laid over " +
            (background.empty() ? "black; --background takes another colour" : background));
    }
}

/// Finds the profile that converts the stored colours to sRGB, if one is needed.
void FrameColors::find_profile(const AVFrame& first, ColorTags& tags) {
    const AVFrameSideData* icc = av_frame_get_side_data(&first, AV_FRAME_DATA_ICC_PROFILE);
    if (icc == nullptr) return;
    try {
        auto profile =
            std::make_unique<ProfileToSrgb>(std::span(icc->data, icc->size), stored_pixels_);
        if (profile->is_identity()) return;
        profile_ = std::move(profile);
    } catch (const Error& error) {
        notes_.push_back(std::string(error.what()) + " and is left out");
        return;
    }
    notes_.push_back("its colour profile '" + profile_->name() + "' was converted to sRGB");
    tags.primaries = AVCOL_PRI_BT709;
    tags.transfer = AVCOL_TRC_IEC61966_2_1;
    tags.matrix = AVCOL_SPC_RGB;
    tags.range = AVCOL_RANGE_JPEG;
}

void FrameColors::begin(AVFrame& decoded) {
    if (!linear_ || !has(descriptor(decoded.format), AV_PIX_FMT_FLAG_FLOAT)) return;
    require(av_frame_make_writable(&decoded) >= 0, "out of memory for a video frame");
    const bool alpha = has(descriptor(decoded.format), AV_PIX_FMT_FLAG_ALPHA);
    if (alpha && keep_alpha_) divide_by_alpha(decoded);
    if (alpha && !keep_alpha_ && !is_opaque_float(decoded)) {
        ++transparent_frames_;
        lay_linear_over(decoded, background_);
    }
    linear_to_srgb(decoded);
}

/// The background as a sample of stored().
double FrameColors::background_of(int component) const {
    const PixelFormat& f = stored_pixels_;
    const double most = std::pow(2.0, f.bits) - 1, unit = std::pow(2.0, f.bits - 8);
    if (f.matrix == ColorMatrix::rgb && !f.gray) return background_[component] * most;
    double kr = 0.2126, kb = 0.0722;
    if (f.matrix == ColorMatrix::bt601 || f.matrix == ColorMatrix::rgb) kr = 0.299, kb = 0.114;
    if (f.matrix == ColorMatrix::bt2020) kr = 0.2627, kb = 0.0593;
    if (f.matrix == ColorMatrix::smpte240) kr = 0.212, kb = 0.087;
    if (f.matrix == ColorMatrix::fcc) kr = 0.30, kb = 0.11;
    const double y = kr * background_[0] + (1 - kr - kb) * background_[1] + kb * background_[2];
    if (component == 0) return f.full_range ? y * most : (16 + 219 * y) * unit;
    const double chroma = component == 1 ? (background_[2] - y) / (2 * (1 - kb))
                                         : (background_[0] - y) / (2 * (1 - kr));
    return 128 * unit + chroma * (f.full_range ? most : 224 * unit);
}

void FrameColors::lay_over(AVFrame& frame) {
    const AVPixFmtDescriptor& d = descriptor(stored_);
    if (alpha_unused_ || !has(d, AV_PIX_FMT_FLAG_ALPHA)) return;
    const unsigned most = largest_sample(d);
    const int alpha_component = d.nb_components - 1;
    if (is_opaque(frame, alpha_component, most)) return;
    ++transparent_frames_;
    if (keep_alpha_) return;
    require(av_frame_make_writable(&frame) >= 0, "out of memory for a video frame");
    const Samples alpha(frame, alpha_component);
    for (int c = 0; c < alpha_component; ++c) {
        const bool chroma = c > 0 && !has(d, AV_PIX_FMT_FLAG_RGB);
        const std::array<int, 2> shift{chroma ? d.log2_chroma_w : 0, chroma ? d.log2_chroma_h : 0};
        const int columns = AV_CEIL_RSHIFT(frame.width, shift[0]);
        const int rows = AV_CEIL_RSHIFT(frame.height, shift[1]);
        const double behind = background_of(c);
        const Samples samples(frame, c);
        for (int y = 0; y < rows; ++y) {
            for (int x = 0; x < columns; ++x) {
                const double a = mean_alpha(alpha, frame, {x, y}, shift) / most;
                const double value = a * samples.get(x, y) + (1 - a) * behind;
                samples.set(x, y, static_cast<unsigned>(std::lround(value)));
            }
        }
    }
}

}  // namespace reverie
