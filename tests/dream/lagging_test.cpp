// Everything that dreams, on a device where nothing runs before somebody waits, against a device
// where everything runs at once: the same bytes, no work on memory that is not the device's,
// nothing in a capture that cannot be captured. So of streams, lifetimes and captured work, a test
// on a GPU has only the GPU's own part left to prove.
#include <gtest/gtest.h>

#include "kernels/captured_graph.h"
#include "tests/support/lagging_device.h"
#include "tests/support/scenarios.h"

namespace reverie::lagging_test {
namespace {

using test::LaggingDevice;
using test::scenario::On;
using test::scenario::Scenario;

class Lagging : public testing::TestWithParam<Scenario> {};

TEST_P(Lagging, GivesTheSameBytes) {
    On direct(open_device({"cpu", 2}));
    auto made = std::make_unique<LaggingDevice>();
    LaggingDevice& lagging = *made;
    On late(std::move(made));
    const auto want = GetParam().run(direct), got = GetParam().run(late);
    ASSERT_EQ(got.size(), want.size());
    for (size_t i = 0; i < want.size(); ++i) EXPECT_EQ(got[i], want[i]) << i;
    EXPECT_NE(want.front(), want.back()) << "nothing happens at all";
    EXPECT_EQ(lagging.faults(), std::set<std::string>());
    if (GetParam().recorded) {
        EXPECT_GT(lagging.replayed(), 0);
    }
}

INSTANTIATE_TEST_SUITE_P(All, Lagging, testing::ValuesIn(test::scenario::all()),
                         [](const auto& tested) { return tested.param.name; });

/// The device itself: it notes what a GPU would not accept.
TEST(LaggingDeviceItself, NotesFaults) {
    std::vector<float> host(105);  // written when the memory below is released
    LaggingDevice device;
    const std::unique_ptr<Stream> stream = device.make_stream();
    const Image image(device, 7, 5, 3);
    device.ops().scale_offset(*stream, image.cview(), 1, 0, {host.data(), 7, 5, 3});
    EXPECT_EQ(device.faults(), std::set<std::string>{"work on memory that is not the device's"});

    LaggingDevice other;
    const std::unique_ptr<Stream> queue = other.make_stream();
    const Image picture(other, 7, 5, 3);
    CapturedGraph graph(other);
    for (int i = 0; i < 2; ++i) {
        graph.run(*queue, [&] {
            const Image fresh(other, 3, 3, 3);
            other.clear(*queue, picture.view().data, 4);
        });
    }
    EXPECT_EQ(other.faults(), (std::set<std::string>{"memory is allocated in a recording",
                                                     "memory is let go in a recording"}));
}

}  // namespace
}  // namespace reverie::lagging_test
