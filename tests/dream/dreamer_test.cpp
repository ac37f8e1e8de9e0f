// What the dreamer guarantees: the objective rises, the same seed gives the same bytes, tiles show
// no seam, a steady frame allocates nothing.
#include "src/dream/dreamer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <map>

#include "src/net/execution_plan.h"
#include "src/util/error.h"
#include "tests/support/rig.h"

namespace reverie::dreamer_test {
namespace {

using test::mean_absolute;
using test::mean_distance;
using test::quick_params;
using test::random_picture;
using test::Rig;

constexpr int kWidth = 112, kHeight = 80;

/// The residual that one dream leaves on a picture.
std::vector<float> residual_of(Rig& rig, const Params& params, uint32_t index = 0,
                               size_t memory_bytes = 0, int width = kWidth, int height = kHeight) {
    Dreamer dreamer(rig.network, memory_bytes);
    const Image frame = rig.up(random_picture(width, height, 1), width, height);
    Image residual = rig.up(std::vector<float>(frame.cview().size()), width, height);
    dreamer.dream(*rig.stream, frame, params, index, residual);
    return rig.down(residual);
}

double objective_at(Rig& rig, const Params& params, const std::vector<float>& residual) {
    std::vector<float> values = random_picture(kWidth, kHeight, 1);
    for (size_t i = 0; i < values.size(); ++i) values[i] += residual[i];
    const Image picture = rig.up(values, kWidth, kHeight);
    const Image gradient(rig.device, kWidth, kHeight, 3);
    const std::vector<Tap> taps = resolve(rig.network, params.objective);
    ExecutionPlan& plan = rig.network.plan(kWidth, kHeight, taps);
    plan.set_taps(*rig.stream, taps);
    plan.gradient(*rig.stream, picture, 0, 0, gradient);
    return plan.objective_value(*rig.stream);
}

TEST(Dreamer, ClimbsItsObjective) {
    Rig rig;
    for (const char* objective : {"inception_3b", "inception_4a:17", "inception_3b - 0.2*conv2"}) {
        for (const int laplacian : {0, 3}) {
            Params params = quick_params();
            params.objective = parse_objective(objective);
            params.laplacian = laplacian;
            params.octaves = 2;
            double before = objective_at(rig, params, std::vector<float>(3 * kWidth * kHeight));
            for (const int iterations : {1, 4, 10}) {
                params.iterations = iterations;
                const double after = objective_at(rig, params, residual_of(rig, params));
                EXPECT_GT(after, before) << objective << ", " << iterations << " iterations";
                before = after;
            }
        }
    }
}

TEST(Dreamer, MovesTheMeanPixelByItsStep) {
    Rig rig;
    Params params = quick_params();
    params.iterations = 1;
    params.step = 2;
    EXPECT_NEAR(mean_absolute(residual_of(rig, params)), 2, 0.02);  // a few pixels are clamped
}

TEST(Dreamer, SameSeedSameBytes) {
    Rig rig;
    Params params = quick_params();
    params.octaves = 2;
    const std::vector<float> once = residual_of(rig, params);
    EXPECT_EQ(residual_of(rig, params), once);
    EXPECT_NE(residual_of(rig, params, 1), once);
    params.seed = 1;
    EXPECT_NE(residual_of(rig, params), once);
}

/// The dream of one thread, then of two.
std::array<std::vector<float>, 2> dreams_by_threads(ConvKind kind, const Params& params) {
    std::array<std::vector<float>, 2> dreams;
    for (const int threads : {1, 2}) {
        Rig rig(threads, kind);
        dreams[threads - 1] = residual_of(rig, params, 0, 0, 70, 45);
    }
    return dreams;
}

TEST(Dreamer, ThreadsDoNotShow) {
    Params params = quick_params();
    params.octaves = 2;
    params.laplacian = 2;
    const auto exact = dreams_by_threads(ConvKind::exact, params);
    EXPECT_EQ(exact[0], exact[1]);
    // The library's convolutions divide their sums among threads.
    const auto fast = dreams_by_threads(ConvKind::fast, params);
    EXPECT_LT(mean_distance(fast[0], fast[1]), 1e-2);
}

TEST(Dreamer, WithoutIterationsTheResidualStays) {
    Rig rig;
    Dreamer dreamer(rig.network, 0);
    const Image frame = rig.up(random_picture(kWidth, kHeight, 1), kWidth, kHeight);
    const std::vector<float> before = random_picture(kWidth, kHeight, 2);
    Image residual = rig.up(before, kWidth, kHeight);
    Params params = quick_params();
    params.iterations = 0;
    dreamer.dream(*rig.stream, frame, params, 0, residual);
    EXPECT_EQ(rig.down(residual), before);
    params = quick_params();
    params.step = 0;
    dreamer.dream(*rig.stream, frame, params, 0, residual);
    EXPECT_EQ(rig.down(residual), before);
}

TEST(Dreamer, LeavesOutOctavesThatAreTooSmall) {
    Params params;
    params.octaves = 12;
    params.octave_ratio = 1.4F;
    const std::vector<Extent> sizes = Dreamer::octaves(100, 70, params);
    ASSERT_EQ(sizes.size(), 3U);  // 70, 50, 35.7; 25.5 is too small
    EXPECT_EQ(sizes[0].height, 36);
    EXPECT_EQ(sizes[0].width, 51);
    EXPECT_EQ(sizes[1].height, 50);
    EXPECT_EQ(sizes[2].height, 70);
    EXPECT_EQ(sizes[2].width, 100);
    EXPECT_EQ(Dreamer::octaves(7, 5, params).size(), 1U);  // the picture itself is always there
}

TEST(Dreamer, KeepsWhatTheSourceHoldsOutOfGamut) {
    Rig rig;
    Dreamer dreamer(rig.network, 0);
    std::vector<float> values = random_picture(kWidth, kHeight, 1);
    for (size_t i = 0; i < values.size(); i += 7) values[i] = i % 2 == 0 ? 290.0F : -25.0F;
    const Image frame = rig.up(values, kWidth, kHeight);
    Image residual = rig.up(std::vector<float>(values.size()), kWidth, kHeight);
    dreamer.dream(*rig.stream, frame, quick_params(), 0, residual);
    const std::vector<float> moved = rig.down(residual);
    for (size_t i = 0; i < values.size(); ++i) {
        ASSERT_LE(values[i] + moved[i], std::max(255.0F, values[i]) + 1e-3F);
        ASSERT_GE(values[i] + moved[i], std::min(0.0F, values[i]) - 1e-3F);
    }
}

TEST(Dreamer, AllocatesNothingInASteadyFrame) {
    Rig rig;
    Dreamer dreamer(rig.network, 0);
    const Image frame = rig.up(random_picture(kWidth, kHeight, 1), kWidth, kHeight);
    Image residual = rig.up(std::vector<float>(frame.cview().size()), kWidth, kHeight);
    Params params = quick_params();
    params.octaves = 2;
    params.laplacian = 2;
    dreamer.dream(*rig.stream, frame, params, 0, residual);
    const int before = rig.device.allocations;
    for (uint32_t i = 1; i < 4; ++i) dreamer.dream(*rig.stream, frame, params, i, residual);
    // A fader is turned.
    params.objective.terms.front().weight = 0.5F;
    dreamer.dream(*rig.stream, frame, params, 4, residual);
    EXPECT_EQ(rig.device.allocations, before);
}

TEST(Dreamer, SaysWhatIsMissing) {
    Rig rig;
    Params params = quick_params();
    params.objective = parse_objective("inception_9z");
    EXPECT_THROW(residual_of(rig, params), Error);
    params.objective = parse_objective("inception_3b:100000");
    EXPECT_THROW(residual_of(rig, params), Error);
    EXPECT_THROW(residual_of(rig, quick_params(), 0, 1000), Error);  // no memory for any tile
}

/// Mean |difference| between neighbours across the columns x of `borders`.
double energy_across(const std::vector<float>& v, int width, const std::vector<int>& borders) {
    double sum = 0;
    size_t count = 0;
    for (size_t row = 0; row < v.size(); row += static_cast<size_t>(width)) {
        for (const int x : borders) {
            if (x < 1) continue;
            sum += std::abs(v[row + x] - v[row + x - 1]);
            ++count;
        }
    }
    return sum / static_cast<double>(count);
}

TEST(DreamerInTiles, GivesThePictureThatTheWholeGives) {
    Rig rig;
    constexpr int kWide = 352, kHigh = 240;
    Params params = quick_params();
    const std::vector<Tap> taps = resolve(rig.network, params.objective);
    const size_t memory = rig.network.memory_needed(192, 192, taps);
    ASSERT_LT(memory, rig.network.memory_needed(kWide, kHigh, taps) / 2);
    const auto dreamed = [&](size_t bytes, int seed) {
        params.seed = seed;
        return residual_of(rig, params, 0, bytes, kWide, kHigh);
    };
    const std::vector<float> whole = dreamed(0, 0), tiled = dreamed(memory, 0);
    EXPECT_EQ(dreamed(memory, 0), tiled);
    // A grid of tiles has an offset, as a jitter has: tiles change as much as a jitter does.
    const double jitter = mean_distance(whole, dreamed(0, 1));
    EXPECT_LT(mean_distance(whole, tiled), 1.25 * jitter);
    EXPECT_LT(jitter, mean_absolute(whole));
}

TEST(DreamerInTiles, ShowsNoSeam) {
    Rig rig;
    constexpr int kWide = 352, kHigh = 240;
    Params params = quick_params();
    params.iterations = 1;  // a single grid of tiles; other steps have another offset
    params.smoothing = 0;
    const std::vector<Tap> taps = resolve(rig.network, params.objective);
    const size_t memory = rig.network.memory_needed(192, 192, taps);
    for (const int seed : {0, 1, 2}) {
        params.seed = seed;
        const std::vector<float> tiled = residual_of(rig, params, 0, memory, kWide, kHigh);
        const RandomWords words = philox({0, 0, 0, 1}, {static_cast<uint32_t>(seed), 0});
        // All sizes of tiles that the dreamer may choose share an origin, so the first border is
        // known.
        const int first = static_cast<int>(words[0] % kWide);
        std::vector<int> elsewhere;
        for (int x = 1; x < kWide; ++x) elsewhere.push_back(x);
        const double typical = energy_across(tiled, kWide, elsewhere);
        EXPECT_LT(energy_across(tiled, kWide, {first}), 1.35 * typical) << "seed " << seed;
    }
}

/// A device that allocates at most so many bytes at once.
class SmallDevice : public test::ForwardingDevice {
  public:
    using ForwardingDevice::ForwardingDevice;
    void* allocate(size_t bytes) override {
        if (bytes > most) throw OutOfMemory("out of memory: the test's device is small");
        return ForwardingDevice::allocate(bytes);
    }
    size_t most = SIZE_MAX;
};

TEST(Dreamer, WhereMemoryRunsOutItGoesOnInTiles) {
    constexpr int kWide = 400, kHigh = 304;
    Params params = quick_params();
    params.jitter = 0;
    const std::vector<float> picture = random_picture(kWide, kHigh, 1);
    SmallDevice device(open_device({"cpu", 2}));
    const std::unique_ptr<Stream> stream = device.make_stream();
    Network network(device, REVERIE_ROOT "/weights/googlenet.safetensors", DType::f32);
    const auto dream = [&](Dreamer& dreamer) {
        const Image frame(device, kWide, kHigh, 3), residual(device, kWide, kHigh, 3);
        const size_t bytes = picture.size() * sizeof(float);
        device.upload(*stream, frame.view().data, picture.data(), bytes);
        device.clear(*stream, residual.view().data, bytes);
        dreamer.dream(*stream, frame.cview(), params, 0, residual.view());
        std::vector<float> values(picture.size());
        device.download(*stream, values.data(), residual.view().data, bytes);
        return values;
    };
    Dreamer plenty(network, 0);
    const std::vector<float> whole = dream(plenty);
    EXPECT_TRUE(plenty.take_notes().empty());

    const size_t needed =
        network.memory_needed(kWide + 32, kHigh + 32, resolve(network, params.objective));
    device.most = needed / 3;
    Network small(device, REVERIE_ROOT "/weights/googlenet.safetensors", DType::f32);
    Dreamer dreamer(small, 0);
    const std::vector<float> tiled = dream(dreamer);
    const std::vector<std::string> notes = dreamer.take_notes();
    ASSERT_FALSE(notes.empty());
    EXPECT_NE(notes.back().find("dreaming goes on in tiles of "), std::string::npos);
    EXPECT_NEAR(mean_absolute(tiled), mean_absolute(whole), 0.5 * mean_absolute(whole));
    EXPECT_EQ(dream(dreamer).size(), tiled.size());
    EXPECT_TRUE(dreamer.take_notes().empty()) << "it is said more than once";

    device.most = 600000;  // not even a tile
    Network tiny(device, REVERIE_ROOT "/weights/googlenet.safetensors", DType::f32);
    device.most = 1600000;
    Dreamer hopeless(tiny, 0);
    EXPECT_THROW(dream(hopeless), Error);
}

TEST(Dreamer, ARollInDeviceMemoryIsTheSameAsOneThatIsGiven) {
    Rig rig;
    const std::vector<Tap> taps =
        resolve(rig.network, parse_objective("inception_3b:3 + conv2/3x3_reduce"));
    ExecutionPlan& plan = rig.network.plan(kWidth, kHeight, taps);
    plan.set_taps(*rig.stream, taps, 4);
    const Image picture = rig.up(random_picture(kWidth, kHeight, 1), kWidth, kHeight);
    const Image gradient(rig.device, kWidth, kHeight, 3);
    const Buffer<Roll> there(rig.device, 1);
    for (const Roll roll :
         {Roll{0, 0}, Roll{5, -3}, Roll{-32, 31}, Roll{kWidth + 2, -3 * kHeight}}) {
        plan.gradient(*rig.stream, picture, roll.x, roll.y, gradient);
        const std::vector<float> given = rig.down(gradient);
        rig.device.upload(*rig.stream, there.data(), &roll, sizeof roll);
        plan.gradient(*rig.stream, picture, there.data(), gradient);
        EXPECT_EQ(rig.down(gradient), given) << roll.x << " " << roll.y;
    }
}

}  // namespace
}  // namespace reverie::dreamer_test
