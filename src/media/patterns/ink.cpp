// `ink`: coloured inks that swirl in water. The picture is a still texture seen through a chain of
// shears that move, along x and along y in turn: each is undone exactly, so that the motion of
// every pixel is known, and none of them changes areas, as water does not.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "src/media/patterns/mipped_texture.h"
#include "src/media/patterns/pattern_kind.h"
#include "src/media/patterns/pattern_texture.h"

namespace reverie {
namespace {

constexpr int kSide = 1024;              // of the texture
constexpr double kTexelsPerWidth = 800;  // how much of it is seen

/// Displaces along x by amount · wave(turns · y + phase), or along y by a wave in x. Lengths are in
/// shares of the view's width.
struct Shear {
    bool along_x;
    double turns, amount;
    double rate, phase;              ///< turns a second, turns
    double swell_rate, swell_phase;  ///< of the amount, which comes and goes by a third
};

constexpr std::array<Shear, 6> kShears{{{true, 0.9, 0.130, 0.031, 0.10, 0.023, 0.00},
                                        {false, 1.1, 0.120, -0.027, 0.45, 0.019, 0.30},
                                        {true, 2.3, 0.046, -0.043, 0.80, 0.031, 0.55},
                                        {false, 2.7, 0.040, 0.037, 0.20, 0.027, 0.80},
                                        {true, 5.9, 0.014, 0.061, 0.65, 0.041, 0.15},
                                        {false, 6.7, 0.012, -0.057, 0.35, 0.037, 0.60}}};

/// As std::floor, which is a call on the oldest processors, for |v| < 1e9.
template <class Real>
Real floored(Real v) {
    const auto whole = static_cast<Real>(static_cast<int32_t>(v));
    return whole - static_cast<Real>(whole > v);
}

/// About sin(2π turns), of two parabolas: as smooth as shears need, and quick.
template <class Real>
Real wave(Real turns) {
    const Real t = turns - floored(turns) - Real(0.5);
    return Real(-16) * t * (Real(0.5) - std::abs(t));
}

/// A shear at one moment.
struct Bend {
    bool along_x;
    double turns, amount, phase;
};

struct Water {
    std::array<Bend, kShears.size()> bends{};
    double sink;  ///< how far everything has drifted down

    explicit Water(double time_s) : sink(0.012 * time_s) {
        for (size_t i = 0; i < kShears.size(); ++i) {
            const Shear& s = kShears[i];
            const double swell = 1 + 0.33 * wave(s.swell_rate * time_s + s.swell_phase);
            bends[i] = {s.along_x, s.turns, s.amount * swell, s.rate * time_s + s.phase};
        }
    }
    /// From the picture to the texture, in place; both in shares of the view's width.
    void map(double& x, double& y) const {
        for (const Bend& b : bends) {
            (b.along_x ? x : y) += b.amount * wave(b.turns * (b.along_x ? y : x) + b.phase);
        }
        y -= sink;
    }
    /// Undoes map().
    void unmap(double& x, double& y) const {
        y += sink;
        for (size_t i = bends.size(); i-- > 0;) {
            const Bend& b = bends[i];
            (b.along_x ? x : y) -= b.amount * wave(b.turns * (b.along_x ? y : x) + b.phase);
        }
    }
};

/// Light that goes through water and three inks (Beer and Lambert), brighter on the side that the
/// light comes from.
MippedTexture color_ink(uint64_t seed) {
    constexpr Texel kWater{247, 241, 228, 0};
    struct Dye {
        Texel absorption;
        float from, to;  ///< noise values at which the ink is thin and thick
    };
    constexpr std::array<Dye, 3> kDyes{{{{2.9F, 2.3F, 0.75F, 0}, 0.50F, 0.84F},
                                        {{0.35F, 2.6F, 1.5F, 0}, 0.53F, 0.86F},
                                        {{0.10F, 0.75F, 2.7F, 0}, 0.54F, 0.88F}}};
    std::array<Field, kDyes.size()> noise;
    for (size_t i = 0; i < noise.size(); ++i)
        noise[i] = make_noise(kSide, 4, 7, 0.54F, seed + 51 + i);
    std::vector<Texel> texels(static_cast<size_t>(kSide) * kSide);
    for (int y = 0; y < kSide; ++y) {
        for (int x = 0; x < kSide; ++x) {
            Texel absorbed{};
            float relief = 0;
            for (size_t i = 0; i < noise.size(); ++i) {
                const float n = noise[i].at(x, y);
                float t =
                    std::clamp((n - kDyes[i].from) / (kDyes[i].to - kDyes[i].from), 0.0F, 1.0F);
                // A thin veil, then threads where the dye has gathered.
                const float thread = std::abs(std::fmod(9 * n + 0.25F, 1.0F) - 0.5F);
                t = t * (0.55F + 0.9F * thread);
                absorbed += kDyes[i].absorption * t;
                relief += t > 0 ? noise[i].at(x - 3, y - 4) - noise[i].at(x + 3, y + 4) : 0;
            }
            Texel color{};
            for (int c = 0; c < 3; ++c) color[c] = kWater[c] * std::exp(-absorbed[c]);
            texels[static_cast<size_t>(y) * kSide + x] =
                color * std::clamp(1 + 2.2F * relief, 0.7F, 1.5F);
        }
    }
    return {kSide, std::move(texels)};
}

class Ink : public Pattern {
  public:
    Ink(int width, int height, uint64_t seed)
        : width_(width), height_(height), ink_(color_ink(seed)), x_(width), y_(width) {}

    void draw(double time_s, const VideoPlanes& dst) override {
        const Water water(time_s);
        const auto texels = static_cast<float>(kTexelsPerWidth);
        const float footprint = texels / static_cast<float>(width_);
        const float sink = std::fmod(static_cast<float>(water.sink * texels), float{kSide});
        for (int row = 0; row < height_; ++row) {
            map_row(water, row);
            for (int column = 0; column < width_; ++column) {
                const Texel color =
                    ink_.at(x_[column] * texels, y_[column] * texels - sink, footprint);
                for (int c = 0; c < 3; ++c) {
                    const int plane = dst.format.component[c].plane;
                    dst.data[plane][row * dst.stride_bytes[plane] + column] =
                        static_cast<uint8_t>(std::min(color[c] + 0.5F, 255.0F));
                }
            }
        }
    }

  private:
    /// Water::map() for a row, without the sinking. One loop for each shear, so that they are
    /// vectorised.
    void map_row(const Water& water, int row) {
        const float unit = 1 / static_cast<float>(width_);
        std::fill(y_.begin(), y_.end(), static_cast<float>(row) * unit);
        for (int i = 0; i < width_; ++i) x_[i] = static_cast<float>(i) * unit;
        for (const Bend& b : water.bends) {
            const auto turns = static_cast<float>(b.turns), amount = static_cast<float>(b.amount);
            const auto phase = static_cast<float>(b.phase - floored(b.phase));
            float* const moved = b.along_x ? x_.data() : y_.data();
            const float* const by = b.along_x ? y_.data() : x_.data();
            for (int i = 0; i < width_; ++i) moved[i] += amount * wave(turns * by[i] + phase);
        }
    }

    int width_, height_;
    MippedTexture ink_;
    std::vector<float> x_, y_;  ///< of a row, in shares of the view's width
};

/// See pattern_flow().
void flow_of(int width, int height, uint64_t /*seed*/, double time_s, double earlier_s,
             float* flow) {
    const Water now(time_s), before(earlier_s);
    const size_t plane = static_cast<size_t>(width) * height;
    for (int row = 0; row < height; ++row) {
        for (int column = 0; column < width; ++column) {
            double x = static_cast<double>(column) / width, y = static_cast<double>(row) / width;
            now.map(x, y);
            before.unmap(x, y);
            const size_t i = static_cast<size_t>(row) * width + column;
            flow[i] = static_cast<float>(x * width - column);
            flow[plane + i] = static_cast<float>(y * width - row);
        }
    }
}

}  // namespace

extern const PatternKind kInk{
    .name = "ink",
    .help = "coloured inks that swirl in water",
    .make = [](int width, int height, uint64_t seed) -> std::unique_ptr<Pattern> {
        return std::make_unique<Ink>(width, height, seed);
    },
    .flow = flow_of,
};

}  // namespace reverie
