// `inkblot`: ink on folded paper, the same on both sides of the fold.
#include <algorithm>
#include <array>
#include <cmath>

#include "src/media/patterns/pattern_kind.h"
#include "src/media/patterns/pattern_texture.h"

namespace reverie {
namespace {

/// Rounds v, 0 … 255, to nearest.
uint8_t rounded(float v) {
    const float lifted = v + 0.5F;
    return static_cast<uint8_t>(lifted);
}

/// Ink on folded paper: a slowly changing threshold on drifting noise, the same on both sides of
/// the fold.
class Inkblot : public Pattern {
  public:
    Inkblot(int width, int height, uint64_t seed)
        : width_(width),
          height_(height),
          broad_(make_noise(kSide, 4, 5, 0.5F, seed)),
          fine_(make_noise(kSide, 8, 5, 0.6F, seed + 11)),
          grain_(static_cast<size_t>(width) * height) {
        const Field paper = make_noise(kSide, 32, 4, 0.8F, seed + 12);
        for (int y = 0; y < height; ++y) {
            for (int x = 0; x < width; ++x) {
                grain_[static_cast<size_t>(y) * width + x] = paper.at(x, y) - 0.5F;
            }
        }
    }

    void draw(double time_s, const VideoPlanes& dst) override {
        const auto t = static_cast<float>(time_s);
        const float unit = 250.0F / static_cast<float>(height_);  // texels a pixel
        const float middle = 0.5F * static_cast<float>(width_ - 1);
        for (int y = 0; y < height_; ++y) {
            const float v =
                (static_cast<float>(y) + 0.5F - 0.5F * static_cast<float>(height_)) * unit;
            for (int x = 0; x < (width_ + 1) / 2; ++x) {
                const float u = (middle - static_cast<float>(x)) * unit;
                const float ink = ink_at(u, v, t);
                const size_t row_start = static_cast<size_t>(y) * width_;
                const std::array<float, 3> left = shade(ink, grain_[row_start + x]);
                const std::array<float, 3> right = shade(ink, grain_[row_start + width_ - 1 - x]);
                for (int c = 0; c < 3; ++c) {
                    const int plane = dst.format.component[c].plane;
                    uint8_t* row = dst.data[plane] + y * dst.stride_bytes[plane];
                    row[x] = rounded(left[c]);
                    row[width_ - 1 - x] = rounded(right[c]);
                }
            }
        }
    }

  private:
    static constexpr int kSide = 512;

    /// How much ink stands at u texels from the fold, v from the middle line (the view is 250
    /// high); the blot's edge is 0.
    float ink_at(float u, float v, float t) const {
        const float wobble = 90 * (broad_.sample(u * 0.7F + 311, v * 0.7F - 4.1F * t) - 0.5F);
        const float a = broad_.sample(u + wobble + 40, v + 7.3F * t);
        const float b = fine_.sample(u * 0.9F - 5.1F * t, v * 0.9F + wobble + 77);
        const float body = 1 - (u * u / (138.0F * 138.0F) + v * v / (104.0F * 104.0F));
        return 0.85F * (0.6F * a + 0.4F * b - 0.5F) + 0.21F * std::max(body, -1.5F) + 0.02F;
    }

    /// Ink is darker where it pools and where its edge dried last; paper round it is stained a
    /// little.
    static std::array<float, 3> shade(float ink, float grain) {
        if (ink < -0.09F) return {240 + 14 * grain, 231 + 14 * grain, 212 + 16 * grain};
        const float cover = std::clamp(ink * 34 + 0.5F, 0.0F, 1.0F);
        const float wash = std::clamp(ink * 3.4F, 0.0F, 1.0F);
        const float rim = 1 / (1 + ink * ink * 1600);
        const float stain = std::clamp(0.5F + ink * 6, 0.0F, 1.0F) * 0.12F;
        const std::array<float, 3> paper{240 + 14 * grain, 231 + 14 * grain, 212 + 16 * grain};
        const std::array<float, 3> thin{84 + 60 * grain, 70 + 56 * grain, 104 + 50 * grain};
        constexpr std::array<float, 3> kDeep{14, 12, 26};
        std::array<float, 3> rgb{};
        for (int c = 0; c < 3; ++c) {
            const float inked =
                thin[c] + (kDeep[c] - thin[c]) * std::clamp(wash + 0.6F * rim, 0.0F, 1.0F);
            const float dry = paper[c] * (1 - stain);
            rgb[c] = std::clamp(dry + (inked - dry) * cover, 0.0F, 255.0F);
        }
        return rgb;
    }

    int width_, height_;
    Field broad_, fine_;
    std::vector<float> grain_;  ///< of the paper, −0.5 … 0.5
};

}  // namespace

extern const PatternKind kInkblot{
    .name = "inkblot",
    .help = "ink that flows on folded paper, the same on both sides",
    .make = [](int width, int height, uint64_t seed) -> std::unique_ptr<Pattern> {
        return std::make_unique<Inkblot>(width, height, seed);
    },
    .flow = nullptr,
};

}  // namespace reverie
