// Where a GPU's memory runs out, a dream goes on in smaller tiles: as if it had been given so little
// from the beginning, and with all that it remembers.
#include <gtest/gtest.h>

#include <cstdio>
#include <optional>
#include <set>

#include "src/dream/pipeline.h"
#include "src/net/execution_plan.h"
#include "src/util/error.h"
#include "tests/support/rig.h"
#include "tests/support/small_gpu.h"

namespace reverie::memory_test {
namespace {

using test::mean_absolute;
using test::mean_distance;
using test::random_picture;
using test::SmallGpu;

constexpr const char* kWeights = REVERIE_ROOT "/weights/googlenet.safetensors";

struct OnGpu {
    OnGpu() : stream(gpu.make_stream()), network(gpu, kWeights, DType::f32) {}

    std::vector<float> down(Pixels<const float> image) {
        std::vector<float> values(static_cast<size_t>(image.size()));
        gpu.download(*stream, values.data(), image.data, values.size() * sizeof(float));
        return values;
    }
    Image up(const std::vector<float>& values, int width, int height) {
        Image image(gpu, width, height, 3);
        gpu.upload(*stream, image.view().data, values.data(), values.size() * sizeof(float));
        return image;
    }

    SmallGpu gpu;
    std::unique_ptr<Stream> stream;
    Network network;
};

Params params_of_conv2() {
    Params params;
    params.objective = parse_objective("conv2");
    params.octaves = 1;
    params.iterations = 2;
    return params;
}

/// The tile that a note names.
std::optional<Extent> tile_in(const std::string& note) {
    constexpr std::string_view kBefore = "; dreaming goes on in tiles of ";
    const size_t at = note.find(kBefore);
    Extent tile;
    if (at == std::string::npos ||
        std::sscanf(note.c_str() + at + kBefore.size(), "%dx%d", &tile.width, &tile.height) != 2)
        return std::nullopt;
    return tile;
}

class DreamInLittleMemory : public testing::Test {
  protected:
    static constexpr int kWide = 309, kHigh = 233;

    void SetUp() override {
        for (float& v : before_) v = (v - 125) / 4;
    }
    /// Of a residual that is not empty; nothing where memory does not suffice.
    std::optional<std::vector<float>> dreamed(Dreamer& dreamer) {
        const Image residual = on_.up(before_, kWide, kHigh);
        const auto begun = on_.down(residual);
        try {
            dreamer.dream(*on_.stream, frame_, params_of_conv2(), 3, residual);
        } catch (const OutOfMemory&) {
            EXPECT_EQ(on_.down(residual), begun) << "a dream that failed has changed something";
            return std::nullopt;
        }
        return on_.down(residual);
    }
    /// The same in tiles of that size from the beginning, with plenty.
    std::vector<float> in_tiles_of(Extent tile) {
        on_.gpu.limit(SmallGpu::kPlenty);
        on_.network.limit_memory(SIZE_MAX);
        Dreamer dreamer(on_.network, on_.network.memory_needed(tile.width, tile.height, taps_));
        return *dreamed(dreamer);
    }

    OnGpu on_;
    std::vector<float> before_ = random_picture(kWide, kHigh, 7);
    Image frame_ = on_.up(random_picture(kWide, kHigh, 1), kWide, kHigh);
    std::vector<Tap> taps_ = resolve(on_.network, params_of_conv2().objective);
};

TEST_F(DreamInLittleMemory, IsTheDreamOfTheTilesThatFit) {
    const size_t least = on_.network.memory_needed(160, 160, taps_);
    size_t arena = 0, used = 0;
    std::vector<float> whole;
    {
        Dreamer plenty(on_.network, 0);
        const size_t at_first = on_.gpu.bytes();
        whole = *dreamed(plenty);
        EXPECT_TRUE(plenty.take_notes().empty());
        arena = on_.network.plan(kWide + 32, kHigh + 32, taps_).memory_bytes();
        used = on_.gpu.peak() - at_first - arena;
    }
    const double least_share = 1.3 * static_cast<double>(least) / static_cast<double>(arena);
    ASSERT_LT(least_share, 0.7);
    std::set<int> widths;
    for (const double share : {1.05, 0.9, 0.7, least_share}) {
        SCOPED_TRACE(share);
        on_.network.take_less(OutOfMemory("to begin with"));
        on_.network.take_shortage();
        on_.network.limit_memory(SIZE_MAX);
        on_.gpu.limit(SmallGpu::kPlenty);
        Dreamer dreamer(on_.network, SIZE_MAX);
        on_.gpu.limit(on_.gpu.bytes() + used +
                      static_cast<size_t>(share * static_cast<double>(arena)));
        const auto got = dreamed(dreamer);
        ASSERT_TRUE(got.has_value());
        const std::vector<std::string> notes = dreamer.take_notes();
        if (share > 1) {
            EXPECT_TRUE(notes.empty());
            EXPECT_EQ(*got, whole);
            continue;
        }
        ASSERT_EQ(notes.size(), 1U);
        const std::optional<Extent> tile = tile_in(notes[0]);
        ASSERT_TRUE(tile.has_value()) << notes[0];
        widths.insert(tile->width);
        EXPECT_EQ(*got, in_tiles_of(*tile));
        EXPECT_LT(mean_distance(*got, whole), 0.7 * mean_distance(whole, before_));
    }
    EXPECT_GE(widths.size(), 2U);
    EXPECT_EQ(on_.gpu.disturbed(), 0);
}

TEST_F(DreamInLittleMemory, EndsOnlyWhereTheSmallestTilesDoNotFit) {
    const size_t least = on_.network.memory_needed(160, 160, taps_);
    size_t used = 0;
    {
        const size_t at_first = on_.gpu.bytes();
        Dreamer smallest(on_.network, least);
        dreamed(smallest);
        used = on_.gpu.peak() - at_first;
    }
    for (const bool enough : {true, false}) {
        on_.network.take_less(OutOfMemory("to begin with"));
        on_.network.limit_memory(SIZE_MAX);
        on_.gpu.limit(SmallGpu::kPlenty);
        Dreamer dreamer(on_.network, SIZE_MAX);
        on_.gpu.limit(on_.gpu.bytes() + used - (enough ? 0 : least / 2));
        EXPECT_EQ(dreamed(dreamer).has_value(), enough);
    }
}

/// Frames of a video with everything that a dream remembers, where any one allocation may fail. Who
/// runs the pipeline makes room, as a job does, and asks for the same frame again.
class PipelineInLittleMemory : public testing::Test {
  protected:
    static constexpr int kWide = 65, kHigh = 49, kFrames = 4;

    std::vector<std::vector<float>> shown() {
        Pipeline pipeline(on_.gpu, on_.network, SIZE_MAX);
        std::vector<std::vector<float>> pictures;
        for (int i = 0; i < kFrames; ++i) {
            Params params = params_of_conv2();
            params.objective = parse_objective(i < 2 ? "conv2" : "conv2 + 0.5*conv2/3x3_reduce");
            params.half_life = 0.4F;
            params.zoom = i == 0 ? 1 : 1.4F;
            params.occlusion = 0.5F;
            const Image frame = on_.up(frames_[i], kWide, kHigh);
            pictures.push_back(next(pipeline, frame, i * 0.04, params));
        }
        return pictures;
    }
    std::vector<float> next(Pipeline& pipeline, const Image& frame, double time_s,
                            const Params& params) {
        while (true) {
            try {
                return on_.down(pipeline.next(*on_.stream, frame, time_s, params));
            } catch (const OutOfMemory& error) {
                ++made_room_;
                if (!on_.network.take_less(error)) throw;
            }
        }
    }
    /// So much that three quarters of it are enough for whole pictures.
    void take_plenty() {
        const std::vector<Tap> taps = resolve(on_.network, params_of_conv2().objective);
        on_.network.limit_memory(SIZE_MAX);
        on_.network.plan(2 * kWide + 64, 2 * kHigh + 64, taps);
    }

    OnGpu on_;
    std::vector<std::vector<float>> frames_ = {
        random_picture(kWide, kHigh, 1), random_picture(kWide, kHigh, 1),
        random_picture(kWide, kHigh, 2), random_picture(kWide, kHigh, 2)};
    int made_room_ = 0;
};

TEST_F(PipelineInLittleMemory, ForgetsNothingWhereverItRunsOut) {
    take_plenty();
    const std::vector<std::vector<float>> want = shown();
    int refused = 0;
    for (int nth = 1;; ++nth) {
        SCOPED_TRACE(nth);
        take_plenty();
        const int before = on_.gpu.refused();
        std::vector<std::vector<float>> got;
        try {
            on_.gpu.refuse(nth);
            got = shown();
        } catch (const OutOfMemory&) {
            continue;  // before there was a pipeline, or in the test's own frame
        }
        on_.gpu.refuse(0);
        if (on_.gpu.refused() == before) break;
        ++refused;
        EXPECT_EQ(got, want);
    }
    EXPECT_GT(refused, 10);
    EXPECT_GT(made_room_, 5);
}

}  // namespace
}  // namespace reverie::memory_test
