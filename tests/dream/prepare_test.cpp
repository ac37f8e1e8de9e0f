// Plans that are made in the background: meanwhile the dream stays as before, to the bit;
// afterwards it is the same as with a plan that was waited for.
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "src/dream/dreamer.h"
#include "src/net/execution_plan.h"
#include "src/util/error.h"
#include "tests/support/rig.h"

namespace reverie::prepare_test {
namespace {

constexpr int kWidth = 113, kHeight = 79;
constexpr const char* kWeights = REVERIE_ROOT "/weights/googlenet.safetensors";

/// A gate: whoever makes a convolution waits while it is closed.
class Gate {
  public:
    void close() { set(true); }
    void open() { set(false); }
    void fail() {
        const std::lock_guard lock(mutex_);
        fails_ = true;
    }
    int passed() {
        const std::lock_guard lock(mutex_);
        return passed_;
    }
    void pass() {
        std::unique_lock lock(mutex_);
        ++passed_;
        changed_.wait(lock, [this] { return !closed_; });
        if (fails_) throw OutOfMemory("injected");
    }

  private:
    void set(bool closed) {
        {
            const std::lock_guard lock(mutex_);
            closed_ = closed;
        }
        changed_.notify_all();
    }
    std::mutex mutex_;
    std::condition_variable changed_;
    bool closed_ = false, fails_ = false;
    int passed_ = 0;
};

class GatedEngine : public test::ForwardingEngine {
  public:
    GatedEngine(std::unique_ptr<ConvEngine> inner, Gate& gate)
        : ForwardingEngine(std::move(inner)), gate_(gate) {}
    std::unique_ptr<Conv> make(const ConvSpec& spec, const std::string& key,
                               const std::vector<float>& weights,
                               const std::vector<float>& bias) override {
        gate_.pass();
        return ForwardingEngine::make(spec, key, weights, bias);
    }

  private:
    Gate& gate_;
};

class GatedDevice : public test::ForwardingDevice {
  public:
    explicit GatedDevice(Gate& gate) : ForwardingDevice(open_device({"cpu", 2})), gate_(gate) {}
    std::unique_ptr<ConvEngine> make_conv_engine(DType type, ConvKind kind) override {
        return std::make_unique<GatedEngine>(ForwardingDevice::make_conv_engine(type, kind), gate_);
    }

  private:
    Gate& gate_;
};

struct PrepareTest : testing::Test {
    ~PrepareTest() override { gate.open(); }

    std::vector<float> dream(Dreamer& dreamer, const Params& params, float scale = 1) {
        const size_t bytes = picture.size() * sizeof(float);
        device.upload(*stream, frame.view().data, picture.data(), bytes);
        device.clear(*stream, residual.view().data, bytes);
        Portion portion;
        portion.scale = scale;
        dreamer.dream(*stream, frame.cview(), params, 3, residual.view(), portion);
        std::vector<float> values(picture.size());
        device.download(*stream, values.data(), residual.view().data, bytes);
        return values;
    }
    /// Dreams with `params` until the prepared plan is used.
    std::vector<float> dream_until_prepared(Dreamer& dreamer, const Params& params,
                                            float scale = 1) {
        std::vector<float> values;
        for (int i = 0; i < 2000; ++i) {
            values = dream(dreamer, params, scale);
            if (!dreamer.preparing()) return values;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        ADD_FAILURE() << "the plans never came";
        return values;
    }

    Gate gate;
    GatedDevice device{gate};
    std::unique_ptr<Stream> stream = device.make_stream();
    Network network{device, kWeights, DType::f32};
    std::vector<float> picture = test::random_picture(kWidth, kHeight, 1);
    Image frame{device, kWidth, kHeight, 3}, residual{device, kWidth, kHeight, 3};
};

TEST_F(PrepareTest, TheOldDreamGoesOnUntilTheNewPlansAreThere) {
    test::Rig rig;  // where every plan is waited for
    Params before = test::quick_params(), after = before;
    before.octaves = after.octaves = 2;
    after.objective = parse_objective("inception_4a + 0.5*conv2");
    Dreamer dreamer(network, 0), waiting(rig.network, 0);
    dreamer.prepare_beside();
    const std::vector<float> old = dream(dreamer, before);
    EXPECT_FALSE(dreamer.preparing());
    gate.close();
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(dream(dreamer, after), old);
        EXPECT_TRUE(dreamer.preparing());
        EXPECT_EQ(dreamer.dreamed(), before.objective);
    }
    gate.open();
    const std::vector<float> got = dream_until_prepared(dreamer, after);
    EXPECT_EQ(dreamer.dreamed(), after.objective);
    const Image there = rig.up(picture, kWidth, kHeight);
    const Image added = rig.up(std::vector<float>(picture.size(), 0.0F), kWidth, kHeight);
    waiting.dream(*rig.stream, there, after, 3, added);
    EXPECT_EQ(got, rig.down(added));
    EXPECT_NE(got, old);
    EXPECT_EQ(dream(dreamer, before), old) << "the old plans are still there";
    EXPECT_FALSE(dreamer.preparing());
}

TEST_F(PrepareTest, ASmallerDreamIsPreparedLikeAnotherLayer) {
    Dreamer dreamer(network, 0);
    dreamer.prepare_beside();
    const Params params = test::quick_params();
    const std::vector<float> whole = dream(dreamer, params);
    gate.close();
    EXPECT_EQ(dream(dreamer, params, 0.7F), whole);
    EXPECT_TRUE(dreamer.preparing());
    gate.open();
    EXPECT_NE(dream_until_prepared(dreamer, params, 0.7F), whole);
}

TEST_F(PrepareTest, ThePlanOfAnotherThreadGivesTheSameGradient) {
    test::Rig rig;
    const std::vector<Tap> taps = resolve(network, parse_objective("inception_3b:5"));
    EXPECT_FALSE(network.ready(kWidth, kHeight, taps));
    network.prepare(kWidth, kHeight, taps);
    network.prepare(kWidth, kHeight, taps);
    const auto gradient = [&](Network& of, Device& on, Stream& queue) {
        const Image rgb(on, kWidth, kHeight, 3), out(on, kWidth, kHeight, 3);
        on.upload(queue, rgb.view().data, picture.data(), picture.size() * sizeof(float));
        ExecutionPlan& plan = of.plan(kWidth, kHeight, taps);
        plan.set_taps(queue, taps);
        plan.gradient(queue, rgb.cview(), 3, -5, out.view());
        std::vector<float> values(picture.size());
        on.download(queue, values.data(), out.view().data, values.size() * sizeof(float));
        return values;
    };
    // First in a thread that has made no convolution: working memory does not belong to the thread
    // that made one.
    const std::vector<float> beside = gradient(network, device, *stream);
    EXPECT_EQ(beside, gradient(rig.network, rig.device, *rig.stream));
    EXPECT_TRUE(network.ready(kWidth, kHeight, taps));
}

TEST_F(PrepareTest, APlanThatNobodyWillSeeIsGivenUp) {
    auto leaving = std::make_unique<Network>(device, kWeights, DType::f32);
    const std::vector<Tap> taps = resolve(*leaving, parse_objective("inception_4d"));
    gate.close();
    leaving->prepare(kWidth, kHeight, taps);
    while (gate.passed() == 0) std::this_thread::yield();
    std::thread opener([this] {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        gate.open();
    });
    leaving.reset();  // it waits for one convolution only
    opener.join();
    EXPECT_LE(gate.passed(), 2);
}

TEST_F(PrepareTest, WhatFailsIsSaidToWhoWantsItAlone) {
    const std::vector<Tap> fine = resolve(network, parse_objective("conv2"));
    const std::vector<Tap> taps = resolve(network, parse_objective("inception_3b"));
    network.plan(kWidth, kHeight, fine);
    gate.fail();
    network.prepare(kWidth, kHeight, taps);
    while (!network.ready(kWidth, kHeight, taps)) std::this_thread::yield();
    EXPECT_NO_THROW(network.plan(kWidth, kHeight, fine));
    EXPECT_THROW(network.plan(kWidth, kHeight, taps), OutOfMemory);
    EXPECT_FALSE(network.ready(kWidth, kHeight, taps)) << "it can be tried again";
}

}  // namespace
}  // namespace reverie::prepare_test
