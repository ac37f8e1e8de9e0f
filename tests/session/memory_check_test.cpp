// A size that does not fit is refused before any allocation, and the error names the largest one
// that fits.
#include "src/session/memory_check.h"

#include <gtest/gtest.h>

#include "src/util/error.h"
#include "src/util/size.h"
#include "tests/support/rig.h"

namespace reverie {
namespace {

TEST(MemoryCheck, TheLargestSizeFitsAndALargerOneDoesNot) {
    const auto bytes_of = [](Size s) {
        return size_t{100} * static_cast<size_t>(s.width) * static_cast<size_t>(s.height);
    };
    for (const Size size : {Size{3840, 2160}, {1081, 1921}, {7, 5}}) {
        for (const double share : {2.0, 1.0, 0.9, 0.5, 0.01}) {
            const auto there = static_cast<size_t>(share * static_cast<double>(bytes_of(size)));
            const Size found = largest_that_fits(size, there, bytes_of);
            if (share >= 1) {
                EXPECT_EQ(found, size);
                EXPECT_NO_THROW(check_memory(there, size, bytes_of));
                continue;
            }
            const Size larger{found.width * 103 / 100 + 2, found.height * 103 / 100 + 2};
            EXPECT_TRUE(bytes_of(found) <= there || found == (Size{2, 2}));
            EXPECT_GT(bytes_of(larger), there) << found.width << "x" << found.height;
            try {
                check_memory(there, size, bytes_of);
                ADD_FAILURE() << "accepted";
            } catch (const Error& error) {
                const std::string wanted =
                    "--size " + std::to_string(found.width) + "x" + std::to_string(found.height);
                EXPECT_NE(std::string(error.what()).find(wanted), std::string::npos)
                    << error.what();
            }
        }
    }
}

TEST(MemoryCheck, ARenderNeedsItsPicturesAndAtLeastATileOfTheNetwork) {
    test::Rig rig;
    const Params params = test::quick_params();
    const Size size{1920, 1080};
    const size_t pictures = render_bytes(size, params, nullptr);
    const size_t all = render_bytes(size, params, &rig.network);
    const std::vector<Tap> taps = resolve(rig.network, params.objective);
    EXPECT_EQ(all - pictures, rig.network.memory_needed(160, 160, taps));
    EXPECT_LT(all - pictures, rig.network.memory_needed(1920 + 32, 1080 + 32, taps));
    // A picture that is smaller than a tile is dreamed whole.
    EXPECT_EQ(
        render_bytes({65, 49}, params, &rig.network) - render_bytes({65, 49}, params, nullptr),
        rig.network.memory_needed(65 + 32, 49 + 32, taps));
}

}  // namespace
}  // namespace reverie
