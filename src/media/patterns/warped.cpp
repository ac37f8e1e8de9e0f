// `clouds` and `noise`: a periodic texture sampled through a warp of known flow (see
// pattern.h).
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numbers>

#include "src/media/patterns/pattern_kind.h"
#include "src/media/patterns/pattern_texture.h"

namespace reverie {
namespace {

constexpr int kWaves = 3;
constexpr double kTurn = 2 * std::numbers::pi;

/// One plane wave of the warp: displaces by `amount` (shares of the view's width) along (dx, dy).
struct Wave {
    double kx, ky;  ///< turns over the view's width
    double rate;    ///< turns a second
    double phase;   ///< turns
    double dx, dy;
    double amount;
};

/// W_t: pixel to texel, the shape of a frame at one moment.
struct Warp {
    double a, b;  ///< texel = (a·x − b·y, b·x + a·y) + offset + waves, from the centre of the view
    double offset_x, offset_y;
    double center_x, center_y;
    double width_px;
    double texels_per_px;
    std::array<Wave, kWaves> waves;
    double time_s;
    int wave_count;

    double phase_of(const Wave& w, double x, double y) const {
        return kTurn * (w.kx * x / width_px + w.ky * y / width_px + w.rate * time_s + w.phase);
    }
    double reach_of(const Wave& w) const { return w.amount * width_px * texels_per_px; }
    void map(double x, double y, double& u, double& v) const {
        x -= center_x;
        y -= center_y;
        u = a * x - b * y + offset_x;
        v = b * x + a * y + offset_y;
        for (int i = 0; i < wave_count; ++i) {
            const double s = reach_of(waves[i]) * std::sin(phase_of(waves[i], x, y));
            u += s * waves[i].dx;
            v += s * waves[i].dy;
        }
    }
};

/// Side of the texture and how large it is shown: one texel a pixel up to 1365 pixels of width,
/// larger beyond.
struct Scale {
    int side;
    double texels_per_px;
};

Scale scale_for(int width) {
    constexpr int kSmallest = 256;
    constexpr int kLargest = 2048;
    Scale scale{kSmallest, 1};
    while (scale.side < kLargest && scale.side < width * 3 / 2) scale.side *= 2;
    scale.texels_per_px = std::min(1.0, scale.side * 0.625 / width);
    return scale;
}

Warp warp_at(bool waves, int width, int height, double time_s) {
    Warp w{};
    const Scale scale = scale_for(width);
    w.texels_per_px = scale.texels_per_px;
    w.width_px = width;
    w.center_x = 0.5 * (width - 1);
    w.center_y = 0.5 * (height - 1);
    w.time_s = time_s;
    const double speed = width * scale.texels_per_px;  // texels to the view's width
    const double angle = 0.20 * std::sin(kTurn * time_s / 41) + (waves ? 0.0 : 0.03 * time_s);
    const double zoom = scale.texels_per_px * (1 + 0.10 * std::sin(kTurn * time_s / 29));
    w.a = zoom * std::cos(angle);
    w.b = zoom * std::sin(angle);
    w.offset_x = speed * (0.030 * time_s + 0.37);
    w.offset_y = speed * (0.011 * time_s + 0.59);
    w.waves = {Wave{0.9, 0.5, 0.050, 0.10, 0.3, -0.95, 0.020},
               Wave{-0.6, 1.3, 0.037, 0.45, 0.9, 0.4, 0.016},
               Wave{1.7, -1.1, 0.071, 0.80, -0.6, 0.8, 0.007}};
    w.wave_count = waves ? kWaves : 0;
    return w;
}

/// The texture through the warp, bilinear. Along a row each wave is a sum of two products of tables
/// (the addition theorem).
class WarpedTexture : public Pattern {
  public:
    WarpedTexture(const ColorTexture& texture, bool waves, int width, int height)
        : size_(texture.size), waves_(waves), width_(width), height_(height), u_(width), v_(width) {
        for (int y = 0; y < size_; ++y) {
            const uint32_t* row = texture.texels.data() + static_cast<size_t>(y) * size_;
            texels_.insert(texels_.end(), row, row + size_);
            texels_.push_back(row[0]);
        }
        const Warp warp = warp_at(waves, width, height, 0);
        for (int i = 0; i < warp.wave_count; ++i) {
            const Wave& wave = warp.waves[i];
            for (int x = 0; x < width; ++x) {
                const double phase = kTurn * wave.kx * (x - warp.center_x) / width;
                sin_[i].push_back(static_cast<float>(std::sin(phase)));
                cos_[i].push_back(static_cast<float>(std::cos(phase)));
            }
        }
    }

    void draw(double time_s, const VideoPlanes& dst) override {
        const Warp warp = warp_at(waves_, width_, height_, time_s);
        for (int y = 0; y < height_; ++y) {
            row_coordinates(warp, y);
            uint8_t* r = dst.data[2] + y * dst.stride_bytes[2];
            uint8_t* g = dst.data[0] + y * dst.stride_bytes[0];
            uint8_t* b = dst.data[1] + y * dst.stride_bytes[1];
            // Prefetches what later rows need first: no hardware prefetcher follows a slanted row.
            for (int x = 0; x < width_; x += kPrefetchEvery)
                __builtin_prefetch(row_at(v_[x] + (kPrefetchRows << kFraction)) + column_at(u_[x]));
            for (int x = 0; x < width_; ++x) {
                const uint64_t rgb = texel(u_[x], v_[x]);
                r[x] = static_cast<uint8_t>(rgb);
                g[x] = static_cast<uint8_t>(rgb >> 16U);
                b[x] = static_cast<uint8_t>(rgb >> 32U);
            }
        }
    }

  private:
    static constexpr int kFraction = 8;
    static constexpr int kPrefetchEvery = 8, kPrefetchRows = 3;
    // Two texels' channels at once.
    using Bytes __attribute__((vector_size(16))) = uint8_t;
    using Words __attribute__((vector_size(16))) = uint16_t;
    using Halves __attribute__((vector_size(16))) = uint64_t;

    /// u_, v_: texel coordinates of a row, with kFraction bits behind the point.
    void row_coordinates(const Warp& warp, int row) {
        constexpr double kOne = 1 << kFraction;
        const double y = row - warp.center_y;
        const double u0 = kOne * (warp.offset_x - warp.a * warp.center_x - warp.b * y) + 0.5;
        const double v0 = kOne * (warp.offset_y - warp.b * warp.center_x + warp.a * y) + 0.5;
        const double side = kOne * size_;
        const auto u_base = static_cast<float>(
            u0 - side * std::floor(u0 / side));  // small, so that floats are exact
        const auto v_base = static_cast<float>(v0 - side * std::floor(v0 / side));
        const auto a = static_cast<float>(kOne * warp.a);
        const auto b = static_cast<float>(kOne * warp.b);
        std::array<float, kWaves> s{}, c{}, dx{}, dy{};
        for (int i = 0; i < warp.wave_count; ++i) {
            const Wave& wave = warp.waves[i];
            const double phase = warp.phase_of(wave, 0, y);
            s[i] = static_cast<float>(std::sin(phase));
            c[i] = static_cast<float>(std::cos(phase));
            dx[i] = static_cast<float>(kOne * warp.reach_of(wave) * wave.dx);
            dy[i] = static_cast<float>(kOne * warp.reach_of(wave) * wave.dy);
        }
        // Truncation acts as floor here: values that could be negative are lifted by whole periods.
        const auto lift = static_cast<float>(side);
        fu_.resize(width_);
        fv_.resize(width_);
        for (int x = 0; x < width_; ++x) {
            fu_[x] = u_base + a * static_cast<float>(x) + lift;
            fv_[x] = v_base + b * static_cast<float>(x) + lift;
        }
        for (int i = 0; i < warp.wave_count; ++i) {
            const float* sin_x = sin_[i].data();
            const float* cos_x = cos_[i].data();
            for (int x = 0; x < width_; ++x) {
                const float wave = sin_x[x] * c[i] + cos_x[x] * s[i];
                fu_[x] += wave * dx[i];
                fv_[x] += wave * dy[i];
            }
        }
        for (int x = 0; x < width_; ++x) {
            u_[x] = static_cast<int32_t>(fu_[x]);
            v_[x] = static_cast<int32_t>(fv_[x]);
        }
    }

    uint32_t column_at(int32_t u) const {
        return (static_cast<uint32_t>(u) >> kFraction) & (static_cast<uint32_t>(size_) - 1);
    }
    const uint32_t* row_at(int32_t v) const {
        return texels_.data() + static_cast<size_t>(column_at(v)) * (size_ + 1);
    }
    /// A texel and its right neighbour, in 16 bits a channel.
    static Words pair_at(const uint32_t* texel) {
        Halves bits{};
        memcpy(&bits, texel, 2 * sizeof *texel);
        return (Words)__builtin_shufflevector((Bytes)bits, Bytes{}, 0, 16, 1, 17, 2, 18, 3, 19, 4,
                                              20, 5, 21, 6, 22, 7, 23);
    }
    static Words pair_of(uint32_t left, uint32_t right) {
        constexpr uint64_t kEach = 0x0001000100010001U;
        return (Words)Halves{left * kEach, right * kEach};
    }

    /// R, G and B, 16 bits each.
    uint64_t texel(int32_t u, int32_t v) const {
        const uint32_t fx = static_cast<uint32_t>(u) & 0xFFU;
        const uint32_t fy = static_cast<uint32_t>(v) & 0xFFU;
        const uint32_t w11 = (fx * fy + 128) >> 8U;
        const uint32_t w10 = fx - w11;
        const uint32_t w01 = fy - w11;
        const uint32_t w00 = 256 - fx - fy + w11;
        const uint32_t x = column_at(u);
        const auto sums = (Halves)(pair_at(row_at(v) + x) * pair_of(w00, w10) +
                                   pair_at(row_at(v + (1 << kFraction)) + x) * pair_of(w01, w11));
        const Halves swapped = __builtin_shufflevector(sums, sums, 1, 0);
        constexpr uint16_t kHalf = 128;
        return ((Halves)(((Words)sums + (Words)swapped + kHalf) >> 8))[0];
    }

    int size_;
    std::vector<uint32_t> texels_;  ///< rows of size_ + 1: the first of a row follows its last
    bool waves_;
    int width_, height_;
    std::vector<int32_t> u_, v_;
    std::vector<float> fu_, fv_;
    std::array<std::vector<float>, kWaves> sin_, cos_;
};

/// See pattern_flow().
void flow_of(bool waves, int width, int height, double time_s, double earlier_s, float* flow) {
    const Warp now = warp_at(waves, width, height, time_s);
    const Warp before = warp_at(waves, width, height, earlier_s);
    const double norm = before.a * before.a + before.b * before.b;
    // The waves' slope is below 0.5, so each iteration at least halves the error.
    constexpr int kIterations = 24;
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            double u = 0;
            double v = 0;
            now.map(x, y, u, v);
            double px = x;
            double py = y;
            for (int i = 0; i < kIterations; ++i) {
                double pu = 0;
                double pv = 0;
                before.map(px, py, pu, pv);
                const double du = u - pu;
                const double dv = v - pv;
                px += (before.a * du + before.b * dv) / norm;
                py += (-before.b * du + before.a * dv) / norm;
            }
            const size_t i = static_cast<size_t>(y) * width + x;
            flow[i] = static_cast<float>(px - x);
            flow[static_cast<size_t>(width) * height + i] = static_cast<float>(py - y);
        }
    }
}

}  // namespace

extern const PatternKind kClouds{
    .name = "clouds",
    .help = "billows of light and shade that drift and sway",
    .make = [](int width, int height, uint64_t seed) -> std::unique_ptr<Pattern> {
        return std::make_unique<WarpedTexture>(make_clouds(scale_for(width).side, seed), true,
                                               width, height);
    },
    .flow = [](int width, int height, uint64_t /*seed*/, double time_s, double earlier_s,
               float* flow) { flow_of(true, width, height, time_s, earlier_s, flow); },
};

extern const PatternKind kNoise{
    .name = "noise",
    .help = "grain of all sizes that turns and drifts: something to be tracked everywhere",
    .make = [](int width, int height, uint64_t seed) -> std::unique_ptr<Pattern> {
        return std::make_unique<WarpedTexture>(make_grain(scale_for(width).side, seed), false,
                                               width, height);
    },
    .flow = [](int width, int height, uint64_t /*seed*/, double time_s, double earlier_s,
               float* flow) { flow_of(false, width, height, time_s, earlier_s, flow); },
};

}  // namespace reverie
