// A dream that is kept, restored into new objects and continued gives the bytes of one that was not
// stopped: for every parameter, on both sides of a change, and for each class alone.
#include "src/dream/state_archive.h"

#include <gtest/gtest.h>

#include <functional>

#include "src/dream/feedback.h"
#include "src/dream/motion/flow_pyramid.h"
#include "src/dream/pipeline.h"
#include "tests/support/rig.h"

namespace reverie::state_archive_test {
namespace {

using test::quick_params;
using test::random_picture;
using test::Rig;

constexpr int kWidth = 49, kHeight = 41;
constexpr int kBefore = 4, kAfter = 3;
constexpr double kFrameS = 0.12;  // a few of them are a glance of Habituation

/// The parameters of a frame.
using Look = std::function<Params(int frame)>;

class StateArchiveTest : public testing::Test {
  protected:
    /// A picture that moves.
    Image frame(int number) {
        const std::vector<float> wide = random_picture(kWidth + 32, kHeight, 5);
        std::vector<float> values;
        for (int row = 0; row < 3 * kHeight; ++row) {
            const auto from = wide.begin() + static_cast<ptrdiff_t>(row) * (kWidth + 32) + number;
            values.insert(values.end(), from, from + kWidth);
        }
        return rig_.up(values, kWidth, kHeight);
    }

    template <class Dream>
    std::vector<float> next(Dream& dream, int number, const Look& look) {
        const Image picture = frame(number);
        return rig_.down(dream.next(*rig_.stream, picture, kFrameS * number, look(number)));
    }

    template <class Kept>
    std::string bytes_of(Kept& kept) {
        StateArchive archive(rig_.device, *rig_.stream);
        kept.keep(archive);
        return archive.bytes();
    }
    template <class Kept>
    void restore(Kept& kept, const std::string& bytes) {
        StateArchive archive(rig_.device, *rig_.stream, bytes);
        kept.keep(archive);
        archive.require_end();
    }

    /// `budget`: see Dreamer.
    template <class Dream>
    void expect_same(const std::string& what, const Look& look, size_t budget = 0) {
        SCOPED_TRACE(what);
        Dream uninterrupted(rig_.device, rig_.network, budget);
        for (int n = 0; n < kBefore; ++n) next(uninterrupted, n, look);
        const std::string bytes = bytes_of(uninterrupted);
        Dream taken_up(rig_.device, rig_.network, 0);
        restore(taken_up, bytes);
        EXPECT_EQ(bytes_of(taken_up), bytes);
        for (int n = kBefore; n < kBefore + kAfter; ++n)
            ASSERT_EQ(next(taken_up, n, look), next(uninterrupted, n, look)) << "frame " << n;
    }

    Rig rig_;
};

Params small_params() {
    Params params = quick_params();
    params.objective = parse_objective("conv2");
    params.iterations = 1;
    return params;
}

/// Each parameter at another value than small_params() has.
Params changed(const ParamInfo& info) {
    Params params = small_params();
    if (info.is_objective()) {
        params.objective = parse_objective("0.5*conv2 + inception_3a");
    } else if (info.is_flag()) {
        set_number(params, info, number_of(params, info) != 0 ? 0 : 1);
    } else {
        const double now = number_of(params, info);
        const double other = std::min(info.high, now + (info.is_integer() ? 1 : 0.25));
        set_number(params, info, other != now ? other : info.low);
    }
    return params;
}

TEST_F(StateArchiveTest, ARenderGoesOnWhateverIsSet) {
    expect_same<Pipeline>("as it is", [](int) { return small_params(); });
    for (const ParamInfo& info : kParams)
        expect_same<Pipeline>(std::string(info.key), [&](int) { return changed(info); });
}

TEST_F(StateArchiveTest, ARenderGoesOnWhereAScoreMovesEverything) {
    for (const ParamInfo& info : kParams) {
        expect_same<Pipeline>("to " + std::string(info.key), [&](int frame) {
            return frame < kBefore ? small_params() : changed(info);
        });
    }
    Params still = small_params();
    still.flow = false;
    expect_same<Pipeline>("the flow begins",
                          [&](int frame) { return frame < kBefore ? still : small_params(); });
    Params none = small_params();
    none.half_life = 0;
    expect_same<Pipeline>("the half-life begins",
                          [&](int frame) { return frame < kBefore ? none : small_params(); });
}

TEST_F(StateArchiveTest, MasksGoOnAsTheyWere) {
    Params masked = small_params();
    masked.objective = parse_objective("conv2@bright + 0.5*conv2@person - 0.2*inception_3a@motion");
    expect_same<Pipeline>("as they are", [&](int) { return masked; });
    expect_same<Pipeline>("one ends",
                          [&](int frame) { return frame < kBefore ? masked : small_params(); });
    masked.objective = parse_objective("conv2@dark");
    expect_same<Feedback>("in a picture", [&](int) { return masked; });
}

TEST_F(StateArchiveTest, ItsTilesStayAsSmallAsTheyWere) {
    const Params params = small_params();
    const size_t least = Dreamer::least_network_bytes(rig_.network, kWidth, kHeight, params);
    expect_same<Pipeline>(
        "in tiles", [&](int) { return params; }, least + (1U << 20U));
}

TEST_F(StateArchiveTest, FeedbackGoesOnWhateverIsSet) {
    Params held = small_params();
    held.homeostasis = 1;
    held.zoom = 1.3F;
    held.rotation = 20;
    expect_same<Feedback>("held", [&](int) { return held; });
    for (const ParamInfo& info : kParams) {
        expect_same<Feedback>("to " + std::string(info.key), [&](int frame) {
            Params params = held;
            const Params other = changed(info);
            if (frame >= kBefore) interpolate_param(params, info, other, other, 0);
            return params;
        });
    }
    Params loose = held;
    loose.homeostasis = 0;
    expect_same<Feedback>("the hold begins",
                          [&](int frame) { return frame < kBefore ? loose : held; });
}

TEST_F(StateArchiveTest, MotionAlone) {
    Motion motion(rig_.device);
    for (int n = 0; n < 3; ++n) motion.update(*rig_.stream, frame(n));
    Motion other(rig_.device);
    restore(other, bytes_of(motion));
    for (int n = 3; n < 5; ++n) {
        motion.update(*rig_.stream, frame(n));
        other.update(*rig_.stream, frame(n));
        EXPECT_EQ(rig_.down(other.flow_backward()), rig_.down(motion.flow_backward()));
        EXPECT_EQ(rig_.down(other.confidence()), rig_.down(motion.confidence()));
    }
    EXPECT_FALSE(other.first_frame());
}

TEST_F(StateArchiveTest, HomeostasisAlone) {
    Homeostasis held(rig_.device), other(rig_.device);
    held.begin(*rig_.stream, frame(0));
    Image picture = frame(9), scratch = frame(0), blurred = frame(0);
    held.observe(*rig_.stream, picture);
    held.hold(*rig_.stream, kFrameS, 1, picture, scratch, blurred);
    held.observe(*rig_.stream, picture);
    restore(other, bytes_of(held));
    Image twin = rig_.up(rig_.down(picture), kWidth, kHeight);
    held.hold(*rig_.stream, kFrameS, 1, picture, scratch, blurred);
    other.hold(*rig_.stream, kFrameS, 1, twin, scratch, blurred);
    EXPECT_EQ(rig_.down(twin), rig_.down(picture));
}

TEST_F(StateArchiveTest, UnrestAlone) {
    Unrest unrest(rig_.device), other(rig_.device);
    const Image still = frame(0);
    unrest.begin(*rig_.stream, still);
    const auto advance = [&](Unrest& each) {
        each.weigh(*rig_.stream, kFrameS, 40);
        each.observe(*rig_.stream, kFrameS, frame(1));
        return std::pair(each.change(), each.restlessness());
    };
    for (int n = 0; n < 30; ++n) advance(unrest);
    ASSERT_GT(unrest.restlessness(), 0);
    restore(other, bytes_of(unrest));
    for (int n = 0; n < 3; ++n) EXPECT_EQ(advance(other), advance(unrest));
}

TEST_F(StateArchiveTest, HabituationAlone) {
    Params params = small_params();
    Habituation tired(rig_.network), other(rig_.network);
    const auto look = [&](Habituation& each) {
        each.observe(*rig_.stream, 0.3, params, frame(2));
        return each.tired(params.objective, 1);
    };
    for (int n = 0; n < 15; ++n) look(tired);  // the last glance is a while ago
    restore(other, bytes_of(tired));
    ASSERT_GT(tired.tired(params.objective, 1).terms.size(), 1U);
    for (int n = 0; n < 3; ++n) EXPECT_EQ(look(other), look(tired));
}

TEST_F(StateArchiveTest, DamagedBytesAreRefused) {
    Pipeline pipeline(rig_.device, rig_.network, 0);
    next(pipeline, 0, [](int) { return small_params(); });
    const std::string bytes = bytes_of(pipeline);
    Pipeline other(rig_.device, rig_.network, 0);
    for (const size_t length : {size_t{0}, size_t{5}, bytes.size() / 2, bytes.size() - 1})
        EXPECT_THROW(restore(other, bytes.substr(0, length)), Error);
    EXPECT_THROW(restore(other, bytes + "x"), Error);
    std::string huge = bytes;
    std::memset(huge.data() + sizeof(size_t), 0x7f, 3 * sizeof(int));
    EXPECT_THROW(restore(other, huge), Error);
}

TEST_F(StateArchiveTest, ALateDreamIsKept) {
    Stream& stream = *rig_.stream;
    TemporalDream show(rig_.device, TemporalOptions::live());
    const Params params = small_params();
    const auto advance = [&](TemporalDream& dream, int number) {
        const Image picture = frame(number);
        dream.advance(stream, picture, kFrameS * number, params);
        return rig_.down(dream.composite(stream, 1));
    };
    advance(show, 0);
    DreamJob job;
    show.begin(stream, params, push_for(params, 0.04), job);
    advance(show, 1);
    TemporalDream taken_up(rig_.device, TemporalOptions::live());
    restore(taken_up, bytes_of(show));
    const std::vector<float> dreamed = random_picture(kWidth, kHeight, 9);
    job.residual = rig_.up(dreamed, kWidth, kHeight);
    EXPECT_EQ(advance(taken_up, 2), advance(show, 2));
    EXPECT_TRUE(show.finish(stream, job));
    EXPECT_TRUE(taken_up.finish(stream, job));
    for (int number = 3; number < 6; ++number) {
        const std::vector<float> picture = advance(show, number);
        EXPECT_EQ(advance(taken_up, number), picture) << number;
        EXPECT_NE(picture, rig_.down(frame(number)));
    }
}

}  // namespace
}  // namespace reverie::state_archive_test
