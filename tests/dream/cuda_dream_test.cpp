// All steps of a frame on a GPU against the same on the CPU: conversion, motion, the network
// forward and backward in every precision, the dream of many frames. A steady frame must allocate
// nothing and wait once.
#include <gtest/gtest.h>

#include <cstdlib>

#include "src/dream/motion/motion.h"
#include "src/dream/pipeline.h"
#include "src/media/frames/device_frame.h"
#include "src/media/pattern.h"
#include "src/net/execution_plan.h"
#include "tests/support/rig.h"
#include "tests/support/scenarios.h"

namespace reverie::cuda_dream_test {
namespace {

constexpr const char* kWeights = REVERIE_ROOT "/weights/googlenet.safetensors";

/// A device with a stream and a network.
struct On {
    On(const char* name, DType type)
        : device(open_device({name, 0})),
          stream(device.make_stream()),
          network(device, kWeights, type) {}
    std::vector<float> down(Pixels<const float> image) {
        std::vector<float> values(static_cast<size_t>(image.size()));
        device.download(*stream, values.data(), image.data, values.size() * sizeof(float));
        return values;
    }
    std::vector<float> gradient(const std::vector<float>& picture, int width, int height,
                                const char* objective) {
        const Image rgb(device, width, height, 3), gradient(device, width, height, 3);
        device.upload(*stream, rgb.view().data, picture.data(), picture.size() * sizeof(float));
        const std::vector<Tap> taps = resolve(network, parse_objective(objective));
        ExecutionPlan& plan = network.plan(width, height, taps);
        plan.set_taps(*stream, taps);
        plan.gradient(*stream, rgb.cview(), 5, -7, gradient.view());
        objective_value = plan.objective_value(*stream);
        return down(gradient);
    }

    test::CountingDevice device;
    std::unique_ptr<Stream> stream;
    Network network;
    double objective_value = 0;
};

double relative_l2(const std::vector<float>& got, const std::vector<float>& want) {
    double difference = 0, size = 0;
    for (size_t i = 0; i < want.size(); ++i) {
        difference += (got[i] - want[i]) * static_cast<double>(got[i] - want[i]);
        size += static_cast<double>(want[i]) * want[i];
    }
    return std::sqrt(difference / size);
}

TEST(CudaNetwork, GradientsAreTheCpus) {
    struct Case {
        DType type;
        double gradient, objective;
    };
    // Float sums on the CPU flip single rectifiers: each changes a gradient this small by a
    // hundredth.
    On cpu("cpu", DType::f32);
    for (const Case& c : {Case{DType::f32, 2e-2, 1e-4}, Case{DType::f16, 0.12, 1e-2},
                          Case{DType::bf16, 0.4, 5e-2}}) {
        On gpu(REVERIE_TEST_DEVICE, c.type);
        struct Size {
            int width, height;
        };
        for (const Size size : {Size{141, 105}, Size{321, 187}}) {
            const std::vector<float> picture = test::random_picture(size.width, size.height, 1);
            for (const char* objective : {"inception_3b", "inception_4c:17 + 0.5*conv2",
                                          "inception_4e - 0.2*inception_4a/5x5_reduce"}) {
                SCOPED_TRACE(std::string(objective) + " at " + std::to_string(size.width) +
                             " type " + std::to_string(static_cast<int>(c.type)));
                const std::vector<float> want =
                    cpu.gradient(picture, size.width, size.height, objective);
                const std::vector<float> got =
                    gpu.gradient(picture, size.width, size.height, objective);
                const double error = relative_l2(got, want);
                EXPECT_LE(error, c.gradient);
                std::cout << "type" << static_cast<int>(c.type) << "_" << size.width
                          << " gradient error " << error << "\n";
                EXPECT_NEAR(gpu.objective_value, cpu.objective_value,
                            c.objective * std::abs(cpu.objective_value));
                EXPECT_EQ(gpu.gradient(picture, size.width, size.height, objective), got)
                    << "not the same bits twice";
            }
        }
    }
}

/// Frames of a moving pattern through the whole pipeline, as the sink would get them.
std::vector<std::vector<float>> dreams(On& on, const Params& params, int frames) {
    SourceOptions options;
    options.width = 322;
    options.height = 180;
    options.duration_s = 0.04 * frames;
    const std::unique_ptr<Source> source = open_pattern("clouds", options);
    Pipeline pipeline(on.device, on.network, 0);
    DeviceFrame up(on.device);
    const Image rgb(on.device, options.width, options.height, 3);
    std::vector<std::vector<float>> shown;
    while (const std::optional<VideoFrame> frame = source->next()) {
        up.to_rgb(*on.stream, *frame, rgb.view());
        shown.push_back(on.down(pipeline.next(*on.stream, rgb.cview(),
                                              0.04 * static_cast<double>(shown.size()), params)));
    }
    return shown;
}

/// The flow between two frames of a pattern, at full size and at a quarter, as in shows. Single
/// patches may choose differently where two positions are equally good.
TEST(CudaMotion, FlowIsTheCpus) {
    SourceOptions source_options;
    source_options.width = 322;
    source_options.height = 180;
    source_options.duration_s = 0.12;
    const std::unique_ptr<Source> source = open_pattern("clouds", source_options);
    std::vector<VideoFrame> frames;
    while (std::optional<VideoFrame> frame = source->next()) frames.push_back(std::move(*frame));
    ASSERT_GE(frames.size(), 2U);
    const auto flow_on = [&](const char* name, const FlowOptions& options) {
        const std::unique_ptr<Device> device = open_device({name, 0});
        const std::unique_ptr<Stream> stream = device->make_stream();
        DeviceFrame up(*device);
        const Image a(*device, 322, 180, 3), b(*device, 322, 180, 3), flow(*device, 322, 180, 2);
        up.to_rgb(*stream, frames.front(), a.view());
        up.to_rgb(*stream, frames.back(), b.view());
        estimate_flow(*device, *stream, a, b, flow, options);
        std::vector<float> values(static_cast<size_t>(flow.view().size()));
        device->download(*stream, values.data(), flow.view().data, values.size() * sizeof(float));
        return values;
    };
    for (const FlowOptions& options :
         {FlowOptions::fast(), FlowOptions::live(), FlowOptions::fine()}) {
        const std::vector<float> want = flow_on("cpu", options);
        EXPECT_GT(test::mean_absolute(want), 0.1) << "nothing moves";
        EXPECT_LE(test::mean_distance(flow_on(REVERIE_TEST_DEVICE, options), want), 0.01);
    }
}

/// A dream that feeds on itself magnifies the last bits: two instruction sets of one CPU differ by
/// 8 of 255 after thirty frames. Only the strength of the dream stays equal.
TEST(CudaDream, ThirtyFramesBeginAsTheCpusAndStayAsStrong) {
    On cpu("cpu", DType::f32), gpu(REVERIE_TEST_DEVICE, DType::f32);
    Params none;
    none.strength = 0;
    const auto plain = dreams(cpu, none, 30);
    const auto want = dreams(cpu, Params(), 30), got = dreams(gpu, Params(), 30);
    ASSERT_EQ(got.size(), want.size());
    EXPECT_LE(test::mean_distance(got.front(), want.front()), 2.55);
    for (size_t i = 0; i < want.size(); ++i) {
        const double strength = test::mean_distance(want[i], plain[i]);
        EXPECT_NEAR(test::mean_distance(got[i], plain[i]), strength, 0.1 * strength) << i;
    }
    std::cout << "mean distance after 30 frames " << test::mean_distance(got.back(), want.back())
              << " of 255\n";
}

TEST(CudaDream, EveryPrecisionDreamsAlike) {
    On cpu("cpu", DType::f32);
    Params params;
    params.half_life = 0;
    const auto plain = [&] {
        Params none = params;
        none.strength = 0;
        return dreams(cpu, none, 2);
    }();
    const auto want = dreams(cpu, params, 2);
    const double strength = test::mean_distance(want.back(), plain.back());
    for (const DType type : {DType::f16, DType::bf16}) {
        On gpu(REVERIE_TEST_DEVICE, type);
        EXPECT_LE(test::mean_distance(dreams(gpu, params, 2).back(), want.back()), 0.5 * strength);
    }
}

/// Everything that dreams, with all its ops.
TEST(CudaDream, EachScenarioIsTheCpus) {
    for (const test::scenario::Scenario& each : test::scenario::all()) {
        SCOPED_TRACE(each.name);
        test::scenario::On cpu(open_device({"cpu", 0})), gpu(open_device({REVERIE_TEST_DEVICE, 0}));
        const auto want = each.run(cpu), got = each.run(gpu);
        ASSERT_EQ(got.size(), want.size());
        double worst = 0;
        for (size_t i = 0; i < want.size(); ++i) {
            ASSERT_EQ(got[i].size(), want[i].size()) << i;
            worst = std::max(worst, test::mean_distance(got[i], want[i]));
        }
        EXPECT_LE(worst, each.tolerance);
        std::cout << each.name << ": mean distance at most " << worst << "\n";
    }
}

TEST(CudaDream, StrengthZeroIsTheSourceToTheBit) {
    On gpu(REVERIE_TEST_DEVICE, DType::f16);
    SourceOptions options;
    options.width = 66;
    options.height = 50;
    options.duration_s = 0.04;
    const std::unique_ptr<Source> source = open_pattern("noise", options);
    const std::optional<VideoFrame> frame = source->next();
    ASSERT_TRUE(frame);
    Params params;
    params.strength = 0;
    Pipeline pipeline(gpu.device, gpu.network, 0);
    DeviceFrame up(gpu.device), back(gpu.device);
    const Image rgb(gpu.device, options.width, options.height, 3);
    up.to_rgb(*gpu.stream, *frame, rgb.view());
    VideoFrame out = make_frame(frame->format(), options.width, options.height);
    back.from_rgb(*gpu.stream, pipeline.next(*gpu.stream, rgb.cview(), 0, params), out);
    for (int y = 0; y < options.height; ++y) {
        const uint8_t* a = frame->planes.data[0] + y * frame->planes.stride_bytes[0];
        const uint8_t* b = out.planes.data[0] + y * out.planes.stride_bytes[0];
        ASSERT_TRUE(std::equal(a, a + options.width, b)) << "row " << y;
    }
}

TEST(CudaDream, ASteadyFrameAllocatesNothingAndWaitsOnce) {
    On gpu(REVERIE_TEST_DEVICE, DType::f16);
    constexpr int kWidth = 322, kHeight = 180;
    Pipeline pipeline(gpu.device, gpu.network, 0);
    DeviceFrame up(gpu.device), back(gpu.device);
    const Image rgb(gpu.device, kWidth, kHeight, 3);
    SourceOptions options;
    options.width = kWidth;
    options.height = kHeight;
    options.duration_s = 0.4;
    const std::unique_ptr<Source> source = open_pattern("clouds", options);
    DeviceCounters before;
    int frames = 0;
    while (const std::optional<VideoFrame> frame = source->next()) {
        VideoFrame out = make_frame(frame->format(), kWidth, kHeight);
        if (frames == 5) before = gpu.device.counters();
        up.to_rgb(*gpu.stream, *frame, rgb.view());
        back.from_rgb(*gpu.stream, pipeline.next(*gpu.stream, rgb.cview(), 0.04 * frames, Params()),
                      out);
        ++frames;
    }
    ASSERT_GE(frames, 8);
    EXPECT_EQ(gpu.device.counters().allocations, before.allocations);
    EXPECT_EQ(gpu.device.counters().waits - before.waits, frames - 5);
}

/// As in a render: two frames are processed at once, on two streams.
TEST(CudaDream, AFrameThatArrivesMeanwhileGivesTheSameBytes) {
    constexpr int kWidth = 322, kHeight = 180, kFrames = 12;
    On gpu(REVERIE_TEST_DEVICE, DType::f16);
    SourceOptions options;
    options.width = kWidth;
    options.height = kHeight;
    options.duration_s = 0.04 * kFrames;
    std::vector<VideoFrame> frames;
    const std::unique_ptr<Source> source = open_pattern("clouds", options);
    while (std::optional<VideoFrame> frame = source->next()) frames.push_back(std::move(*frame));
    ASSERT_EQ(frames.size(), size_t{kFrames});
    const auto outputs = [&] {
        std::vector<VideoFrame> out;
        for (const VideoFrame& f : frames) out.push_back(make_frame(f.format(), kWidth, kHeight));
        return out;
    };
    std::vector<VideoFrame> want = outputs(), got = outputs();
    {
        Pipeline pipeline(gpu.device, gpu.network, 0);
        DeviceFrame up(gpu.device), back(gpu.device);
        const Image rgb(gpu.device, kWidth, kHeight, 3);
        for (int i = 0; i < kFrames; ++i) {
            up.to_rgb(*gpu.stream, frames[i], rgb.view());
            back.from_rgb(*gpu.stream, pipeline.next(*gpu.stream, rgb, 0.04 * i, Params()),
                          want[i]);
        }
    }
    Pipeline pipeline(gpu.device, gpu.network, 0);
    const std::unique_ptr<Stream> arriving = gpu.device.make_stream(),
                                  leaving = gpu.device.make_stream();
    DeviceFrame up(gpu.device),
        backs[2]{DeviceFrame(gpu.device, leaving.get()), DeviceFrame(gpu.device, leaving.get())};
    const Image rgb[2]{{gpu.device, kWidth, kHeight, 3}, {gpu.device, kWidth, kHeight, 3}};
    for (int i = 0; i < kFrames; ++i) {
        up.to_rgb(*arriving, frames[i], rgb[i % 2].view());
        backs[i % 2].begin_from_rgb(
            *gpu.stream, pipeline.next(*gpu.stream, rgb[i % 2], 0.04 * i, Params(), arriving.get()),
            got[i]);
        backs[(i + 1) % 2].finish();
    }
    backs[(kFrames + 1) % 2].finish();
    for (int i = 0; i < kFrames; ++i) {
        for (int p = 0; p < 3; ++p) {
            for (int y = 0; y < kHeight; ++y) {
                const auto row_of = [&](const VideoFrame& f) {
                    return f.planes.data[p] + y * f.planes.stride_bytes[p];
                };
                ASSERT_TRUE(std::equal(row_of(want[i]), row_of(want[i]) + kWidth, row_of(got[i])))
                    << "frame " << i << ", plane " << p << ", row " << y;
            }
        }
    }
}

TEST(CudaDream, RecordedWorkGivesTheSameBytes) {
    const auto dream = [](On& gpu, int64_t& replayed) {
        constexpr int kWidth = 161, kHeight = 99;
        Params params;
        const std::vector<float> picture = test::random_picture(kWidth, kHeight, 1);
        const size_t bytes = picture.size() * sizeof(float);
        const Image frame(gpu.device, kWidth, kHeight, 3), residual(gpu.device, kWidth, kHeight, 3);
        gpu.device.upload(*gpu.stream, frame.view().data, picture.data(), bytes);
        gpu.device.clear(*gpu.stream, residual.view().data, bytes);
        Dreamer dreamer(gpu.network, 0);
        for (uint32_t index = 0; index < 6; ++index)
            dreamer.dream(*gpu.stream, frame.cview(), params, index, residual.view());
        replayed = dreamer.replayed();
        return gpu.down(residual);
    };
    int64_t replayed = 0, none = 0;
    On gpu(REVERIE_TEST_DEVICE, DType::f16);
    const std::vector<float> recorded = dream(gpu, replayed);
    ::setenv("REVERIE_CUDA_GRAPHS", "0", 1);
    const std::vector<float> direct = dream(gpu, none);
    ::unsetenv("REVERIE_CUDA_GRAPHS");
    EXPECT_GE(replayed, 3) << "nothing could be captured";
    EXPECT_EQ(none, 0);
    EXPECT_EQ(recorded, direct);
}

}  // namespace
}  // namespace reverie::cuda_dream_test
