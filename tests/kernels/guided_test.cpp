// A dream at a smaller size, upsampled along a guide's edges: against plain loops in double, with a
// flat guide, and at an edge.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "kernels/ops.h"
#include "tests/support/guided_oracle.h"

namespace reverie::guided_test {
namespace {

using namespace guided_oracle;

class Guided : public OnDevice {
  protected:
    Image resize(const Image& src, Size to) {
        Image dst(*device_, to.width, to.height, src.cview().channels);
        const Buffer<float> scratch(*device_, resize_scratch_size(src, dst));
        ops_.resize(*stream_, src, dst, scratch.data());
        stream_->synchronize();
        return dst;
    }
    Image slope(const Image& src, const Image& guide) {
        Image dst(*device_, src.width(), src.height(), 3);
        ops_.slope_on_guide(*stream_, src, guide, static_cast<float>(kNoise), dst);
        stream_->synchronize();
        return dst;
    }
    /// What shown() gives, by the device; the guides are planes of the picture that is written.
    std::vector<float> shown_by_ops(const Plain& frame, const Plain& small) {
        const Image large = up(frame), picture = up(small), added = resize(picture, frame.size);
        Image guide(*device_, frame.size.width, frame.size.height, 1);
        ops_.luma(*stream_, large, guide);
        const Image small_guide = resize(guide, small.size);
        const Image smooth = resize(small_guide, frame.size), slopes = slope(picture, small_guide);
        const Image dst(*device_, frame.size.width, frame.size.height, 3);
        const auto plane = [&](int c, const Image& src) {
            device_->copy(*stream_, dst.view().plane(c).data, src.view().data,
                          static_cast<size_t>(src.view().size()) * sizeof(float));
            return dst.cview().plane(c);
        };
        ops_.show_guided(*stream_, large, {added, plane(0, guide), plane(1, smooth), slopes}, dst);
        return down(dst);
    }

    Ops& ops_ = device_->ops();
};

TEST_F(Guided, AgreesWithPlainLoops) {
    constexpr std::pair<Size, Size> kSizes[] = {
        {{1, 1}, {1, 1}}, {{7, 5}, {16, 11}}, {{33, 17}, {70, 41}}, {{101, 9}, {113, 31}}};
    for (const auto& [small, large] : kSizes) {
        // Values beyond 0 … 255 too, and a picture that is clamped.
        const Plain frame = random(large, -20, 280), picture = random(small, -90, 90);
        const Plain want = shown(frame, picture);
        const std::vector<float> got = shown_by_ops(frame, picture);
        for (size_t i = 0; i < got.size(); ++i)
            ASSERT_NEAR(got[i], want.v[i], 2e-3) << large.width << "x" << large.height << " " << i;
    }
}

TEST_F(Guided, FlatGuideIsPlainResampling) {
    const Size small{33, 17}, large{70, 41};
    const Plain picture = random(small, -30, 30);
    const Plain frame = made(large, 3, [](int, int, int c) { return 100.1 + 30 * c; });
    const Image plain(*device_, large.width, large.height, 3);
    const Image added = resize(up(picture), large), under = up(frame);
    ops_.composite(*stream_, under, added, 1.0F, plain);
    const std::vector<float> want = down(plain), got = shown_by_ops(frame, picture);
    for (size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(got[i], want[i], 1e-4);
    const Image flat = up(made(small, 1, [](int, int, int) { return 77.7; }));
    const std::vector<float> slopes = down(slope(up(picture), flat));
    for (const float v : slopes) ASSERT_EQ(v, 0);
}

/// A picture that is `gain` times a step edge of the frame leaks over that edge if it is only
/// resampled, but not if it is upsampled along the guide.
TEST_F(Guided, NothingLeaksOverAnEdge) {
    const Size small{33, 17}, large{70, 41};
    constexpr int kEdge = 37;
    constexpr double kHeight = 120;
    const Plain frame =
        made(large, 3, [](int x, int, int) { return x < kEdge ? 60 : 60 + kHeight; });
    for (const double gain : {0.3, -0.8, -1.0}) {
        const Plain step =
            made(large, 3, [&](int x, int, int) { return x < kEdge ? 0 : gain * kHeight; });
        const Plain picture = resized(step, small, keys);
        const std::vector<float> plain = down(resize(up(picture), large));
        const std::vector<float> guided = shown_by_ops(frame, picture);
        double worst_plain = 0, worst_guided = 0;
        for (size_t i = 0; i < guided.size(); ++i) {
            worst_plain = std::max(worst_plain, std::abs(plain[i] - step.v[i]));
            worst_guided = std::max(worst_guided, std::abs(guided[i] - frame.v[i] - step.v[i]));
        }
        EXPECT_GT(worst_plain, 0.2 * std::abs(gain) * kHeight) << gain;
        EXPECT_LT(worst_guided, 0.01 * std::abs(gain) * kHeight) << gain;
    }
}

}  // namespace
}  // namespace reverie::guided_test
