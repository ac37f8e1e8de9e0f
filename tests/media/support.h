// Clips for the media tests, made by the ffmpeg program, and what other readers (ffprobe, libav by
// itself) read from our files.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "src/media/frames/device_frame.h"
#include "src/media/sink.h"
#include "src/media/source.h"
#include "src/util/error.h"
#include "tests/media/decoded.h"
#include "tests/support/error_of.h"

namespace reverie {

using test::error_of;

/// A folder of its own for each test, gone at its end.
class MediaTest : public ::testing::Test {
  protected:
    MediaTest() {
        std::string name =
            (std::filesystem::temp_directory_path() / "reverie_media_XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw Error("no temporary folder");
        folder_ = name;
    }
    ~MediaTest() override {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    void SetUp() override {
        static const bool there = std::system(
                                      "command -v ffmpeg >/dev/null && "
                                      "command -v ffprobe >/dev/null") == 0;
        if (!there) GTEST_SKIP() << "ffmpeg and ffprobe are not there: apt-get install ffmpeg";
    }

    std::string at(const std::string& name) const { return (folder_ / name).string(); }
    /// Writes a file, and its folder where there is none.
    void put(const std::string& name, const std::string& bytes) const {
        std::filesystem::create_directories(std::filesystem::path(at(name)).parent_path());
        std::ofstream(at(name), std::ios::binary) << bytes;
    }
    std::string bytes_of(const std::string& name) const {
        std::ifstream file(at(name), std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    /// What a command prints, or a failure.
    static std::string output_of(const std::string& command) {
        std::string text;
        FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
        std::array<char, 4096> buffer{};
        for (size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
            text.append(buffer.data(), n);
        }
        EXPECT_EQ(::pclose(pipe), 0) << command << "\n" << text;
        return text;
    }

    static void ffmpeg(const std::string& arguments) {
        output_of("ffmpeg -hide_banner -v error -nostdin -y " + arguments);
    }

    /// A moving test picture of one second and more: `arguments` follow the input.
    void make_clip(const std::string& name, const std::string& size, const std::string& arguments,
                   const std::string& rate = "25", const std::string& more_inputs = "") const {
        ffmpeg("-f lavfi -i testsrc2=size=" + size + ":rate=" + rate + ":duration=1.2 " +
               more_inputs + " " + arguments + " '" + at(name) + "'");
    }

    static std::string probe(const std::string& path, const std::string& arguments) {
        return output_of("ffprobe -v error " + arguments + " -of csv=p=0 '" + path + "'");
    }
    /// Times of the pictures, one line a frame.
    static std::string pts_of(const std::string& path) { return test::decoded(path).times; }
    /// Hashes of the decoded planes, one line a frame.
    static std::string planes_of(const std::string& path) { return test::decoded(path).hashes; }
    /// Times and bytes of the packets of a kind of stream ("a", "s").
    static std::string packets_of(const std::string& path, const std::string& kind) {
        return probe(
            path, "-select_streams " + kind +
                      " -show_packets -show_data_hash md5 -show_entries packet=pts_time,data_hash");
    }

    static std::vector<VideoFrame> all_frames(Source& source) {
        std::vector<VideoFrame> frames;
        while (std::optional<VideoFrame> frame = source.next()) frames.push_back(*frame);
        return frames;
    }

    /// Renders `from` to `to` through RGB and back, as the program does at strength 0.
    void render_identity(const std::string& from, const std::string& to, const std::string& codec,
                         const SourceOptions& options = {}) {
        const std::unique_ptr<Source> source = open_source(from, options);
        SinkOptions sink_options = sink_options_for(source->info());
        sink_options.streams = source->streams_to_copy();
        sink_options.codec = codec;
        sink_options.start_s = options.start_s;
        sink_options.duration_s = options.duration_s;
        const std::unique_ptr<Sink> sink = open_sink(to, sink_options);
        Image rgb(*device_, sink_options.width, sink_options.height, 3);
        Image alpha;
        if (sink->format().has_alpha)
            alpha.resize(*device_, sink_options.width, sink_options.height, 3);
        DeviceFrame staging(*device_);
        while (std::optional<VideoFrame> frame = source->next()) {
            staging.to_rgb(*stream_, *frame, rgb, alpha);
            VideoFrame out = sink->acquire();
            staging.from_rgb(*stream_, rgb, out, alpha);
            out.pts = frame->pts;
            out.duration = frame->duration;
            sink->write(out);
        }
        sink->finish();
        notes_ = sink->notes();
    }

    /// The last column of each line.
    static std::string hashes_in(const std::string& table) {
        std::istringstream lines(table);
        std::string hashes;
        for (std::string line; std::getline(lines, line);)
            hashes += line.substr(line.rfind(',') + 1) + "\n";
        return hashes;
    }

    std::filesystem::path folder_;
    std::unique_ptr<Device> device_ = open_device({"cpu"});
    std::unique_ptr<Stream> stream_ = device_->make_stream();
    std::vector<std::string> notes_;
};

}  // namespace reverie
