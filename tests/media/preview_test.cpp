// The newest frame of a long job as a picture beside its output.
#include "src/media/preview.h"

#include "src/media/pattern.h"
#include "tests/media/support.h"

namespace reverie {
namespace {

using Preview = MediaTest;

SinkOptions options_of(const Source& source) { return sink_options_for(source.info()); }

/// Three frames of a pattern of 33 × 17.
std::unique_ptr<Source> a_pattern() {
    SourceOptions options;
    options.width = 33;
    options.height = 17;
    options.duration_s = 3.0 / 25;
    return open_pattern("clouds", options);
}

TEST_F(Preview, ShowsTheFirstFrameAtOnceAndTheLastAtTheEnd) {
    const std::unique_ptr<Source> source = a_pattern();
    const SinkOptions options = options_of(*source);
    // Pictures of all frames to compare with, and the preview beside them.
    const std::unique_ptr<Sink> sink =
        with_preview(open_sink(at("%03d.png"), options), at("now.png"), options);
    int frames = 0;
    while (std::optional<VideoFrame> frame = source->next()) {
        ASSERT_EQ(sink->format(), frame->format());
        sink->write(*frame);
        if (++frames == 1) {
            EXPECT_EQ(bytes_of("now.png"), bytes_of("001.png"));
        }
    }
    EXPECT_GE(frames, 3);
    sink->finish();
    EXPECT_EQ(bytes_of("now.png"), bytes_of("00" + std::to_string(frames) + ".png"));
    EXPECT_NE(bytes_of("001.png"), bytes_of("002.png"));
    EXPECT_TRUE(sink->notes().empty());
}

TEST_F(Preview, WhatCannotBeWrittenIsToldBeforeTheWork) {
    const std::unique_ptr<Source> source = a_pattern();
    const SinkOptions options = options_of(*source);
    const auto preview = [&](const std::string& name) {
        return with_preview(open_sink("null:", options), name, options);
    };
    EXPECT_THROW(preview(at("now.mp4")), UsageError);
    EXPECT_THROW(preview(at("%d.png")), UsageError);
    EXPECT_THROW(preview(at("nowhere/now.png")), Error);
    put("there.png", "mine");
    EXPECT_THROW(preview(at("there.png")), Error);
    EXPECT_EQ(bytes_of("there.png"), "mine");
}

TEST_F(Preview, AFolderThatGoesAwayEndsNothing) {
    const std::unique_ptr<Source> source = a_pattern();
    const SinkOptions options = options_of(*source);
    put("gone/x", "");
    const std::unique_ptr<Sink> sink =
        with_preview(open_sink(at("%03d.png"), options), at("gone/now.png"), options);
    std::filesystem::remove_all(at("gone"));
    while (std::optional<VideoFrame> frame = source->next()) sink->write(*frame);
    sink->finish();
    ASSERT_EQ(sink->notes().size(), 1U);
    EXPECT_NE(sink->notes()[0].find("--preview"), std::string::npos);
    EXPECT_FALSE(bytes_of("003.png").empty());
}

}  // namespace
}  // namespace reverie
