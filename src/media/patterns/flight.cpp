// `flight`: a slow flight over hills, lakes and snow, under a ceiling of clouds. The camera looks
// ahead and only moves, so that the motion of every pixel follows from how far away it is.
//
// The ground is a periodic height field, drawn column by column from near to far (a "voxel space"),
// then coloured row by row; the clouds are a plane.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "src/media/patterns/mipped_texture.h"
#include "src/media/patterns/pattern_kind.h"
#include "src/media/patterns/pattern_texture.h"

namespace reverie {
namespace {

constexpr double kTurn = 2 * std::numbers::pi;
constexpr int kSide = 1024;      // of the land, in its units (texels); it repeats
constexpr float kPeak = 96;      // no mountain is higher, in units above the water
constexpr float kCeiling = 260;  // the clouds' height
constexpr float kNear = 6;       // where the search for the ground starts, in units ahead
constexpr float kFar = 1500;
constexpr float kHaze = 900;  // how far one sees on the ground; kSkyHaze: in the clouds
constexpr float kSkyHaze = 3200;
constexpr float kCloudScale = 0.8F;  // texels a unit
constexpr Texel kHazeColor{246, 214, 182, 0};

struct Camera {
    int width, height;
    double x, y, z;                 ///< to the right, up and ahead
    double horizon, center, focal;  ///< in px

    double across(double column) const { return (column - center) / focal; }
    double row_of(double up, double ahead) const { return horizon + (y - up) * focal / ahead; }
};

Camera camera_at(int width, int height, double time_s) {
    return {width,
            height,
            512 + 70 * std::sin(kTurn * time_s / 37),
            116 + 8 * std::sin(kTurn * time_s / 23),
            300 + 24 * time_s,
            0.30 * height,
            0.5 * (width - 1),
            0.85 * std::max(width, height)};
}

float smooth_step(float low, float high, float v) {
    const float t = std::clamp((v - low) / (high - low), 0.0F, 1.0F);
    return t * t * (3 - 2 * t);
}

/// The height at each texel; water is at 0.
Field make_land(uint64_t seed) {
    Field land = make_noise(kSide, 5, 7, 0.46F, seed + 31);
    const Field ridges = make_noise(kSide, 8, 6, 0.5F, seed + 32);
    const Field ranges = make_noise(kSide, 3, 2, 0.5F, seed + 33);
    for (size_t i = 0; i < land.values.size(); ++i) {
        const float ridge = 1 - std::abs(2 * ridges.values[i] - 1);
        const float range = smooth_step(0.30F, 0.72F, ranges.values[i]);
        const float hills = std::max(0.0F, land.values[i] - 0.42F) * 0.62F;
        const float mountains = range * ridge * ridge;
        const float raised = hills + mountains * smooth_step(0, 0.1F, hills);
        land.values[i] = kPeak * (1 - std::exp(-1.35F * raised));
    }
    return land;
}

Texel mix(Texel a, Texel b, float t) { return a + (b - a) * t; }

/// Colours the land, lit by a low sun from the left; the fourth value is the roughness.
MippedTexture color_land(const Field& land, uint64_t seed) {
    constexpr Texel kDeep{18, 58, 84, 0}, kShallow{64, 138, 146, 0}, kSand{226, 200, 150, 0.25F};
    constexpr Texel kMeadow{122, 148, 60, 0.7F}, kForest{40, 84, 46, 1}, kRock{134, 108, 98, 0.8F};
    constexpr Texel kSnow{250, 244, 246, 0.12F};
    const Field soil = make_noise(kSide, 16, 5, 0.6F, seed + 34);
    std::vector<Texel> texels(static_cast<size_t>(kSide) * kSide);
    for (int y = 0; y < kSide; ++y) {
        for (int x = 0; x < kSide; ++x) {
            const float h = land.at(x, y), earth = soil.at(x, y);
            const float east = land.at(x + 1, y) - land.at(x - 1, y);
            const float north = land.at(x, y + 1) - land.at(x, y - 1);
            Texel color = mix(kSand, kMeadow, smooth_step(1.2F, 5, h + 6 * (earth - 0.5F)));
            color = mix(color, kForest, smooth_step(0.40F, 0.52F, earth) * smooth_step(3, 9, h));
            const float steep = std::hypot(east, north);
            color = mix(color, kRock, smooth_step(1.5F, 2.8F, steep + 0.03F * h));
            color = mix(color, kSnow, smooth_step(50, 66, h + 30 * (earth - 0.5F) - 4 * steep));
            if (h <= 0) {
                // The depth of a lake is not stored: its shade follows the noise of the soil
                // instead.
                color = mix(kShallow, kDeep, smooth_step(0.3F, 0.6F, earth));
            }
            const float lit = (1 + 0.85F * east + 0.25F * north) /
                              std::sqrt(1 + 0.5F * (east * east + north * north));
            const float light = h <= 0 ? 1 : std::clamp(0.34F + 0.56F * lit, 0.22F, 1.25F);
            const float rough = color[3];
            color *= light;
            color[3] = rough;
            texels[static_cast<size_t>(y) * kSide + x] = color;
        }
    }
    return {kSide, std::move(texels)};
}

MippedTexture color_sky(uint64_t seed) {
    constexpr Texel kBlue{58, 112, 176, 0}, kShade{150, 130, 158, 0}, kBright{255, 242, 220, 0};
    const Field cover = make_noise(kSide, 4, 8, 0.55F, seed + 35);
    std::vector<Texel> texels(static_cast<size_t>(kSide) * kSide);
    for (int y = 0; y < kSide; ++y) {
        for (int x = 0; x < kSide; ++x) {
            const float density = smooth_step(0.44F, 0.78F, cover.at(x, y));
            const float rim = cover.at(x - 5, y) - cover.at(x + 5, y);
            const Texel cloud = mix(kBright, kShade, std::clamp(density + 2.5F * rim, 0.0F, 1.0F));
            texels[static_cast<size_t>(y) * kSide + x] =
                mix(kBlue, cloud, smooth_step(0, 0.35F, density));
        }
    }
    return {kSide, std::move(texels)};
}

/// Where a view begins in a repeating texture of kSide texels, `scale` texels per unit.
struct Origin {
    Origin(const Camera& camera, double scale)
        : u(static_cast<float>(std::fmod(camera.x * scale, kSide))),
          v(static_cast<float>(std::fmod(camera.z * scale, kSide))) {}
    float u, v;
};

/// The depths at which the ground is sampled: steps of a pixel or two; longer ones would tear the
/// outlines of far mountains.
std::vector<float> depths() {
    std::vector<float> all;
    for (float z = kNear; z < kFar; z += std::clamp(0.007F * z, 0.7F, 3.5F)) all.push_back(z);
    return all;
}

/// How far away the ground is in each row of one column; 0: there is sky.
class Column {
  public:
    explicit Column(const Field& land) : land_(land), depths_(depths()) {}

    const std::vector<float>& look(const Camera& camera, int column) {
        ahead_.assign(camera.height, 0);
        const Origin origin(camera, 1);
        const auto across = static_cast<float>(camera.across(column));
        const auto up = static_cast<float>(camera.y), focal = static_cast<float>(camera.focal);
        const auto horizon = static_cast<float>(camera.horizon);
        int filled = camera.height;  // rows from here on are known
        float before_z = kNear, before_row = static_cast<float>(camera.height);
        for (const float z : depths_) {
            const float ground = land_.sample(origin.u + across * z, origin.v + z);
            const float row = horizon + (up - ground) * focal / z;
            // On a straight line, 1/z is linear in the picture.
            const float nearness = 1 / before_z;
            const float slope = (1 / z - nearness) / std::min(row - before_row, -1e-6F);
            const int first = std::max(0, static_cast<int>(std::ceil(row)));
            while (filled > first) {
                --filled;
                const float past = std::clamp(static_cast<float>(filled) - before_row,
                                              std::min(row - before_row, 0.0F), 0.0F);
                ahead_[filled] = 1 / (nearness + slope * past);
            }
            if (filled == 0) break;
            before_z = z;
            before_row = row;
        }
        return ahead_;
    }

  private:
    const Field& land_;
    std::vector<float> depths_, ahead_;
};

/// e^(−(z / reach)²), by a table.
class Haze {
  public:
    explicit Haze(float reach) : scale_(kSteps / (kEnd * reach)) {
        for (int i = 0; i <= kSteps; ++i) {
            const float t = kEnd * static_cast<float>(i) / kSteps;
            clear_[i] = std::exp(-t * t);
        }
    }
    Texel over(Texel color, float z) const {
        const int i = static_cast<int>(std::min(z * scale_, float{kSteps}));
        return mix(kHazeColor, color, clear_[i]);
    }

  private:
    static constexpr int kSteps = 4096;
    static constexpr float kEnd = 3;
    float scale_;
    std::array<float, kSteps + 1> clear_{};
};

class Flight : public Pattern {
  public:
    Flight(int width, int height, uint64_t seed)
        : width_(width),
          height_(height),
          land_(make_land(seed)),
          ground_(color_land(land_, seed)),
          sky_(color_sky(seed)),
          leaves_(make_noise(kLeaves, 32, 4, 0.8F, seed + 36)),
          column_(land_),
          colors_(static_cast<size_t>(height) * kColumns) {}

    /// Draws a strip of columns at a time, so that its writes are close together.
    void draw(double time_s, const VideoPlanes& dst) override {
        const Camera camera = camera_at(width_, height_, time_s);
        for (int left = 0; left < width_; left += kColumns) {
            const int columns = std::min(kColumns, width_ - left);
            for (int x = 0; x < columns; ++x) paint(camera, left + x, &colors_[x]);
            for (int c = 0; c < 3; ++c) {
                const int plane = dst.format.component[c].plane;
                for (int y = 0; y < height_; ++y) {
                    uint8_t* const row = dst.data[plane] + y * dst.stride_bytes[plane] + left;
                    const Texel* const from = &colors_[static_cast<size_t>(y) * kColumns];
                    for (int x = 0; x < columns; ++x) {
                        const float v = std::min(from[x][c] + 0.5F, 255.0F);
                        row[x] = static_cast<uint8_t>(v);
                    }
                }
            }
        }
    }

  private:
    static constexpr int kLeaves = 256, kColumns = 16;
    static constexpr float kLeafScale = 4.25F;  ///< a whole number of leaf textures fits the land

    /// `to`: the column's first row; the next is kColumns further.
    void paint(const Camera& camera, int x, Texel* to) {
        const std::vector<float>& ahead = column_.look(camera, x);
        const Origin land(camera, 1), clouds(camera, kCloudScale);
        const auto across = static_cast<float>(camera.across(x));
        for (int y = 0; y < height_; ++y) {
            to[static_cast<size_t>(y) * kColumns] = ahead[y] > 0
                                                        ? ground(camera, land, across, ahead[y])
                                                        : sky(camera, clouds, across, y);
        }
    }

    Texel ground(const Camera& camera, const Origin& origin, float across, float z) const {
        const float u = origin.u + across * z, v = origin.v + z;
        const float footprint =
            footprint_of(z / static_cast<float>(camera.focal), z / static_cast<float>(camera.y));
        Texel color = ground_.at(u, v, footprint);
        const float detail = 1 - smooth_step(0.12F, 0.6F, footprint);
        if (detail > 0) {
            const float leaf = leaves_.sample(u * kLeafScale, v * kLeafScale) - 0.5F;
            color *= 1 + 0.9F * color[3] * detail * leaf;
        }
        return ground_haze_.over(color, z);
    }

    /// The footprint of a pixel that is `width` units wide and, at a grazing angle, `stretch` times
    /// as long: a value in between, which keeps detail and does not shimmer.
    static float footprint_of(float width, float stretch) {
        const float root = std::sqrt(std::max(1.0F, stretch));
        return width * root * std::sqrt(root);
    }

    Texel sky(const Camera& camera, const Origin& origin, float across, int y) const {
        const float below = static_cast<float>(camera.horizon) - static_cast<float>(y);
        const float high = kCeiling - static_cast<float>(camera.y);
        const float z = high * static_cast<float>(camera.focal) / std::max(below, 0.01F);
        if (z > 3 * kSkyHaze) return kHazeColor;
        const float u = origin.u + kCloudScale * across * z, v = origin.v + kCloudScale * z;
        const float footprint =
            footprint_of(kCloudScale * z / static_cast<float>(camera.focal), z / high);
        return sky_haze_.over(sky_.at(u, v, footprint), z);
    }

    int width_, height_;
    Field land_;
    MippedTexture ground_, sky_;
    Field leaves_;  ///< fine detail of rough land, seen from near
    Haze ground_haze_{kHaze}, sky_haze_{kSkyHaze};
    Column column_;
    std::vector<Texel> colors_;  ///< of kColumns columns, row by row
};

/// See pattern_flow(): where the point that is seen in a pixel was, for a camera that only moves.
void flow_of(int width, int height, uint64_t seed, double time_s, double earlier_s, float* flow) {
    const Field land = make_land(seed);
    const Camera now = camera_at(width, height, time_s);
    const Camera before = camera_at(width, height, earlier_s);
    Column column(land);
    for (int x = 0; x < width; ++x) {
        const std::vector<float>& ahead = column.look(now, x);
        for (int y = 0; y < height; ++y) {
            const size_t i = static_cast<size_t>(y) * width + x;
            const size_t plane = static_cast<size_t>(width) * height;
            flow[i] = flow[plane + i] = 0;
            double z = ahead[y];
            if (z <= 0) z = (kCeiling - now.y) * now.focal / std::max(now.horizon - y, 1e-3);
            const double up = now.y - (y - now.horizon) * z / now.focal;
            const double earlier_z = z + now.z - before.z;
            const double right = now.across(x) * z + now.x - before.x;
            flow[i] = static_cast<float>(before.center + right * before.focal / earlier_z - x);
            flow[plane + i] = static_cast<float>(before.row_of(up, earlier_z) - y);
        }
    }
}

}  // namespace

extern const PatternKind kFlight{
    .name = "flight",
    .help = "a slow flight over hills, lakes and snow",
    .make = [](int width, int height, uint64_t seed) -> std::unique_ptr<Pattern> {
        return std::make_unique<Flight>(width, height, seed);
    },
    .flow = flow_of,
};

}  // namespace reverie
