// What is seen of pictures for whatever moves with them, against sums in plain loops.
#include "src/session/sight.h"

#include <gtest/gtest.h>

#include <cmath>

#include "src/dream/state_archive.h"
#include "src/media/pattern.h"
#include "tests/support/picture.h"

namespace reverie {
namespace {

TEST(RangeGain, IsZeroAtTheLeastAndOneAtTheMostOfLate) {
    RangeGain gain(0.1F, 0, false);
    EXPECT_EQ(gain(5, 0.1), 0);
    EXPECT_EQ(gain(7, 0.1), 1);
    // By hand: the least has come 0.1 s nearer to each value since.
    const double kept = std::exp2(-0.1 / 6);
    const double least = 7 + (5 - 7) * kept, now = 6;
    const double lower = now + (least - now) * kept, upper = now + (7 - now) * kept;
    EXPECT_NEAR(gain(6, 0.1), (now - lower) / (upper - lower), 1e-5);
    EXPECT_EQ(gain(NAN, 0.1), 0);
    // A level that stays is no movement.
    for (int i = 0; i < 2000; ++i) gain(6, 0.1);
    EXPECT_LT(gain(6.01F, 0.1), 0.1);
}

TEST(RangeGain, FromZeroQuietIsStillnessAndTheGainIsAutomatic) {
    for (const float loud : {0.3F, 3.0F}) {
        RangeGain gain(0, 0.02F, true);
        EXPECT_EQ(gain(0.0F, 0.1), 0);
        EXPECT_EQ(gain(loud, 0.1), 1);
        const double most = loud / 2 + loud / 2 * std::exp2(-3.0 / 6);
        EXPECT_NEAR(gain(loud / 2, 3), loud / 2 / most, 1e-5) << loud;
    }
    RangeGain gain(0, 0.02F, true);
    EXPECT_NEAR(gain(0.002F, 0.1), 0.1, 1e-6) << "a camera's noise";
}

TEST(FlowLength, IsTheRootMeanSquareOfALoopOverAllPixels) {
    const auto device = open_device({"cpu", 1});
    const auto stream = device->make_stream();
    FlowLength length(*device);
    for (const auto& [width, height] : {std::pair{1, 1}, {7, 5}, {161, 91}, {320, 180}}) {
        Image flow(*device, width, height, 2);
        double sum = 0;
        for (int y = 0; y < height; ++y) {
            for (int x = 0; x < width; ++x) {
                const double u = 3 + std::sin(5.0 * x / width), v = -2.0 * y / height;
                flow.view().at(x, y, 0) = static_cast<float>(u);
                flow.view().at(x, y, 1) = static_cast<float>(v);
                sum += u * u + v * v;
            }
        }
        const double length_px = std::sqrt(sum / (width * height));
        EXPECT_NEAR(length(*stream, flow.cview()) * width, length_px, 1e-4 * length_px) << width;
    }
}

TEST(Sight, MotionIsPerSecondAndWhatIsNotAskedForIsZero) {
    const auto device = open_device({"cpu", 1});
    const auto stream = device->make_stream();
    const auto flow_of = [&](float dx) {
        Image flow(*device, 33, 17, 2);
        for (int y = 0; y < 17; ++y) {
            for (int x = 0; x < 33; ++x) {
                flow.view().at(x, y, 0) = dx;
                flow.view().at(x, y, 1) = 0;
            }
        }
        return flow;
    };
    const Image slow = flow_of(1.65F), fast = flow_of(3.3F);
    Sight sight(*device);
    sight.see_motion(*stream, fast.cview(), 0.1);
    EXPECT_EQ(sight.seen().motion, 0);
    SightWish wish;
    wish.motion = true;
    sight.look_for(wish);
    sight.see_motion(*stream, fast.cview(), 0.1);
    EXPECT_EQ(sight.seen().motion, 1);
    sight.see_motion(*stream, slow.cview(), 0.05);  // as fast
    EXPECT_NEAR(sight.seen().motion, 1, 1e-5);
    sight.see_motion(*stream, slow.cview(), 0.1);
    EXPECT_NEAR(sight.seen().motion, 0.5 / (0.5 + 0.5 * std::exp2(-0.1 / 6)), 1e-4);
    sight.see_motion(*stream, {}, 0.1);  // a cut: nothing is known
    EXPECT_EQ(sight.seen().motion, 0);
    sight.look_for({});
    EXPECT_EQ(sight.seen().motion, 0);
}

TEST(Sight, SomebodyComesIntoAnEmptyPlace) {
    const auto device = open_device({"cpu", 1});
    const auto stream = device->make_stream();
    const auto frame_with = [](int figure) {
        VideoFrame frame = make_frame(planar_gbr(8), 97, 55);
        for (int plane = 0; plane < 3; ++plane) {
            for (int y = 0; y < 55; ++y) {
                for (int x = 0; x < 97; ++x)
                    frame.planes.data[plane][y * frame.planes.stride_bytes[plane] + x] =
                        x < figure ? 220 : 70;
            }
        }
        return frame;
    };
    Sight sight(*device);
    SightWish wish;
    wish.presence = true;
    sight.look_for(wish);
    double time_s = 0;
    const auto look = [&](int figure, int times) {
        for (int i = 0; i < times; ++i)
            sight.see_frame(*stream, frame_with(figure), {}, 0, time_s += 0.11);
    };
    look(0, 40);
    EXPECT_EQ(sight.seen().presence, 0);
    look(30, 12);
    EXPECT_EQ(sight.seen().presence, 1);
    look(0, 100);  // gone for longer than a moment
    EXPECT_EQ(sight.seen().presence, 0);
    sight.see_somebody(true);  // an installation says so
    EXPECT_EQ(sight.seen().presence, 1);
}

TEST(Sight, LayersHaveTheirOwnGains) {
    const auto device = open_device({"cpu", 1});
    Sight sight(*device);
    SightWish wish;
    wish.layers = {{"a", -1, 1}, {"b", 3, 1}};
    sight.look_for(wish);
    sight.see_layers({{{"a", -1, 1}, 2.0F}, {{"b", 3, 1}, 200.0F}}, 0.1);
    sight.see_layers({{{"a", -1, 1}, 4.0F}, {{"b", 3, 1}, 100.0F}}, 0.1);
    ASSERT_EQ(sight.seen().layers.size(), 2U);
    EXPECT_EQ(sight.seen().layers[0].second, 1);
    EXPECT_EQ(sight.seen().layers[1].second, 0);
    sight.see_layers({{{"b", 3, 1}, 150.0F}}, 0.1);  // the other one was not measured this time
    EXPECT_EQ(sight.seen().layers[0].second, 1);
    EXPECT_NEAR(sight.seen().layers[1].second, 0.5, 0.05);
}

TEST(Sight, GoesOnFromWhatWasKeptAsIfNothingHadHappened) {
    const auto device = open_device({"cpu", 1});
    const auto stream = device->make_stream();
    SightWish wish{true, true, {{"a", -1, 1}}};
    const auto see = [&](Sight& sight, int first, int last) {
        std::vector<float> seen;
        for (int i = first; i < last; ++i) {
            Image flow(*device, 33, 17, 2);
            VideoFrame frame = make_frame(planar_gbr(8), 97, 55);
            for (int y = 0; y < 17; ++y) {
                for (int x = 0; x < 33; ++x) {
                    flow.view().at(x, y, 0) = static_cast<float>(i * 5 % 7);
                    flow.view().at(x, y, 1) = 0.1F;
                }
            }
            for (int plane = 0; plane < 3; ++plane) {
                for (int y = 0; y < 55; ++y) {
                    for (int x = 0; x < 97; ++x)
                        frame.planes.data[plane][y * frame.planes.stride_bytes[plane] + x] =
                            i % 40 > 20 && x < 30 ? 220 : 70;
                }
            }
            sight.see_motion(*stream, flow.cview(), 0.11);
            sight.see_frame(*stream, frame, flow.cview(), 0.11, 0.11 * i);
            sight.see_layers({{{"a", -1, 1}, static_cast<float>(i * 3 % 11)}}, 0.11);
            seen.insert(seen.end(), {sight.seen().motion, sight.seen().presence,
                                     sight.seen().layers[0].second});
        }
        return seen;
    };
    Sight whole(*device), first(*device), second(*device);
    whole.look_for(wish);
    first.look_for(wish);
    second.look_for(wish);
    see(whole, 0, 67);
    see(first, 0, 67);
    StateArchive saved(*device, *stream);
    first.keep(saved);
    StateArchive restored(*device, *stream, saved.bytes());
    second.keep(restored);
    restored.require_end();
    const std::vector<float> want = see(whole, 67, 160);
    EXPECT_EQ(want, see(second, 67, 160));
    EXPECT_NE(want.front(), want.back()) << "nothing happens at all";
}

}  // namespace
}  // namespace reverie
