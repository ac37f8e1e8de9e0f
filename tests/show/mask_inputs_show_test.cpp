// What comes beside a show's frames: their alpha, a second source, a guide that is taken.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "src/media/sink.h"
#include "tests/support/played_show.h"

namespace reverie::mask_inputs_show_test {
namespace {

namespace fs = std::filesystem;

constexpr int kWidth = 98, kHeight = 82, kEdge = 41;

/// A file in the folder for temporary ones, which is gone at the end.
class TemporaryName {
  public:
    explicit TemporaryName(const char* ending)
        : path_(fs::temp_directory_path() /
                fmt::format("reverie_beside_{}{}", std::random_device{}(), ending)) {}
    ~TemporaryName() {
        std::error_code ignored;
        fs::remove(path_, ignored);
    }
    TemporaryName(const TemporaryName&) = delete;
    TemporaryName& operator=(const TemporaryName&) = delete;
    std::string path() const { return path_.string(); }

  private:
    fs::path path_;
};

/// White to the left of kEdge, black to its right.
void write_halves(const std::string& path) {
    std::ofstream file(path, std::ios::binary);
    file << "P5\n" << kWidth << " " << kHeight << "\n255\n";
    for (int y = 0; y < kHeight; ++y)
        for (int x = 0; x < kWidth; ++x) file.put(x < kEdge ? '\xff' : '\0');
}

/// Noise, opaque to the left of kEdge, transparent to its right.
void write_with_alpha(const std::string& path) {
    SinkOptions options;
    options.width = kWidth;
    options.height = kHeight;
    options.time_base = {1, 25};
    options.source_format = packed_rgba(8);
    const std::unique_ptr<Sink> sink = open_sink(path, options);
    const VideoFrame frame = sink->acquire();
    ASSERT_EQ(frame.format().row_bytes(0, kWidth), size_t{4} * kWidth);
    std::mt19937 random(3);
    for (int y = 0; y < kHeight; ++y) {
        uint8_t* row = frame.planes.data[0] + y * frame.planes.stride_bytes[0];
        for (int x = 0; x < kWidth; ++x) {
            for (int c = 0; c < 3; ++c) row[4 * x + c] = static_cast<uint8_t>(random() % 200);
            row[4 * x + 3] = x < kEdge ? 255 : 0;
        }
    }
    sink->write(frame);
    sink->finish();
}

ShowOptions show_with(const char* objective) {
    ShowOptions options = test::small_show();
    options.params.objective = parse_objective(objective);
    return options;
}

/// Counts what is changed on both sides of kEdge.
class HalvesShow : public test::PlayedShow {
  protected:
    explicit HalvesShow(const ShowOptions& options) : PlayedShow(options) {}

    void each_picture() override {
        const std::vector<float> picture = down(show.picture());
        const std::vector<float> source = down(show.source_picture());
        ASSERT_EQ(picture.size(), source.size());
        for (size_t i = 0; i < picture.size(); ++i) {
            const bool left = static_cast<int>(i % kWidth) < kEdge;
            if (picture[i] != source[i]) ++(left ? left_ : right_);
        }
    }
    std::vector<float> down(Pixels<const float> picture) {
        std::vector<float> values(static_cast<size_t>(picture.size()));
        runtime.device->download(*runtime.stream, values.data(), picture.data,
                                 values.size() * sizeof(float));
        return values;
    }

    int64_t left_ = 0, right_ = 0;
};

class SecondShow : private TemporaryName, public HalvesShow {
  protected:
    SecondShow() : TemporaryName(".pgm"), HalvesShow(options()) {}

  private:
    ShowOptions options() const {
        write_halves(path());
        ShowOptions with = show_with("inception_3a@second");
        with.second = path();
        return with;
    }
};

TEST_F(SecondShow, DreamsWhereTheSecondSourceIsBright) {
    ASSERT_TRUE(play_until([&] { return left_ > kHeight * kEdge; }));
    EXPECT_EQ(right_, 0);
    EXPECT_EQ(said(), "");
}

class AlphaShow : private TemporaryName, public HalvesShow {
  protected:
    AlphaShow() : TemporaryName(".png"), HalvesShow(options()) {}

  private:
    ShowOptions options() const {
        write_with_alpha(path());
        ShowOptions with = show_with("inception_3a@alpha");
        with.source = path();
        with.from = {};
        return with;
    }
};

/// The picture is opened without its alpha, and once more with it as soon as that is asked for.
TEST_F(AlphaShow, DreamsWhereTheSourceIsOpaque) {
    show.desk().perform(request::SetParam{"strength", 0});
    ASSERT_TRUE(
        play_until([&] { return show.video() != nullptr && show.video()->format().has_alpha; }));
    left_ = right_ = 0;
    notes.clear();  // transparent parts were over black until then
    show.desk().perform(request::SetParam{"strength", 1});
    show.desk().perform(request::ResetDream{});
    ASSERT_TRUE(play_until([&] { return left_ > kHeight * kEdge; }));
    EXPECT_EQ(right_, 0);
    EXPECT_EQ(said(), "");
}

class PlainShow : public test::PlayedShow {};

TEST_F(PlainShow, SaysWhereThereIsNoSecondSourceAndNoAlpha) {
    EXPECT_THROW(show.check(parse_objective("inception_3a@1-second")), Error);
    EXPECT_THROW(show.in_network(parse_objective("inception_3a@second")), Error);
    show.desk().perform(request::SetObjective{parse_objective("inception_3a@alpha")});
    ASSERT_TRUE(play_until([&] { return !notes.empty(); }));
    EXPECT_EQ(said(),
              "@alpha: pattern:clouds has no alpha channel here: all of it counts as opaque\n");
    ASSERT_TRUE(play_dreams(1));
}

TEST_F(PlainShow, WhatTheSourceShowsGuidesTheDream) {
    EXPECT_THROW(show.check(parse_objective("guide(inception_3a)")), Error);
    ASSERT_TRUE(play_pictures(2));
    show.desk().perform(request::TakeGuide{});
    ASSERT_TRUE(play_until([&] { return !runtime.network->guides().empty(); }));
    const GuidePicture& guide = runtime.network->guides().front();
    EXPECT_EQ(guide.rgb.size(), size_t{3} * guide.width * guide.height);
    EXPECT_EQ(to_text(show.desk().params().objective), "guide(inception_4c)");
    ASSERT_TRUE(play_dreams(2));
    // An objective that goes towards guides already is left as it is.
    const Objective mine = parse_objective("guide(inception_3a, mean) + 0.5*inception_3b");
    show.desk().perform(request::SetObjective{mine});
    show.desk().perform(request::TakeGuide{});
    notes.clear();
    ASSERT_TRUE(play_until([&] { return !notes.empty(); }));
    EXPECT_EQ(said(), "what the source showed guides the dream\n");
    EXPECT_EQ(show.desk().params().objective, mine);
    ASSERT_TRUE(play_dreams(1));
}

}  // namespace
}  // namespace reverie::mask_inputs_show_test
