// The preview: the newest frame of a long job as a picture beside its output.
#include "src/media/preview.h"

#include "tests/media/support.h"

namespace reverie::preview_test {
namespace {

using Preview = MediaTest;

constexpr int kWidth = 33, kHeight = 17;

SinkOptions small() {
    SinkOptions options;
    options.width = kWidth;
    options.height = kHeight;
    options.time_base = {1, 25};
    return options;
}

/// Writes three different frames to an RGB sink and calls `after` after each of them.
template <class After>
void write_three(Sink& sink, const After& after) {
    for (int number = 1; number <= 3; ++number) {
        VideoFrame frame = sink.acquire();
        for (int y = 0; y < kHeight; ++y) {
            uint8_t* row = frame.planes.data[0] + y * frame.planes.stride_bytes[0];
            for (int i = 0; i < 3 * kWidth; ++i)
                row[i] = static_cast<uint8_t>(7 * i + 13 * y + 50 * number);
        }
        frame.pts = number - 1;
        sink.write(frame);
        after(number);
    }
}

TEST_F(Preview, ShowsTheFirstFrameAtOnceAndTheLastAtTheEnd) {
    // Pictures of all frames to compare with, and the preview beside them.
    const std::unique_ptr<Sink> sink =
        with_preview(open_sink(at("%03d.png"), small()), at("now.png"), small());
    write_three(*sink, [&](int number) {
        if (number == 1) {
            EXPECT_EQ(bytes_of("now.png"), bytes_of("001.png"));
        }
    });
    sink->finish();
    EXPECT_FALSE(bytes_of("now.png").empty());
    EXPECT_EQ(bytes_of("now.png"), bytes_of("003.png"));
    EXPECT_NE(bytes_of("001.png"), bytes_of("003.png"));
    EXPECT_TRUE(sink->notes().empty());
}

TEST_F(Preview, WhatCannotBeWrittenIsToldBeforeTheWork) {
    const auto preview = [&](const std::string& name) {
        return with_preview(open_sink("null:", small()), name, small());
    };
    EXPECT_THROW(preview(at("now.mp4")), UsageError);
    EXPECT_THROW(preview(at("%d.png")), UsageError);
    EXPECT_THROW(preview(at("nowhere/now.png")), Error);
    put("there.png", "mine");
    EXPECT_THROW(preview(at("there.png")), Error);
    EXPECT_EQ(bytes_of("there.png"), "mine");
}

TEST_F(Preview, AFolderThatGoesAwayEndsNothing) {
    put("gone/x", "");
    const std::unique_ptr<Sink> sink =
        with_preview(open_sink(at("%03d.png"), small()), at("gone/now.png"), small());
    std::filesystem::remove_all(at("gone"));
    write_three(*sink, [](int /*number*/) {});
    sink->finish();
    ASSERT_EQ(sink->notes().size(), 1U);
    EXPECT_NE(sink->notes()[0].find("--preview"), std::string::npos);
    EXPECT_FALSE(bytes_of("003.png").empty());
}

}  // namespace
}  // namespace reverie::preview_test
