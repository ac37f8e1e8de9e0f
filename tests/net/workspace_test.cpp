// Convolutions work in a part of their plan's memory: it is counted, nobody else writes to it, and
// what a plan takes is never more than was said.
#include <gtest/gtest.h>

#include <cmath>

#include "src/net/execution_plan.h"
#include "src/net/network.h"
#include "src/util/error.h"
#include "src/util/size.h"
#include "tests/support/small_gpu.h"

namespace reverie::workspace_test {
namespace {

using test::SmallGpu;

constexpr const char* kWeights = REVERIE_ROOT "/weights/googlenet.safetensors";

std::vector<float> wavy_picture(int width, int height) {
    std::vector<float> values(static_cast<size_t>(width) * height * 3);
    for (size_t i = 0; i < values.size(); ++i)
        values[i] = 125 + 100 * std::sin(0.37F * static_cast<float>(i % 1009));
    return values;
}

/// A network on a device of the test's.
struct OnDevice {
    explicit OnDevice(Device& on)
        : device(on), stream(on.make_stream()), network(on, kWeights, DType::f32) {}

    std::vector<Tap> taps(const std::vector<const char*>& layers) const {
        std::vector<Tap> taps;
        for (const char* layer : layers) taps.push_back(network.tap(layer, -1, 1));
        return taps;
    }
    std::vector<float> gradient(int width, int height, const std::vector<Tap>& of) {
        const std::vector<float> picture = wavy_picture(width, height);
        const Image rgb(device, width, height, 3), out(device, width, height, 3);
        const size_t bytes = picture.size() * sizeof(float);
        device.upload(*stream, rgb.view().data, picture.data(), bytes);
        ExecutionPlan& plan = network.plan(width, height, of);
        plan.set_taps(*stream, of);
        plan.gradient(*stream, rgb, 3, -5, out);
        std::vector<float> values(picture.size());
        device.download(*stream, values.data(), out.view().data, bytes);
        return values;
    }

    Device& device;
    std::unique_ptr<Stream> stream;
    Network network;
};

const std::vector<std::vector<const char*>> kObjectives = {
    {"conv2"}, {"inception_3b", "inception_4c/3x3"}, {"inception_5b", "conv2", "pool4/3x3_s2"}};

TEST(Workspace, APlanNeverTakesMoreThanWasSaid) {
    constexpr size_t kCoefficients = 200000;  // bytes of a plan's own: two floats a channel
    SmallGpu gpu;
    const std::unique_ptr<Device> cpu = open_device({"cpu", 2});
    OnDevice plain(*cpu);
    for (const auto& layers : kObjectives) {
        for (const Size size : {Size{65, 47}, Size{33, 97}, Size{161, 129}}) {
            SCOPED_TRACE(layers[0] + std::to_string(size.width));
            OnDevice on(gpu);
            const std::vector<Tap> taps = on.taps(layers);
            const size_t said = on.network.memory_needed(size.width, size.height, taps);
            const size_t before = gpu.bytes();
            const size_t planned = on.network.plan(size.width, size.height, taps).memory_bytes();
            EXPECT_LE(planned, said);
            EXPECT_LE(gpu.bytes() - before, said + kCoefficients);
            EXPECT_GE(gpu.bytes() - before, planned);
            const size_t without = plain.network.memory_needed(size.width, size.height, taps);
            EXPECT_GT(planned, without) << "workspaces are not counted";
        }
    }
}

TEST(Workspace, NobodyElseWritesToIt) {
    SmallGpu gpu;
    OnDevice on(gpu);
    const std::unique_ptr<Device> cpu = open_device({"cpu", 2});
    OnDevice plain(*cpu);
    for (const auto& layers : kObjectives) {
        const std::vector<Tap> taps = on.taps(layers);
        EXPECT_EQ(on.gradient(65, 47, taps), plain.gradient(65, 47, taps)) << layers[0];
    }
    EXPECT_EQ(gpu.disturbed(), 0);
}

TEST(NetworkMemory, LessIsTakenOnceThereIsNoMore) {
    SmallGpu gpu;
    OnDevice on(gpu);
    const std::vector<Tap> taps = on.taps({"conv2"});
    EXPECT_FALSE(on.network.take_less(OutOfMemory("nothing to give"))) << "there is no plan yet";
    EXPECT_EQ(on.network.memory_limit(), SIZE_MAX);
    const size_t before = gpu.bytes();
    const std::vector<float> gradient = on.gradient(65, 47, taps);
    const size_t taken = on.network.plan(65, 47, taps).memory_bytes();
    EXPECT_TRUE(on.network.take_less(OutOfMemory("somebody else's")));
    EXPECT_EQ(gpu.bytes(), before) << "something of the plans is still there";
    EXPECT_EQ(on.network.memory_limit(), taken / 4 * 3);
    EXPECT_EQ(on.network.take_shortage(), "somebody else's");
    EXPECT_EQ(on.network.take_shortage(), std::nullopt);
    EXPECT_FALSE(on.network.take_less(OutOfMemory("again"))) << "it has given all";
    EXPECT_EQ(on.gradient(65, 47, taps), gradient);
}

TEST(NetworkMemory, WorkIsDoneAgainForAsLongAsThatHelps) {
    SmallGpu gpu;
    OnDevice on(gpu);
    const std::vector<Tap> taps = on.taps({"conv2"});
    const size_t needed = on.network.plan(65, 47, taps).memory_bytes();
    on.network.take_less(OutOfMemory("to begin with"));
    on.network.limit_memory(SIZE_MAX);
    gpu.limit(gpu.bytes() + needed * 2 / 3);
    std::vector<size_t> limits;
    const auto work = [&] {
        limits.push_back(on.network.memory_limit());
        on.network.plan(65, 47, taps);
    };
    EXPECT_THROW(on.network.make_do(work), OutOfMemory);
    ASSERT_GE(limits.size(), 2U);
    for (size_t i = 1; i < limits.size(); ++i) EXPECT_LT(limits[i], limits[i - 1]);
    limits.clear();
    on.network.limit_memory(SIZE_MAX);
    on.network.make_do([&] {
        limits.push_back(on.network.memory_limit());
        const bool small = on.network.memory_needed(65, 47, taps) > limits.back();
        on.network.plan(small ? 39 : 65, small ? 31 : 47, taps);
    });
    EXPECT_EQ(limits.size(), 2U);
}

}  // namespace
}  // namespace reverie::workspace_test
