// The patterns move exactly as pattern_flow() says.
#include "src/media/pattern.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <optional>

#include "src/util/error.h"

namespace reverie {
namespace {

constexpr int kWidth = 160;
constexpr int kHeight = 90;

SourceOptions small() {
    SourceOptions options;
    options.width = kWidth;
    options.height = kHeight;
    return options;
}

float bilinear(const VideoPlanes& planes, int plane, float x, float y) {
    const int ix = static_cast<int>(std::floor(x));
    const int iy = static_cast<int>(std::floor(y));
    const float u = x - static_cast<float>(ix);
    const float v = y - static_cast<float>(iy);
    auto at = [&](int px, int py) {
        return static_cast<float>(planes.data[plane][py * planes.stride_bytes[plane] + px]);
    };
    return (1 - v) * ((1 - u) * at(ix, iy) + u * at(ix + 1, iy)) +
           v * ((1 - u) * at(ix, iy + 1) + u * at(ix + 1, iy + 1));
}

TEST(Pattern, FramesFollowTheFlow) {
    struct Case {
        std::string name;
        double most;  ///< of the difference that is left; hills that hide others uncover much
    };
    for (const auto& [name, most] :
         {Case{"clouds", 0.25}, {"noise", 0.25}, {"walker", 0.25}, {"ink", 0.3}, {"flight", 0.4}}) {
        const std::unique_ptr<Source> source = open_pattern(name, small());
        const VideoFrame earlier = source->next().value();
        for (int skipped = 0; skipped < 4; ++skipped) source->next();
        const VideoFrame now = source->next().value();
        std::vector<float> flow(2 * kWidth * kHeight);
        ASSERT_TRUE(pattern_flow(name, small(), 5.0 / 25, 0, flow.data()));
        double moved = 0;
        double still = 0;
        double length = 0;
        int count = 0;
        for (int y = 4; y < kHeight - 4; ++y) {
            for (int x = 4; x < kWidth - 4; ++x) {
                const float dx = flow[y * kWidth + x];
                const float dy = flow[kWidth * kHeight + y * kWidth + x];
                const float px = static_cast<float>(x) + dx;
                const float py = static_cast<float>(y) + dy;
                if (px < 0 || py < 0 || px >= kWidth - 1 || py >= kHeight - 1) continue;
                const float value =
                    bilinear(now.planes, 0, static_cast<float>(x), static_cast<float>(y));
                moved += std::abs(bilinear(earlier.planes, 0, px, py) - value);
                still += std::abs(
                    bilinear(earlier.planes, 0, static_cast<float>(x), static_cast<float>(y)) -
                    value);
                length += std::hypot(dx, dy);
                ++count;
            }
        }
        EXPECT_GT(length / count, 0.5) << name;
        EXPECT_LT(moved / count, most * still / count)
            << name << ": " << moved / count << " of " << still / count;
    }
}

TEST(Pattern, FlowsThereAndBackCancel) {
    for (const auto& [width, height] : {std::pair{1, 1}, {7, 5}, {33, 17}}) {
        SourceOptions options;
        options.width = width;
        options.height = height;
        const int size = width * height;
        std::vector<float> there(2 * size), same(2 * size);
        ASSERT_TRUE(pattern_flow("clouds", options, 3.2, 3.2, same.data()));
        for (const float v : same) EXPECT_NEAR(v, 0, 1e-4);
        for (const std::string name : {"walker", "flight", "ink"}) {
            ASSERT_TRUE(pattern_flow(name, options, 3.2, 3.2, same.data()));
            for (const float v : same) EXPECT_NEAR(v, 0, 1e-4) << name;
        }
        ASSERT_TRUE(pattern_flow("noise", options, 1.04, 1, there.data()));
        for (const float v : there) EXPECT_TRUE(std::isfinite(v));
    }
}

TEST(Pattern, SizesSeedsAndLength) {
    for (const std::string& name : pattern_names()) {
        for (const auto& [width, height] : {std::pair{1, 1}, {7, 5}, {33, 17}}) {
            SourceOptions options;
            options.width = width;
            options.height = height;
            options.duration_s = 0.2;
            const std::unique_ptr<Source> source = open_pattern(name, options);
            EXPECT_EQ(source->info().frame_count, 5);
            int64_t count = 0;
            while (const std::optional<VideoFrame> frame = source->next()) {
                EXPECT_EQ(frame->width(), width);
                EXPECT_EQ(frame->pts, count++);
            }
            EXPECT_EQ(count, 5);
        }
        SourceOptions other = small();
        other.seed = 2;
        const VideoFrame a = open_pattern(name, small())->next().value();
        const VideoFrame b = open_pattern(name, small())->next().value();
        const VideoFrame c = open_pattern(name, other)->next().value();
        const size_t bytes = a.planes.stride_bytes[0] * static_cast<size_t>(kHeight - 1) + kWidth;
        EXPECT_EQ(std::memcmp(a.planes.data[0], b.planes.data[0], kWidth), 0);
        EXPECT_NE(std::memcmp(a.planes.data[0], c.planes.data[0], bytes), 0);
    }
    EXPECT_FALSE(pattern_flow("inkblot", small(), 1, 0, nullptr));
    EXPECT_THROW(open_source("pattern:cloud"), UsageError);
}

TEST(Pattern, StartIsTheSameMomentLater) {
    SourceOptions late = small();
    late.start_s = 0.2;
    const std::unique_ptr<Source> whole = open_pattern("clouds", small());
    for (int i = 0; i < 5; ++i) whole->next();
    const VideoFrame a = whole->next().value();
    const VideoFrame b = open_pattern("clouds", late)->next().value();
    EXPECT_EQ(b.pts, 0);
    EXPECT_EQ(std::memcmp(a.planes.data[0], b.planes.data[0], kWidth), 0);
}

}  // namespace
}  // namespace reverie
