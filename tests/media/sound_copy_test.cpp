// The sound of the source in the output: kept from any kind of source, converted if the container
// refuses it, cut with the picture, and at its time.
#include <algorithm>
#include <cmath>

#include "tests/media/support.h"

namespace reverie {
namespace {

class SoundCopyTest : public MediaTest {
  protected:
    void make(const std::string& name, const std::string& sound, const std::string& arguments,
              const std::string& between = "") const {
        ffmpeg("-f lavfi -i testsrc2=size=32x16:rate=25:duration=1 " + between + " -f lavfi -i \"" +
               sound + "\" -map 0 -map 1 -c:v libx264 -g 25 -pix_fmt yuv420p " + arguments + " '" +
               at(name) + "'");
    }
    std::string render(const std::string& from, const std::string& to,
                       const SourceOptions& options = {}) {
        std::filesystem::remove(at(to));
        render_identity(from.find("://") == std::string::npos ? at(from) : from, at(to),
                        to.ends_with(".webm") ? "vp9" : "h264", options);
        return at(to);
    }
    static std::string codecs_of(const std::string& path) {
        std::string codecs = probe(path, "-select_streams a -show_entries stream=codec_name");
        std::replace(codecs.begin(), codecs.end(), '\n', ' ');
        return codecs;
    }
    /// Samples of a file's first sound stream, 8000 a second, placed by their time after 0.
    std::vector<float> samples_of(const std::string& path) const {
        ffmpeg("-copyts -i '" + path +
               "' -map 0:a:0 -af aresample=async=1:first_pts=0 -ac 1 -ar 8000 -f f32le '" +
               at("samples") + "'");
        std::ifstream in(at("samples"), std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(in)), {});
        std::vector<float> samples(bytes.size() / sizeof(float));
        std::memcpy(samples.data(), bytes.data(), samples.size() * sizeof(float));
        return samples;
    }
    /// The loudest between two times.
    static float loudest(const std::vector<float>& samples, double from_s, double to_s) {
        float most = 0;
        const auto from = static_cast<size_t>(std::max(0.0, from_s) * 8000);
        for (size_t i = from; i < std::min(samples.size(), static_cast<size_t>(to_s * 8000)); ++i)
            most = std::max(most, std::abs(samples[i]));
        return most;
    }
    /// When the sound first is not silent.
    static double begin_of(const std::vector<float>& samples) {
        for (size_t i = 0; i < samples.size(); ++i) {
            if (std::abs(samples[i]) > 0.05F) return static_cast<double>(i) / 8000;
        }
        return -1;
    }
};

TEST_F(SoundCopyTest, WhatAContainerRefusesIsConverted) {
    struct Case {
        std::string in, codec, out, becomes;
    };
    const std::vector<Case> cases{{"flac.mkv", "flac", "out.mp4", "aac "},
                                  {"hd.mkv", "truehd -strict -2", "out.mp4", "aac "},
                                  {"opus.mkv", "libopus", "out.mov", "aac "},
                                  {"ad.mkv", "adpcm_ima_wav", "out.avi", "mp3 "},
                                  {"cam.mov", "pcm_s16be", "out.mp4", "aac "},
                                  {"wma.mkv", "wmav2", "out.mp4", "aac "},
                                  {"vorbis.mkv", "libvorbis", "out.mov", "aac "},
                                  {"aac.mp4", "aac", "out.webm", "opus "},
                                  {"six.mkv", "flac -ac 6", "out.webm", "opus "}};
    for (const Case& each : cases) {
        make(each.in, "sine=frequency=440:sample_rate=48000:duration=1", "-c:a " + each.codec);
        const std::string out = render(each.in, each.out);
        EXPECT_EQ(codecs_of(out), each.becomes) << each.in << " " << each.out;
        ASSERT_EQ(notes_.size(), 1U) << each.in;
        EXPECT_NE(notes_[0].find("becomes"), std::string::npos) << notes_[0];
        const std::vector<float> samples = samples_of(out);
        EXPECT_NEAR(static_cast<double>(samples.size()) / 8000, 1, 0.1) << each.in << each.out;
        EXPECT_GT(loudest(samples, 0.9, 0.98), 0.05F) << each.in;
    }
}

TEST_F(SoundCopyTest, WhatItTakesIsCopied) {
    for (const auto& [codec, ending] : {std::pair{"aac", ".mp4"},
                                        {"ac3", ".avi"},
                                        {"pcm_s16le", ".avi"},
                                        {"libmp3lame", ".avi"},
                                        {"pcm_s24le", ".mov"},
                                        {"flac", ".mkv"},
                                        {"libopus", ".webm"}}) {
        make("in.mkv", "sine=frequency=440:sample_rate=48000:duration=1",
             std::string("-c:a ") + codec);
        const std::string out = render("in.mkv", std::string("out") + ending);
        EXPECT_TRUE(notes_.empty()) << notes_[0];
        const std::string given = hashes_in(packets_of(at("in.mkv"), "a"));
        if (std::string(codec) != "pcm_s24le") {
            EXPECT_NE(given.find(hashes_in(packets_of(out, "a")).substr(40, 200)),
                      std::string::npos)
                << codec;
        }
    }
}

TEST_F(SoundCopyTest, AddressesKeepTheirs) {
    make("in.mkv", "sine=frequency=440:sample_rate=48000:duration=1", "-c:a aac");
    const std::string out = render("file://" + at("in.mkv"), "out.mkv");
    EXPECT_EQ(hashes_in(packets_of(at("in.mkv"), "a")), hashes_in(packets_of(out, "a")));
}

TEST_F(SoundCopyTest, PipesKeepTheirs) {
    make("in.ts", "sine=frequency=440:sample_rate=48000:duration=1", "-c:a ac3");
    ASSERT_EQ(std::system(("mkfifo '" + at("fifo") + "'").c_str()), 0);
    ASSERT_EQ(std::system(("cat '" + at("in.ts") + "' > '" + at("fifo") + "' &").c_str()), 0);
    const std::string out = render("fifo", "out.mkv");
    std::string given;  // without ffprobe's lines about the side data of TS packets
    std::istringstream lines(hashes_in(packets_of(at("in.ts"), "a")));
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("MD5")) given += line + "\n";
    }
    EXPECT_EQ(given, hashes_in(packets_of(out, "a")));
}

TEST_F(SoundCopyTest, WhatWasCutAwayStaysAway) {
    for (const std::string codec : {"aac", "pcm_s16le"}) {
        ffmpeg(
            "-f lavfi -i testsrc2=size=32x16:rate=25:duration=4 -f lavfi -i "
            "\"aevalsrc='0.5*sin(2*PI*440*t)*lt(t\\,1.4)':s=48000:d=4\" -c:v libx264 -g 25 "
            "-pix_fmt yuv420p -c:a " +
            codec + " '" + at("full.mov") + "'");
        ffmpeg("-ss 1.5 -i '" + at("full.mov") + "' -c copy '" + at("cut.mov") + "'");
        for (const std::string ending : {".mkv", ".avi", ".mp4"}) {
            const std::string out = render("cut.mov", "out" + ending);
            const std::vector<float> samples = samples_of(out);
            EXPECT_NEAR(static_cast<double>(samples.size()) / 8000, 2.5, 0.06) << codec << ending;
            EXPECT_LT(loudest(samples, 0, 3), 0.01F) << codec << ending;
        }
    }
}

TEST_F(SoundCopyTest, EarlyAndDelayedSoundIsInTime) {
    // A beep from 0.5 s on, which is moved.
    const std::string beep = "aevalsrc='0.5*sin(2*PI*880*t)*gte(t\\,0.5)':s=48000:d=1";
    for (const auto& [offset, codec, name] : {std::tuple{-0.3, "aac", "in.mp4"},
                                              {0.4, "aac", "in.mp4"},
                                              {0.4, "ac3", "in.mkv"},
                                              {0.4, "pcm_s16le", "in.mkv"},
                                              {0.4, "flac", "in.mkv"}}) {
        make(name, beep, std::string("-c:a ") + codec, "-itsoffset " + std::to_string(offset));
        for (const std::string ending : {".mp4", ".mkv", ".avi"}) {
            const std::string out = render(name, "out" + ending);
            const std::string times = pts_of(out);
            EXPECT_NEAR(std::strtod(times.c_str(), nullptr), 0, 0.002) << name << ending;
            EXPECT_NEAR(begin_of(samples_of(out)), 0.5 + offset, 0.03) << codec << offset << ending;
        }
    }
}

TEST_F(SoundCopyTest, ConvertedSoundIsCutLikeThePicture) {
    const std::string beep = "aevalsrc='0.5*sin(2*PI*880*t)*gte(t\\,0.5)':s=44100:d=1";
    make("in.mkv", beep, "-c:a flac");
    SourceOptions options;
    options.start_s = 0.4;
    options.duration_s = 0.4;
    const std::vector<float> samples = samples_of(render("in.mkv", "out.mp4", options));
    EXPECT_NEAR(begin_of(samples), 0.1, 0.01);
    EXPECT_NEAR(static_cast<double>(samples.size()) / 8000, 0.4, 0.03);
}

/// A note before any work says what an output cannot hold.
TEST_F(SoundCopyTest, WhatCannotBeKeptIsSaid) {
    put("s.srt", "1\n00:00:00,100 --> 00:00:00,600\nA dream\n\n");
    make("in.mkv", "sine=duration=1", "-map 2 -c:a aac -c:s srt", "-i '" + at("s.srt") + "'");
    ffmpeg("-i '" + at("in.mkv") + "' -map 0:v -c copy '" + at("silent.mkv") + "'");
    for (const auto& [name, left_out] :
         {std::pair{"in.mkv", "left out: subtitles, sound ("}, {"silent.mkv", ""}}) {
        const std::unique_ptr<Source> source = open_source(at(name));
        SinkOptions options = sink_options_for(source->info());
        options.streams = source->streams_to_copy();
        for (const std::string to : {"-", "udp://127.0.0.1:9", "/dev/video99", "f/%03d.png"}) {
            const std::string line = streams_left_out(to, options);
            EXPECT_EQ(line.substr(0, line.find('(') + 1), left_out) << name << " to " << to;
        }
        EXPECT_EQ(streams_left_out("o.mkv", options), "");
        EXPECT_EQ(streams_left_out("null:", options), "");
    }
}

TEST_F(SoundCopyTest, TimecodeIsKeptAndOtherDataIsSaid) {
    put("data.bin", std::string(300, 'x'));
    ffmpeg("-f lavfi -i testsrc2=size=32x16:rate=25:duration=1 -f data -i '" + at("data.bin") +
           "' -map 0 -map 1 -c:v libx264 -pix_fmt yuv420p -c:d copy -tag:d gpmd -timecode "
           "01:00:10:05 '" +
           at("in.mov") + "'");
    SourceOptions late;
    late.start_s = 0.4;
    const auto timecode_of = [](const std::string& path) {
        // Matroska's tags are in capitals.
        const std::string tags =
            probe(path, "-show_entries stream_tags=timecode:format_tags=timecode,TIMECODE");
        const size_t begin = std::min(tags.find_first_not_of('\n'), tags.size());
        return tags.substr(begin, tags.find('\n', begin) - begin);
    };
    for (const std::string to : {"o.mov", "o.mp4", "o.mkv"}) {
        EXPECT_EQ(timecode_of(render("in.mov", to)), "01:00:10:05") << to;
        ASSERT_EQ(notes_.size(), 1U) << to;
        EXPECT_EQ(notes_[0].find("telemetry (GPMF) left out"), 0U) << notes_[0];
        EXPECT_EQ(timecode_of(render("in.mov", to, late)), "01:00:10:15") << to;
    }
    render("in.mov", "o.avi");
    ASSERT_EQ(notes_.size(), 2U);
    EXPECT_EQ(notes_[1].find("timecode 01:00:10:05 left out"), 0U) << notes_[1];
    ffmpeg("-i '" + at("o.mkv") + "' -i '" + at("in.mov") + "' -map 0:v -map 1:v -c copy '" +
           at("two.mkv") + "'");
    render("two.mkv", "o.mkv");
    ASSERT_EQ(notes_.size(), 1U);
    EXPECT_EQ(notes_[0].find("another picture (h264) left out"), 0U) << notes_[0];
}

}  // namespace
}  // namespace reverie
