// Thumbnails of presets, against dreams that are made by hand; and the small work that the dream's
// thread does between its dreams.
#include "src/show/look_thumbnails.h"

#include <gtest/gtest.h>

#include <atomic>

#include "kernels/ops.h"
#include "tests/support/played_show.h"

namespace reverie {
namespace {

Preset thumbnail_preset(const std::string& name) {
    const std::string objective = name == "odd" ? "no_such_layer" : "inception_3a";
    const std::string strength = name == "weak" ? "0" : "1.5";
    return parse_preset("[params]\nobjective = \"" + objective + "\"\nstrength = " + strength +
                            "\noctaves = 3\niterations = 2\nstep = 2\n",
                        name + ".toml");
}

class ThumbnailShow : public test::PlayedShow {
  protected:
    /// Until there are thumbnails of so many presets.
    testing::AssertionResult make(LookThumbnails& looks, size_t count) {
        return play_until([&] {
            if (!show.has_picture()) return false;
            advance(looks);
            return looks.pictures().size() >= count;
        });
    }

    /// Each time much later, so that no turn has to wait for its share.
    void advance(LookThumbnails& looks) {
        now += std::chrono::hours(1);
        looks.advance(now, *runtime.stream, *network, frame, show.desk().params(), *thread);
    }

    std::chrono::steady_clock::time_point now;
    /// A network, a frame and a thread of their own: the show's are busy.
    std::unique_ptr<Network> network = std::make_unique<Network>(
        *runtime.device, REVERIE_ROOT "/weights/googlenet.safetensors", DType::f32);
    std::unique_ptr<DreamThread> thread =
        std::make_unique<DreamThread>(*runtime.device, *network, 0);
    Image frame{*runtime.device, 161, 93, 3};

    ThumbnailShow() {
        for (int64_t i = 0; i < frame.cview().size(); ++i)
            frame.view().data[i] = static_cast<float>((i * 37 + i / 161 * 11) % 256);
    }
};

TEST_F(ThumbnailShow, AreTheDreamsOfTheirPresets) {
    LookThumbnails looks(thumbnail_preset);
    looks.want({"strong", "odd", "weak"});
    ASSERT_TRUE(make(looks, 2));
    EXPECT_FALSE(looks.pictures().contains("odd")) << "nothing, and nobody waits for it";
    const LookThumbnail weak = looks.pictures().at("weak"), strong = looks.pictures().at("strong");
    thread.reset();  // the network is this thread's now
    looks.forget_network();

    const Size size = thumbnail_size({161, 93});
    EXPECT_EQ(size.width, LookThumbnails::kWidth);
    EXPECT_EQ(weak.size, size);
    Image small{*runtime.device, size.width, size.height, 3};
    Resizer(*runtime.device).resize(*runtime.stream, frame, small);
    runtime.stream->synchronize();
    const auto byte_of = [&](Pixels<const float> picture, size_t pixel, int c) {
        const size_t at = static_cast<size_t>(2 - c) * picture.plane_size() + pixel;
        return static_cast<int>(std::lround(std::clamp(picture.data[at], 0.0F, 255.0F)));
    };
    const auto plane = static_cast<size_t>(small.cview().plane_size());
    for (size_t i = 0; i < plane; i += 13) {
        for (int c = 0; c < 3; ++c)
            ASSERT_EQ(weak.bgra[4 * i + static_cast<size_t>(c)], byte_of(small, i, c))
                << "at strength 0 it is the source";
    }

    // One after the other, without turns.
    const Params params = thumbnail_params(show.desk().params(), thumbnail_preset("strong"),
                                           *network, LookThumbnails::kTurns);
    Dreamer dreamer(*network, 0);
    Image residual{*runtime.device, size.width, size.height, 3};
    runtime.device->clear(*runtime.stream, residual.view().data,
                          static_cast<size_t>(residual.cview().size()) * sizeof(float));
    for (int turn = 0; turn < LookThumbnails::kTurns; ++turn)
        dreamer.dream(*runtime.stream, small, params, static_cast<uint32_t>(turn), residual);
    runtime.stream->synchronize();
    double off = 0, dreamed = 0;
    for (size_t i = 0; i < plane; ++i) {
        for (int c = 0; c < 3; ++c) {
            const size_t at = static_cast<size_t>(2 - c) * plane + i;
            const float shown = std::clamp(
                small.cview().data[at] + params.strength * residual.cview().data[at], 0.0F, 255.0F);
            off +=
                std::abs(shown - static_cast<float>(strong.bgra[4 * i + static_cast<size_t>(c)]));
            dreamed += std::abs(shown - small.cview().data[at]);
        }
    }
    EXPECT_LT(off, 0.6 * 3 * static_cast<double>(plane)) << "rounded to bytes";
    EXPECT_GT(dreamed, 5 * 3 * static_cast<double>(plane)) << "and something was dreamed";
}

TEST_F(ThumbnailShow, RestWhileNobodyLooks) {
    LookThumbnails looks(thumbnail_preset);
    looks.want({"strong"});
    ASSERT_TRUE(make(looks, 1));
    const int64_t number = looks.pictures().at("strong").number;
    ASSERT_TRUE(play_until([&] {
        advance(looks);
        return looks.pictures().at("strong").number > number;
    })) << "it is made anew";
    looks.want({});
    ASSERT_TRUE(play_until([&] { return !thread->aside_is_busy(); }));
    const int64_t last = looks.pictures().at("strong").number;
    for (int i = 0; i < 50; ++i) {
        advance(looks);
        EXPECT_FALSE(thread->aside_is_busy());
    }
    EXPECT_LE(looks.pictures().at("strong").number, last + 1) << "what was on its way, at most";
}

TEST_F(ThumbnailShow, SmallWorkIsDoneOnceAndItsFailureHarmsNothing) {
    std::atomic<int> done = 0;
    ASSERT_TRUE(thread->do_aside([&](Stream&, const std::atomic<bool>&) { ++done; }));
    ASSERT_TRUE(play_until([&] { return !thread->aside_is_busy(); }));
    EXPECT_EQ(done, 1);
    ASSERT_TRUE(thread->do_aside([&](Stream&, const std::atomic<bool>&) -> void {
        ++done;
        throw std::bad_alloc();
    }));
    ASSERT_TRUE(play_until([&] { return !thread->aside_is_busy(); }));
    EXPECT_EQ(done, 2);
    // The dream goes on beside it.
    DreamJob& job = thread->job();
    job.params = show.desk().params();
    for (Image* image : {&job.frame, &job.residual}) image->resize(*runtime.device, 98, 82, 3);
    runtime.device->clear(*runtime.stream, job.residual.view().data, 98 * 82 * 3 * sizeof(float));
    runtime.device->clear(*runtime.stream, job.frame.view().data, 98 * 82 * 3 * sizeof(float));
    thread->submit();
    ASSERT_TRUE(thread->do_aside([&](Stream&, const std::atomic<bool>&) { ++done; }));
    ASSERT_TRUE(play_until(
        [&] { return thread->state() == DreamThread::State::done && !thread->aside_is_busy(); }));
    EXPECT_EQ(done, 3);
}

}  // namespace
}  // namespace reverie
