// Captured graphs against the same work queued directly: every parameter of the table is changed
// between two launches, and the pictures must have the same bytes. On a GPU, and on the CPU's
// stand-in for one (LaggingDevice), which captures as CUDA does.
#include "kernels/captured_graph.h"

#include <gtest/gtest.h>

#include <bit>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "kernels/cuda/timed_work.h"
#include "kernels/ops.h"
#include "src/dream/temporal_dream.h"
#include "tests/support/lagging_device.h"
#include "tests/support/rig.h"

namespace reverie::captured_graph_test {
namespace {

using Picture = std::vector<float>;

constexpr int kWidth = 83, kHeight = 67;
constexpr int kBefore = 6, kTurned = 5, kBack = 3;  // frames
constexpr int kFrames = kBefore + kTurned + kBack;

std::unique_ptr<Device> device_that_captures() {
    if (std::string(REVERIE_TEST_DEVICE) == "cpu") return std::make_unique<test::LaggingDevice>();
    return open_device({REVERIE_TEST_DEVICE, 0});
}

/// A device whose capturing can be switched off.
class SwitchedDevice : public test::ForwardingDevice {
  public:
    SwitchedDevice() : ForwardingDevice(device_that_captures()) {}
    bool captures() const override { return capturing && ForwardingDevice::captures(); }
    bool capturing = true;
};

/// Shared by all tests, so that plans and convolutions are made once.
struct Runtime {
    SwitchedDevice device;
    std::unique_ptr<Stream> stream = device.make_stream();
    Network network{device, REVERIE_ROOT "/weights/googlenet.safetensors", DType::f32};

    Picture down(Pixels<const float> image) {
        Picture values(static_cast<size_t>(image.size()));
        device.download(*stream, values.data(), image.data, values.size() * sizeof(float));
        return values;
    }
};

Params beginning() {
    Params params;
    params.objective = parse_objective("conv2 + 0.5*inception_3a:7");
    params.octaves = 2;
    params.iterations = 1;
    params.occlusion = 0.6F;
    params.rotation = 40;  // which a centre is seen by
    return params;
}

/// One parameter changed to another value of its range: a little higher if possible.
Params turned(Params params, const ParamInfo& info) {
    if (info.is_objective()) {
        params.objective = parse_objective("0.4*conv2 + 2*inception_3a:7");
        return params;
    }
    const double now = number_of(params, info);
    const double by = info.is_numeric() && !info.is_integer() ? (info.high - info.low) / 10 : 1;
    set_number(params, info, now + by <= info.high ? now + by : now - by);
    return params;
}

struct Shown {
    std::vector<Picture> pictures;
    int64_t before = 0, after = 0;  ///< launches before the change, and after it
};

/// Frames of a video, with the parameters changed to `then` for a while.
Shown show(Runtime& on, bool capturing, const Params& params, const Params& then) {
    on.device.capturing = capturing;
    Dreamer dreamer(on.network, 0);
    TemporalDream temporal(on.device);
    const Image frame(on.device, kWidth, kHeight, 3);
    Shown shown;
    for (int i = 0; i < kFrames; ++i) {
        const Picture values = test::random_picture(kWidth, kHeight, static_cast<uint32_t>(i % 3));
        on.device.upload(*on.stream, frame.view().data, values.data(),
                         values.size() * sizeof(float));
        if (i == kBefore) shown.before = dreamer.replayed();
        const bool is_turned = i >= kBefore && i < kBefore + kTurned;
        const Params& now = is_turned ? then : params;
        temporal.dream(*on.stream, dreamer, frame, 0.04 * i, now);
        shown.pictures.push_back(on.down(temporal.composite(*on.stream, now.strength)));
    }
    shown.after = dreamer.replayed() - shown.before;
    return shown;
}

class CapturedDream : public testing::TestWithParam<std::string> {
  protected:
    static void SetUpTestSuite() { runtime_ = std::make_unique<Runtime>(); }
    static void TearDownTestSuite() { runtime_.reset(); }
    static inline std::unique_ptr<Runtime> runtime_;
};

TEST_P(CapturedDream, IsWhatIsQueuedAsItComes) {
    const ParamInfo& info = find_param(GetParam());
    const Params params = beginning(), then = turned(params, info);
    ASSERT_FALSE(params == then);
    const Shown want = show(*runtime_, false, params, then);
    const Shown got = show(*runtime_, true, params, then);
    for (int i = 0; i < kFrames; ++i) EXPECT_EQ(got.pictures[i], want.pictures[i]) << "frame " << i;
    EXPECT_EQ(want.before + want.after, 0);
    EXPECT_GT(got.before, 0) << "nothing was captured";
    // Only other octaves or steps are other work; everything else is data, and causes no new
    // capture.
    const std::set<std::string_view> other_work{"octaves", "octave_ratio", "iterations",
                                                "laplacian"};
    if (other_work.count(info.key) == 0)
        EXPECT_EQ(got.after, kTurned + kBack);
    else
        EXPECT_GT(got.after, kBack);

    const Shown unturned = show(*runtime_, true, params, params);
    const bool of_feedback_alone = info.key == "homeostasis";
    EXPECT_EQ(unturned.pictures == got.pictures, of_feedback_alone)
        << "what was turned is not seen";
}

std::vector<std::string> keys() {
    std::vector<std::string> all;
    for (const ParamInfo& info : kParams) all.emplace_back(info.key);
    return all;
}

INSTANTIATE_TEST_SUITE_P(EveryParameter, CapturedDream, testing::ValuesIn(keys()),
                         [](const auto& tested) { return tested.param; });

/// Other layers need another plan, with other memory and convolutions.
TEST(CapturedGraphs, OfOtherLayersAreOthers) {
    Runtime runtime;
    const Params params = beginning();
    Params then = params;
    then.objective = parse_objective("inception_3b - 0.3*conv2");
    const Shown want = show(runtime, false, params, then);
    const Shown got = show(runtime, true, params, then);
    for (int i = 0; i < kFrames; ++i) EXPECT_EQ(got.pictures[i], want.pictures[i]) << "frame " << i;
    EXPECT_GT(got.after, kBack);
}

/// Gives released memory to the next request of about the same size, as a GPU's driver does.
class ReusingDevice : public test::ForwardingDevice {
  public:
    explicit ReusingDevice(std::unique_ptr<Device> inner) : ForwardingDevice(std::move(inner)) {}
    ~ReusingDevice() override {
        for (auto& [bytes, memory] : free_) ForwardingDevice::release(memory);
    }
    void* allocate(size_t bytes) override {
        const size_t rounded = std::bit_ceil(bytes);
        const auto known = free_.find(rounded);
        void* memory = nullptr;
        if (known != free_.end()) {
            memory = known->second;
            free_.erase(known);
        } else {
            memory = ForwardingDevice::allocate(rounded);
        }
        size_[memory] = rounded;
        return memory;
    }
    void release(void* memory) noexcept override { free_.emplace(size_[memory], memory); }

  private:
    std::multimap<size_t, void*> free_;
    std::map<void*, size_t> size_;
};

/// Dreams of one picture in which only a small octave is amplified, whose size changes.
std::vector<Picture> small_octaves(Device& device, Network& network, int64_t& replayed) {
    const std::unique_ptr<Stream> stream = device.make_stream();
    Dreamer dreamer(network, 0);
    const Image frame(device, kWidth, kHeight, 3), residual(device, kWidth, kHeight, 3);
    const Picture values = test::random_picture(kWidth, kHeight, 1);
    const size_t bytes = values.size() * sizeof(float);
    device.upload(*stream, frame.view().data, values.data(), bytes);
    Params params = beginning();
    params.objective = parse_objective("conv2");
    std::vector<Picture> dreams;
    for (int i = 0; i < 62; ++i) {
        // Memory is reused with a period of its own: with this one, each address meets each size.
        params.octave_ratio = 1.4F + 0.02F * static_cast<float>(i % 5);
        device.clear(*stream, residual.view().data, bytes);
        dreamer.dream(*stream, frame.cview(), params, 0, residual.view(), Portion{0, 1});
        dreams.emplace_back(values.size());
        device.download(*stream, dreams.back().data(), residual.view().data, bytes);
    }
    replayed = dreamer.replayed();
    return dreams;
}

TEST(CapturedGraphs, OfAnotherSizeInTheSameMemoryAreOthers) {
    auto made = std::make_unique<SwitchedDevice>();
    SwitchedDevice& device = *made;
    ReusingDevice reusing(std::move(made));
    Network network(reusing, REVERIE_ROOT "/weights/googlenet.safetensors", DType::f32);
    int64_t replayed = 0;
    const std::vector<Picture> got = small_octaves(reusing, network, replayed);
    EXPECT_GT(replayed, 0) << "the same memory never came again";
    device.capturing = false;
    const std::vector<Picture> want = small_octaves(reusing, network, replayed);
    EXPECT_EQ(replayed, 0);
    for (size_t i = 0; i < want.size(); ++i) EXPECT_EQ(got[i], want[i]) << i;
}

/// The graph itself: what is passed to an op is its key, what is read from memory is not.
TEST(CapturedGraphs, AreFoundByWhatIsPassedToOps) {
    const std::unique_ptr<Device> device = device_that_captures();
    const std::unique_ptr<Stream> stream = device->make_stream(), side = device->make_stream();
    const std::unique_ptr<Event> begun = device->make_event(), done = device->make_event();
    const Image src(*device, 7, 5, 3), dst(*device, 7, 5, 3);
    CapturedGraph graph(*device);
    const auto scaled = [&](float value, float scale, bool beside) {
        const Picture values(7 * 5 * 3, value);
        const size_t bytes = values.size() * sizeof(float);
        device->upload(*stream, src.view().data, values.data(), bytes);
        graph.run(*stream, [&] {
            Stream& on = beside ? *side : *stream;
            begun->record(*stream);
            on.wait_on(*begun);
            device->clear(on, dst.view().data, bytes);
            device->ops().scale_offset(on, src.cview(), scale, 1, dst.view());
            done->record(on);
            stream->wait_on(*done);
        });
        Picture result(values.size());
        device->download(*stream, result.data(), dst.view().data, bytes);
        return result[17];
    };
    struct Turn {
        float value, scale;
        bool beside;
        int64_t replayed;
    };
    for (const Turn& t : {Turn{1, 2, false, 0}, Turn{2, 2, false, 1}, Turn{3, 2, false, 2},
                          Turn{3, 5, false, 2}, Turn{4, 2, false, 3}, Turn{4, 5, false, 4},
                          Turn{5, 5, true, 4}, Turn{6, 5, true, 5}, Turn{7, 5, false, 6}}) {
        EXPECT_EQ(scaled(t.value, t.scale, t.beside), t.value * t.scale + 1);
        EXPECT_EQ(graph.replayed(), t.replayed);
    }
}

/// Its first captures fail.
class FailingCaptures : public test::ForwardingDevice {
  public:
    explicit FailingCaptures(int failures)
        : ForwardingDevice(device_that_captures()), failures_(failures) {}
    std::unique_ptr<ExecutableGraph> capture(Stream& stream,
                                             const std::function<void()>& work) override {
        return ++asked > failures_ ? test::ForwardingDevice::capture(stream, work) : nullptr;
    }
    int asked = 0;

  private:
    int failures_;
};

TEST(CapturedGraphs, AreTriedAgainAndGivenUpInTheEnd) {
    struct Case {
        int failures, replayed, asked;
        bool gave_up;
    };
    constexpr int kRuns = 7;  // the first one is always queued directly
    for (const Case c :
         {Case{0, 6, 1, false}, Case{1, 5, 2, false}, Case{2, 4, 3, false}, Case{9, 0, 3, true}}) {
        FailingCaptures device(c.failures);
        const std::unique_ptr<Stream> stream = device.make_stream();
        const Image src(device, 7, 5, 3), dst(device, 7, 5, 3);
        CapturedGraph graph(device);
        for (int i = 0; i < kRuns; ++i) {
            const auto value = static_cast<float>(i);
            const Picture values(7 * 5 * 3, value);
            const size_t bytes = values.size() * sizeof(float);
            device.upload(*stream, src.view().data, values.data(), bytes);
            graph.run(*stream,
                      [&] { device.ops().scale_offset(*stream, src.cview(), 3, 1, dst.view()); });
            Picture result(values.size());
            device.download(*stream, result.data(), dst.view().data, bytes);
            EXPECT_EQ(result[17], 3 * value + 1) << c.failures << " failures, run " << i;
        }
        EXPECT_EQ(graph.replayed(), c.replayed) << c.failures;
        EXPECT_EQ(device.asked, c.asked) << c.failures;
        EXPECT_EQ(graph.take_problem().has_value(), c.gave_up) << c.failures;
        EXPECT_FALSE(graph.take_problem()) << "it was said twice";
    }
}

/// What is timed is captured once and runs as often, also where nothing is captured.
TEST(TimedWork, RunsInAGraphWhereItCan) {
    constexpr int kRuns = 1 + 4 * 8;  // one alone, then eight at a time: untimed, and three times
    for (const bool capturing : {true, false}) {
        SwitchedDevice device;
        device.capturing = capturing;
        const std::unique_ptr<Stream> stream = device.make_stream();
        const std::unique_ptr<StreamTimer> timer = device.make_timer();
        const Image one(device, 7, 5, 3), sum(device, 7, 5, 3);
        const Picture ones(7 * 5 * 3, 1.0F);
        const size_t bytes = ones.size() * sizeof(float);
        device.upload(*stream, one.view().data, ones.data(), bytes);
        device.clear(*stream, sum.view().data, bytes);
        int called = 0;
        const float ms = ms_of_work(device, *stream, *timer, [&] {
            ++called;
            device.ops().add_scaled(*stream, sum.cview(), 1, one.cview(), sum.view());
        });
        EXPECT_GE(ms, 0);
        EXPECT_LT(ms, 1e4F);
        EXPECT_EQ(called, capturing ? 1 + 8 : kRuns);
        Picture result(ones.size());
        device.download(*stream, result.data(), sum.view().data, bytes);
        EXPECT_EQ(result[17], static_cast<float>(kRuns)) << capturing;
    }
}

}  // namespace
}  // namespace reverie::captured_graph_test
