// The tables of sources, outputs and patterns: each spelling has one kind, whose promises hold.
#include "src/media/source_kind.h"

#include <sys/stat.h>

extern "C" {
#include <libavcodec/avcodec.h>
}

#include "src/media/pattern.h"
#include "src/media/sink_kind.h"
#include "tests/media/support.h"

namespace reverie {
namespace {

class SourceKindTest : public MediaTest {};

TEST_F(SourceKindTest, EverySpellingHasOneKind) {
    const std::string fifo = at("a_pipe");
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    const std::pair<std::string, std::string> expected[] = {
        {"pattern:clouds", "pattern"},
        {"pattern:nothing", "pattern"},
        {"camera", "camera"},
        {"camera:0", "camera"},
        {"/dev/video2", "camera"},
        {"-", "stdin"},
        {"rtsp://host/a.png", "stream"},
        {"https://host/film.mp4", "stream"},
        {"frames/%05d.png", "sequence"},
        {fifo, "pipe"},
        {"photo.JPG", "picture"},
        {"film.mkv", "video"},
        {"camera.mp4", "video"},
        {"no such thing", "video"},
    };
    for (const auto& [spec, name] : expected) EXPECT_EQ(source_kind_of(spec).name, name) << spec;
}

TEST_F(SourceKindTest, SinksOfEverySpelling) {
    const std::pair<std::string, std::string> expected[] = {
        {"null:", "null"},          {"-", "stdout"},
        {"srt://host:1", "stream"}, {"/dev/video10", "virtual camera"},
        {"a.PNG", "picture"},       {"frames/%05d.jpg", "picture"},
        {"dream.mp4", "video"},     {"dream.webm", "video"},
    };
    for (const auto& [spec, name] : expected) {
        const SinkKind* kind = find_sink_kind(spec);
        ASSERT_NE(kind, nullptr) << spec;
        EXPECT_EQ(kind->name, name) << spec;
        EXPECT_EQ(kind->on_disk, name == "picture" || name == "video") << spec;
        EXPECT_EQ(kind->reconnects, name == "stream") << spec;
        EXPECT_EQ(kind->sound, name == "stream" || name == "video") << spec;
    }
    EXPECT_EQ(find_sink_kind("dream.xyz"), nullptr);
}

TEST_F(SourceKindTest, WhatCannotComeIsRefusedAndTheRestIsWaitedFor) {
    EXPECT_THROW(require_source("pattern:cloud"), UsageError);
    EXPECT_THROW(require_source(at("no film.mkv")), Error);
    for (const char* later : {"camera:7", "-", "udp://127.0.0.1:50999"})
        EXPECT_NO_THROW(require_source(later)) << later;
}

/// A short loop is a recording; a source without an end is not, unless it is a pattern.
TEST_F(SourceKindTest, LiveIsWhatPeoplePassBefore) {
    EXPECT_TRUE(is_live(source_kind_of("camera:0"), 0, false));
    EXPECT_TRUE(is_live(source_kind_of("-"), 3, false));
    EXPECT_TRUE(is_live(source_kind_of("rtsp://host/a"), 0, false));
    EXPECT_FALSE(is_live(source_kind_of("https://host/a.mp4"), 9, false));
    EXPECT_FALSE(is_live(source_kind_of("film.mkv"), 9, false));
    EXPECT_FALSE(is_live(source_kind_of("photo.jpg"), 0, true));
    EXPECT_FALSE(is_live(source_kind_of("pattern:clouds"), 0, false));
}

TEST_F(SourceKindTest, EveryPatternIsInEveryHelpText) {
    for (const std::string& name : pattern_names()) {
        EXPECT_FALSE(pattern_help(name).empty());
        EXPECT_NO_THROW(require_source(pattern_spec(name)));
        for (const SourceUse use : {SourceUse::live, SourceUse::render, SourceUse::still})
            EXPECT_NE(source_help(use).find(name), std::string::npos) << name;
    }
    EXPECT_EQ(
        source_help(SourceUse::still),
        "a video (its first frame), a picture, or pattern:clouds|walker|flight|ink|inkblot|noise");
}

/// An error of another decoder (of sound, or of a second camera) does not count as damage here.
TEST_F(SourceKindTest, OnlyItsOwnDecoderSpeaksOfDamage) {
    make_clip("clip.mkv", "34x18", "-pix_fmt yuv420p");
    const std::unique_ptr<Source> source = open_source(at("clip.mkv"));
    AVCodecContext* sound = avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_AAC));
    ASSERT_NE(sound, nullptr);
    int frames = 0;
    for (; source->next(); ++frames) av_log(sound, AV_LOG_ERROR, "channel element 1.1 is missing");
    avcodec_free_context(&sound);
    EXPECT_GT(frames, 10);
    EXPECT_EQ(source->errors().damaged_frames, 0);
    EXPECT_EQ(source->errors().first, "");
}

}  // namespace
}  // namespace reverie
