// The processing of one frame: strength 0 gives the source; the residual follows the motion, fades,
// and restarts where it must.
#include "src/dream/pipeline.h"

#include <gtest/gtest.h>

#include "src/media/frames/device_frame.h"
#include "src/media/pattern.h"
#include "tests/support/rig.h"

namespace reverie::pipeline_test {
namespace {

using test::mean_absolute;
using test::mean_distance;
using test::quick_params;
using test::random_picture;
using test::Rig;

constexpr int kWidth = 96, kHeight = 72;

std::vector<float> difference(const std::vector<float>& a, const std::vector<float>& b) {
    std::vector<float> d(a.size());
    for (size_t i = 0; i < a.size(); ++i) d[i] = a[i] - b[i];
    return d;
}

class PipelineTest : public testing::Test {
  protected:
    std::vector<float> next(Pipeline& pipeline, const std::vector<float>& frame, double time_s,
                            const Params& params, int width = kWidth, int height = kHeight) {
        const Image image = rig_.up(frame, width, height);
        return rig_.down(pipeline.next(*rig_.stream, image, time_s, params));
    }
    Pipeline make() { return {rig_.device, rig_.network, 0}; }

    Rig rig_;
};

TEST_F(PipelineTest, StrengthZeroIsTheSourceToTheBit) {
    Pipeline pipeline = make();
    Params params = quick_params();
    params.strength = 0;
    for (int k = 0; k < 3; ++k) {
        std::vector<float> frame = random_picture(kWidth, kHeight, 3 + k);
        frame[7] = 301.5F;
        frame[11] = -44.25F;
        EXPECT_EQ(next(pipeline, frame, 0.04 * k, params), frame);
    }
}

TEST_F(PipelineTest, WithoutHalfLifeEachFrameIsDreamedAnew) {
    Pipeline pipeline = make();
    Params params = quick_params();
    params.half_life = 0;
    Dreamer dreamer(rig_.network, 0);
    for (uint32_t k = 0; k < 3; ++k) {
        const std::vector<float> values = random_picture(kWidth, kHeight, 3 + k);
        const Image frame = rig_.up(values, kWidth, kHeight);
        Image residual = rig_.up(std::vector<float>(values.size()), kWidth, kHeight);
        dreamer.dream(*rig_.stream, frame, params, k, residual);
        const std::vector<float> added = rig_.down(residual);
        const std::vector<float> got = next(pipeline, values, 0.04 * k, params);
        for (size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], values[i] + added[i], 1e-3);
    }
}

TEST_F(PipelineTest, AStaticVideoComesToASteadyDream) {
    Pipeline pipeline = make();
    Params params = quick_params();
    params.half_life = 0.2F;
    const std::vector<float> frame = random_picture(kWidth, kHeight, 3);
    std::vector<double> strength;
    for (int k = 0; k < 60; ++k) {
        strength.push_back(mean_distance(next(pipeline, frame, 0.04 * k, params), frame));
    }
    EXPECT_GT(strength[5], 1.5 * strength[0]);         // it grows at first
    EXPECT_NEAR(strength[59] / strength[40], 1, 0.1);  // and then no more
}

TEST_F(PipelineTest, BeginsAnewWhereTheSizeChangesOrTimeGoesBack) {
    Params params = quick_params();
    params.jitter = 0;  // so that the frame's number has no effect
    const std::vector<float> frame = random_picture(kWidth, kHeight, 3);
    Pipeline fresh = make();
    const std::vector<float> first = next(fresh, frame, 0, params);

    Pipeline pipeline = make();
    next(pipeline, random_picture(64, 48, 4), 0, params, 64, 48);
    next(pipeline, random_picture(64, 48, 4), 0.04, params, 64, 48);
    EXPECT_EQ(next(pipeline, frame, 0.08, params), first);
    EXPECT_NE(next(pipeline, frame, 0.12, params), first);
    EXPECT_EQ(next(pipeline, frame, 0.02, params), first);
    EXPECT_NE(next(pipeline, frame, 0.06, params), first);
}

TEST_F(PipelineTest, FadesByHalfInAHalfLife) {
    Pipeline pipeline = make();
    Params params = quick_params();
    params.flow = false;
    params.half_life = 0.5F;
    const std::vector<float> frame = random_picture(kWidth, kHeight, 3);
    const std::vector<float> dreamed = difference(next(pipeline, frame, 0, params), frame);
    params.iterations = 0;
    const std::vector<float> later = difference(next(pipeline, frame, 0.5, params), frame);
    for (size_t i = 0; i < later.size(); ++i) ASSERT_NEAR(later[i], dreamed[i] / 2, 1e-3);
}

TEST_F(PipelineTest, SameSeedSameBytes) {
    Params params = quick_params();
    std::vector<std::vector<float>> runs;
    for (int run = 0; run < 2; ++run) {
        Pipeline pipeline = make();
        for (int k = 0; k < 3; ++k) {
            runs.push_back(
                next(pipeline, random_picture(kWidth, kHeight, 3 + k), 0.04 * k, params));
        }
    }
    for (int k = 0; k < 3; ++k) EXPECT_EQ(runs[k], runs[3 + k]);
}

TEST_F(PipelineTest, AllocatesNothingInASteadyFrame) {
    Pipeline pipeline = make();
    Params params = quick_params();
    params.zoom = 1.1F;
    params.occlusion = 0.7F;
    const Image frames[] = {rig_.up(random_picture(kWidth, kHeight, 3), kWidth, kHeight),
                            rig_.up(random_picture(kWidth, kHeight, 4), kWidth, kHeight)};
    for (int k = 0; k < 3; ++k) pipeline.next(*rig_.stream, frames[k % 2], 0.04 * k, params);
    const int before = rig_.device.allocations;
    for (int k = 3; k < 6; ++k) pipeline.next(*rig_.stream, frames[k % 2], 0.04 * k, params);
    EXPECT_EQ(rig_.device.allocations, before);
}

/// Clouds, whose motion is known exactly, dreamed with and without flow.
class KnownMotion : public PipelineTest {
  protected:
    struct Result {
        double error = 0;     ///< of each residual against the last one, carried along the motion
        double strength = 0;  ///< mean |residual|
    };

    Result run(bool flow) {
        SourceOptions options;
        options.width = 192;
        options.height = 128;
        options.fps = {kFps, 1};
        const auto source = open_pattern("clouds", options);
        Pipeline pipeline = make();
        DeviceFrame upload(rig_.device);
        Params params = quick_params();
        params.flow = flow;
        Image rgb(rig_.device, options.width, options.height, 3);
        Image last(rig_.device, options.width, options.height, 3),
            carried(rig_.device, options.width, options.height, 3);
        Image known(rig_.device, options.width, options.height, 2);
        Result result;
        for (int k = 0; k < kFrames; ++k) {
            const std::optional<VideoFrame> frame = source->next();
            upload.to_rgb(*rig_.stream, *frame, rgb);
            const Pixels<const float> shown =
                pipeline.next(*rig_.stream, rgb, 1.0 * k / kFps, params);
            if (k >= kFrames / 2) {
                std::vector<float> motion(2 * options.width * options.height);
                pattern_flow("clouds", options, 1.0 * k / kFps, 1.0 * (k - 1) / kFps,
                             motion.data());
                rig_.device.upload(*rig_.stream, known.view().data, motion.data(),
                                   motion.size() * sizeof(float));
                rig_.device.ops().warp(*rig_.stream, last, known, carried);
                const std::vector<float> now = difference(rig_.down(shown), rig_.down(rgb));
                result.error += mean_distance(now, rig_.down(carried));
                result.strength += mean_absolute(now);
            }
            rig_.device.ops().add_scaled(*rig_.stream, shown, -1, rgb, last);
        }
        return result;
    }

    static constexpr int kFrames = 16, kFps = 8;
};

TEST_F(KnownMotion, TheDreamSticksToTheScene) {
    const Result with = run(true), without = run(false);
    EXPECT_LT(with.error / with.strength, 0.8 * without.error / without.strength);
}

}  // namespace
}  // namespace reverie::pipeline_test
