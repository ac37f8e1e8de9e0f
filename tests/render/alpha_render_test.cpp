// Dreams on pictures with transparent parts, from source frame to output frame.
#include <gtest/gtest.h>

#include "src/render/param_schedule.h"
#include "src/render/render_job.h"
#include "tests/support/lagging_device.h"
#include "tests/support/runtime.h"

namespace reverie {
namespace {

constexpr int kAlphaFrames = 3;

/// Keeps what it is given, as R, G, B, alpha.
class KeptAlpha : public Sink {
  public:
    KeptAlpha(Size size, const PixelFormat& format) : size_(size), format_(format) {}
    const PixelFormat& format() const override { return format_; }
    VideoFrame acquire() override { return make_frame(format_, size_.width, size_.height); }
    void write(const VideoFrame& frame) override { frames.push_back(frame); }
    void finish() override {}

    std::vector<VideoFrame> frames;

  private:
    Size size_;
    PixelFormat format_;
};

uint8_t at(const VideoFrame& frame, int x, int y, int c) {
    return frame.planes.data[0][y * frame.planes.stride_bytes[0] + 4 * x + c];
}

/// A green disc with a soft rim on transparent pixels, whose hidden colour is magenta.
VideoFrame disc(int side, int shift) {
    VideoFrame frame = make_frame(packed_rgba(8), side, side);
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            const double from_centre = std::hypot(x - side / 2.0 - shift, y - side / 2.0);
            const double alpha = 255 * std::clamp(side / 4.0 - from_centre, 0.0, 4.0) / 4;
            uint8_t* pixel = frame.planes.data[0] + y * frame.planes.stride_bytes[0] + 4 * x;
            const bool seen = std::lround(alpha) > 0;
            pixel[0] = seen ? 30 : 255;
            pixel[1] = seen ? 180 : 0;
            pixel[2] = seen ? 60 : 255;
            pixel[3] = static_cast<uint8_t>(std::lround(alpha));
        }
    }
    return frame;
}

std::vector<VideoFrame> render(std::unique_ptr<Device> device, Size size, const char* strength,
                               const std::string& objective = "conv2",
                               const PixelFormat& format = packed_rgba(8)) {
    Runtime runtime = test::machine_on(std::move(device));
    ParamOptions options;
    options.sets = {"objective=" + objective, "octaves=1", "iterations=1", strength};
    const ParamSchedule schedule(options, Params());
    KeptAlpha sink(size, format);
    RenderJob job;
    std::vector<VideoFrame> input;
    for (int i = 0; i < kAlphaFrames; ++i) input.push_back(disc(65, 2 * i));
    size_t next = 0;
    job.next = [&]() -> std::optional<DreamInput> {
        if (next == input.size()) return std::nullopt;
        const auto pts = static_cast<int64_t>(next);
        return DreamInput{&input[next++], pts, 1};
    };
    job.size = size;
    job.time_base = {1, 25};
    job.output = "kept";
    run_render_job(job, schedule, runtime, sink, true);
    return sink.frames;
}

TEST(AlphaRender, StrengthZeroIsTheSourceToTheBit) {
    const std::vector<VideoFrame> frames = render(open_device({"cpu"}), {65, 65}, "strength=0");
    ASSERT_EQ(frames.size(), size_t{kAlphaFrames});
    for (int i = 0; i < kAlphaFrames; ++i) {
        const VideoFrame want = disc(65, 2 * i);
        for (int y = 0; y < 65; ++y)
            for (int x = 0; x < 65; ++x)
                for (int c = 0; c < 4; ++c)
                    ASSERT_EQ(at(frames[i], x, y, c), at(want, x, y, c)) << x << ", " << y;
    }
}

TEST(AlphaRender, TheDreamLeavesAlphaAndShowsNoHiddenColor) {
    const std::vector<VideoFrame> frames = render(open_device({"cpu"}), {65, 65}, "strength=1");
    int changed = 0;
    for (int i = 0; i < kAlphaFrames; ++i) {
        const VideoFrame source = disc(65, 2 * i);
        for (int y = 0; y < 65; ++y) {
            for (int x = 0; x < 65; ++x) {
                ASSERT_EQ(at(frames[i], x, y, 3), at(source, x, y, 3));
                changed += at(frames[i], x, y, 1) != at(source, x, y, 1) ? 1 : 0;
                const bool magenta = at(frames[i], x, y, 0) > 200 && at(frames[i], x, y, 1) < 60 &&
                                     at(frames[i], x, y, 2) > 200;
                ASSERT_FALSE(magenta) << x << ", " << y;
            }
        }
    }
    EXPECT_GT(changed, 65 * 65);
}

/// A mask of its alpha leaves the other part to the bit, as it lies over black, whatever the alpha of
/// the frame before was, and in an output that has none.
TEST(AlphaRender, AlphaSaysWhereItIsDreamed) {
    for (const auto& [objective, left] :
         {std::pair{"conv2@alpha", 0}, std::pair{"conv2@1-alpha", 255}}) {
        const std::vector<VideoFrame> frames = render(open_device({"cpu"}), {65, 65}, "strength=1",
                                                      objective, without_alpha(packed_rgba(8)));
        for (int i = 0; i < kAlphaFrames; ++i) {
            const VideoFrame source = disc(65, 2 * i);
            int changed = 0;
            for (int y = 0; y < 65; ++y) {
                for (int x = 0; x < 65; ++x) {
                    const int alpha = at(source, x, y, 3);
                    for (int c = 0; c < 3; ++c) {
                        const int over_black = alpha * at(source, x, y, c) / 255;
                        const int got = at(frames[i], x, y, c);
                        if (alpha == left) {
                            EXPECT_EQ(got, over_black) << objective << ": " << x << ", " << y;
                        }
                        changed += std::abs(got - over_black) > 1 ? 1 : 0;
                    }
                }
            }
            EXPECT_GT(changed, 200) << objective;
        }
    }
}

/// Scaling mixes colours in proportion to their alpha: the rim stays green.
TEST(AlphaRender, AnotherSizeMixesNoHiddenColorIn) {
    for (const int side : {33, 101}) {
        const std::vector<VideoFrame> frames =
            render(open_device({"cpu"}), {side, side}, "strength=0");
        int seen = 0, rim = 0;
        for (int y = 0; y < side; ++y) {
            for (int x = 0; x < side; ++x) {
                const int alpha = at(frames[0], x, y, 3);
                if (alpha < 8) continue;
                ++seen;
                rim += alpha < 250 ? 1 : 0;
                EXPECT_NEAR(at(frames[0], x, y, 0), 30, 6) << side << ": " << x << ", " << y;
                EXPECT_NEAR(at(frames[0], x, y, 1), 180, 12) << alpha;
                EXPECT_NEAR(at(frames[0], x, y, 2), 60, 8);
            }
        }
        EXPECT_GT(rim, side);
        EXPECT_NEAR(seen, 3.14 * side * side / 16, side * 1.5);
    }
}

/// Work that a device does late changes nothing: there, two frames are processed at a time.
TEST(AlphaRender, ADeviceThatLagsGivesTheSame) {
    for (const char* strength : {"strength=0", "strength=1"}) {
        const auto now = render(open_device({"cpu"}), {65, 65}, strength);
        const auto late = render(std::make_unique<test::LaggingDevice>(), {65, 65}, strength);
        ASSERT_EQ(now.size(), late.size());
        for (size_t i = 0; i < now.size(); ++i)
            for (int y = 0; y < 65; ++y)
                ASSERT_EQ(std::memcmp(&now[i].planes.data[0][y * now[i].planes.stride_bytes[0]],
                                      &late[i].planes.data[0][y * late[i].planes.stride_bytes[0]],
                                      size_t{4} * 65),
                          0)
                    << strength << " " << i << " " << y;
    }
}

}  // namespace
}  // namespace reverie
