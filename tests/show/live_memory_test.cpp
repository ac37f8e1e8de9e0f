// A show on a GPU whose memory runs out, in the dream's thread or in the show's own: it goes on in
// smaller tiles, and on the CPU only where the smallest do not fit.
#include <gtest/gtest.h>

#include <cmath>

#include "src/net/execution_plan.h"
#include "src/show/device_loss.h"
#include "tests/support/played_show.h"
#include "tests/support/runtime.h"
#include "tests/support/small_gpu.h"

namespace reverie::live_memory_test {
namespace {

using Clock = std::chrono::steady_clock;
using test::SmallGpu;

constexpr int kWidth = 233, kHeight = 177;
constexpr const char* kTiles = "; dreaming goes on in tiles of ";

ShowOptions show_options() {
    ShowOptions options = test::small_show(kWidth, kHeight);
    options.params.objective = parse_objective("conv2");
    options.budget_ms = 0;  // always dreams of the whole size
    return options;
}

/// A show as its main loop plays it.
class Played {
  public:
    explicit Played(size_t bytes)
        : gpu(new SmallGpu(bytes)),
          runtime(test::machine_on(std::unique_ptr<Device>(gpu))),
          show(runtime, show_options()),
          outputs(runtime) {}

    int64_t dreams() { return show.statistics().report(Clock::now()).dreams; }
    bool on_cpu() const { return runtime.device->info().kind == DeviceKind::cpu; }
    /// At most a minute, until there are so many dreams more. False if they did not come.
    bool play(int64_t more) {
        const Clock::time_point begun = Clock::now();
        int64_t first = dreams();
        bool was_on_cpu = on_cpu();
        while (dreams() < first + more) {
            if (Clock::now() - begun > std::chrono::minutes(1)) return false;
            try {
                show.advance(0.05);
            } catch (const DeviceError& error) {
                lines.push_back(go_on_on_cpu(error, {runtime, show, outputs}));
            } catch (const OutOfMemory& error) {
                if (show.make_room(error))
                    ++made_room;
                else
                    lines.push_back(go_on_on_cpu(error, {runtime, show, outputs}));
            }
            for (const Notice& notice : show.notices().take()) said += notice.text + "\n";
            if (on_cpu() && !was_on_cpu) first = dreams();
            was_on_cpu = on_cpu();
        }
        return true;
    }
    bool tiled() const { return said.find(kTiles) != std::string::npos; }
    /// mean |shown − source| of the newest picture.
    double strength() {
        const Pixels<const float> shown = show.picture(), source = show.source_picture();
        std::vector<float> a(static_cast<size_t>(shown.size())), b(a.size());
        runtime.device->download(*runtime.stream, a.data(), shown.data, a.size() * sizeof(float));
        runtime.device->download(*runtime.stream, b.data(), source.data, b.size() * sizeof(float));
        double sum = 0;
        for (size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
        return sum / static_cast<double>(a.size());
    }

    SmallGpu* gpu;  ///< the runtime's, even after it has been left
    Runtime runtime;
    LiveShow show;
    LiveOutputs outputs;
    std::vector<std::string> lines;
    std::string said;
    int made_room = 0;
};

/// Of all that a show keeps, and of the network's part of it.
struct Needs {
    size_t all = 0, network = 0, smallest = 0;
};

Needs needs() {
    Played plenty(SmallGpu::kPlenty);
    EXPECT_TRUE(plenty.play(3));
    EXPECT_TRUE(plenty.lines.empty());
    EXPECT_FALSE(plenty.tiled());
    EXPECT_EQ(plenty.gpu->disturbed(), 0);
    const std::vector<Tap> taps{plenty.runtime.network->tap("conv2", -1, 1)};
    Runtime other = test::machine_on(std::make_unique<SmallGpu>());
    const auto bytes = [&](int width, int height) {
        return other.network->plan(width, height, taps).memory_bytes();
    };
    return {plenty.gpu->peak(), bytes(kWidth + 32, kHeight + 32),
            other.network->memory_needed(160, 160, taps)};
}

TEST(LiveMemory, TheDreamGoesOnInSmallerTilesBeforeTheCpuDoes) {
    const Needs n = needs();
    constexpr size_t kTile = 4 * 3 * 224 * 224;  // bytes of a tile's own gradient, at most
    const size_t pictures = n.all - n.network;
    ASSERT_LT(n.smallest + kTile, n.network * 9 / 10);
    for (const size_t for_network :
         {n.network, (n.network + n.smallest + kTile) / 2, n.smallest + kTile}) {
        SCOPED_TRACE(for_network);
        Played limited(pictures + for_network);
        EXPECT_TRUE(limited.play(4)) << limited.said;
        EXPECT_TRUE(limited.lines.empty()) << limited.lines[0];
        EXPECT_FALSE(limited.on_cpu());
        // Not all of the peak is needed at once: the limit between may do without tiles.
        if (for_network == n.smallest + kTile) {
            EXPECT_TRUE(limited.tiled()) << limited.said;
        }
        EXPECT_EQ(limited.gpu->disturbed(), 0);
        EXPECT_EQ(limited.show.problem(), "");
    }
    Played too_little(pictures / 2);
    EXPECT_TRUE(too_little.play(2)) << too_little.said;
    EXPECT_EQ(too_little.lines.size(), 1U);
    EXPECT_TRUE(too_little.on_cpu());
}

/// What the show itself wants in the middle of it is had from the network, and the dream is not lost.
TEST(LiveMemory, TheNetworkGivesWayToTheShow) {
    Played show(SmallGpu::kPlenty);
    ASSERT_TRUE(show.play(8));
    const double before = show.strength();
    ASSERT_GT(before, 0.5);
    show.gpu->limit(show.gpu->bytes());
    Params params = show_options().params;
    params.zoom = 1.2F;  // a flow more
    show.show.desk().resume(params);
    ASSERT_TRUE(show.play(1)) << show.said;
    EXPECT_GE(show.made_room, 1);
    EXPECT_TRUE(show.lines.empty());
    EXPECT_FALSE(show.on_cpu());
    EXPECT_GT(show.strength(), 0.5 * before) << "the dream began anew";
    ASSERT_TRUE(show.play(3)) << show.said;
    EXPECT_TRUE(show.tiled()) << show.said;
    EXPECT_EQ(show.gpu->disturbed(), 0);
}

}  // namespace
}  // namespace reverie::live_memory_test
