// Cuts in films that are drawn here, so that it is known where they are.
#include "src/media/shots.h"

#include <gtest/gtest.h>

namespace reverie::shots_test {
namespace {

constexpr double kFrameS = 0.04;

/// A ramp that moves ('a'), stripes ('b'), or one gray: white ('w'), black (' '), or a digit, the
/// ramp at so many tenths of its light.
VideoFrame picture(char kind, int number, int width, int height) {
    VideoFrame frame = make_frame(planar_yuv(8, 1, 1, ColorMatrix::bt709, false), width, height);
    for (int p = 0; p < 3; ++p) {
        const auto bytes = static_cast<int>(frame.format().row_bytes(p, width));
        for (int y = 0; y < frame.format().plane_height(p, height); ++y) {
            for (int x = 0; x < bytes; ++x) {
                const int ramp = 40 + (3 * x + 2 * y + number) % 100;
                int value = 128;
                if (p == 0 && kind == 'a') value = ramp;
                if (p == 0 && kind == 'b') value = x / 6 % 2 == 0 ? 220 : 30;
                if (p == 0 && kind == 'w') value = 235;
                if (p == 0 && kind == ' ') value = 16;
                if (p == 0 && kind >= '0' && kind <= '9')
                    value = 16 + (ramp - 16) * (kind - '0') / 10;
                frame.planes.data[p][y * frame.planes.stride_bytes[p] + x] =
                    static_cast<uint8_t>(value);
            }
        }
    }
    return frame;
}

/// Where the film, a letter a frame, is cut.
std::vector<int64_t> cuts_of(const std::string& film, int width, int height) {
    ShotFinder finder;
    for (size_t i = 0; i < film.size(); ++i)
        finder.see(picture(film[i], static_cast<int>(i), width, height),
                   kFrameS * static_cast<double>(i));
    std::vector<int64_t> firsts;
    for (const Shot& shot : finder.finish()) {
        EXPECT_DOUBLE_EQ(shot.at_s, kFrameS * static_cast<double>(shot.first));
        EXPECT_EQ(shot.score > 0, shot.first > 0);
        firsts.push_back(shot.first);
    }
    return firsts;
}

using Cuts = std::vector<int64_t>;

TEST(ShotFinder, FindsCutsWhereTheyAre) {
    for (const auto& [width, height] : {std::pair{33, 17}, {161, 93}, {1280, 722}}) {
        EXPECT_EQ(cuts_of("aaaaaaaaaabbbbbbbbbbaaaaaaaaa", width, height), (Cuts{0, 10, 20}));
        EXPECT_EQ(cuts_of("aaaaa", width, height), Cuts{0});
        EXPECT_EQ(cuts_of("ab", width, height), (Cuts{0, 1}));
    }
    EXPECT_EQ(ShotFinder().finish().size(), 0U);
}

TEST(ShotFinder, FlashesAndFadesAreNone) {
    EXPECT_EQ(cuts_of("aaaaaaaawaaaaaaaa", 161, 93), Cuts{0});
    EXPECT_EQ(cuts_of("aaaaaaaawwwaaaaaaaaaaa", 161, 93), Cuts{0});
    EXPECT_EQ(cuts_of("aaaaa99887766554433221100   00112233445566778899aaaaa", 161, 93), Cuts{0});
}

}  // namespace
}  // namespace reverie::shots_test
