// An output that is also the input is refused before any work, whatever its name; and outputs have
// exactly the requested name.
#include "src/media/own_input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/media/recorder.h"
#include "src/util/output_file.h"
#include "tests/media/support.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

class OwnInput : public MediaTest {
  protected:
    static void write(const std::string& path, const std::string& text = "precious") {
        std::ofstream(path) << text;
    }
    static std::string read(const std::string& path) {
        std::ifstream file(path);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    std::string refusal(const std::string& output, const std::string& input) const {
        return error_of([&] { refuse_own_input(output, input); });
    }
    static SinkOptions small() {
        SinkOptions options;
        options.width = 33;
        options.height = 17;
        options.time_base = options.frame_rate = {1, 25};
        options.frame_rate = {25, 1};
        options.source_format = planar_yuv(8, 0, 0, ColorMatrix::bt709, false);
        options.codec = "ffv1";
        return options;
    }
    static void write_frame(Sink& sink) {
        VideoFrame frame = sink.acquire();
        for (int p = 0; p < frame.format().planes; ++p) {
            std::memset(frame.planes.data[p], 100,
                        static_cast<size_t>(frame.planes.stride_bytes[p]) *
                            frame.format().plane_height(p, frame.height()));
        }
        frame.duration = 1;
        sink.write(frame);
        sink.finish();
    }
    static std::string repeated(const std::string& text, int times) {
        std::string all;
        for (int i = 0; i < times; ++i) all += text;
        return all;
    }
};

TEST_F(OwnInput, OneFileByAnyName) {
    write(at("a.mp4"));
    write(at("other.mp4"));
    fs::create_symlink("a.mp4", at("link.mp4"));
    fs::create_symlink("link.mp4", at("far.mp4"));
    fs::create_hard_link(at("a.mp4"), at("hard.mp4"));
    fs::create_directory_symlink(".", at("here"));
    for (const std::string name :
         {"a.mp4", "./a.mp4", "link.mp4", "far.mp4", "hard.mp4", "here/a.mp4", "here/./a.mp4"}) {
        for (const std::string& spec : {at(name), "file:" + at(name), "file://" + at(name)}) {
            const std::string said = refusal(at(name), spec);
            EXPECT_NE(said.find("choose another name"), std::string::npos) << name;
            EXPECT_EQ(said.find('\n'), std::string::npos);
            EXPECT_NE(refusal(at("a.mp4"), spec), "") << name;
            EXPECT_NE(refusal(spec, at("a.mp4")), "") << name;
            EXPECT_EQ(refusal(at("other.mp4"), spec), "") << name;
            EXPECT_EQ(refusal(at("new.mp4"), spec), "") << name;
        }
    }
}

TEST_F(OwnInput, SequencesByTheSetOfTheirFiles) {
    fs::create_directory(at("seq"));
    fs::create_directory_symlink("seq", at("same"));
    for (const char* name : {"f_0003.png", "f_0004.png", "f_0006.png"}) write(at("seq/") + name);
    const std::string input = at("seq/f_%04d.png");
    EXPECT_NE(refusal(input, input), "");
    EXPECT_NE(refusal(at("same/f_%04d.png"), input), "");
    EXPECT_NE(refusal(at("seq/f_0006.png"), input), "") << "a picture of it, past a hole";
    EXPECT_NE(refusal(input, at("same/f_0004.png")), "") << "one of it, in the other direction";
    EXPECT_NE(refusal(at("seq/%d.png"), at("seq")) + refusal(input, at("seq")), "") << "its folder";
    EXPECT_NE(refusal(input, at("seq/*.png")), "");
    EXPECT_EQ(refusal(at("seq/g_%04d.png"), input), "");
    EXPECT_EQ(refusal(at("seq/f_%d.png"), input), "") << "f_3.png is not f_0003.png";
    EXPECT_EQ(refusal(at("seq/f_%05d.png"), input), "");
    EXPECT_EQ(refusal(at("seq/f_0005.png"), input), "") << "a hole may be filled";
}

TEST_F(OwnInput, ListsOfFiles) {
    write(at("part.mp4"));
    write(at("list.ffconcat"), "ffconcat version 1.0\nfile 'part.mp4'\n");
    write(at("list.m3u8"), "#EXTM3U\n#EXTINF:1,\r\npart.mp4\r\n#EXT-X-ENDLIST\n");
    EXPECT_NE(refusal(at("part.mp4"), at("list.ffconcat")), "");
    EXPECT_NE(refusal(at("part.mp4"), at("list.m3u8")), "");
    write(at("other.mp4"));
    EXPECT_EQ(refusal(at("other.mp4"), at("list.m3u8")), "");
}

TEST_F(OwnInput, WhatTheShellGives) {
    write(at("a.mp4"));
    const int before = ::dup(STDIN_FILENO);
    const int file = ::open(at("a.mp4").c_str(), O_RDONLY);
    ::dup2(file, STDIN_FILENO);
    EXPECT_NE(refusal(at("a.mp4"), "-"), "");
    EXPECT_EQ(refusal(at("b.mp4"), "-"), "");
    ::dup2(before, STDIN_FILENO);
    ::close(file);
    ::close(before);
}

/// By the sinks themselves, with and without permission to overwrite, with and without sound.
TEST_F(OwnInput, SinksRefuseTheirSource) {
    make_clip("silent.mp4", "34x18", "-c:v libx264 -frames:v 3");
    make_clip("sound.mp4", "34x18", "-c:v libx264 -c:a aac -frames:v 3", "25",
              "-f lavfi -i sine=duration=0.2");
    make_clip("pic.png", "34x18", "-frames:v 1 -update 1");
    make_clip("f_%d.png", "34x18", "-frames:v 3");
    fs::create_symlink("silent.mp4", at("link.mp4"));
    for (const std::string name : {"silent.mp4", "sound.mp4", "pic.png", "f_%d.png", "link.mp4"}) {
        const std::string first = name == "f_%d.png" ? "f_1.png" : name;
        const std::string before = read(at(first));
        SinkOptions options = sink_options_for(open_source(at(name))->info());
        for (const bool overwrite : {false, true}) {
            options.overwrite = overwrite;
            const std::string said = error_of([&] { open_sink(at(name), options); });
            EXPECT_NE(said.find("choose another name"), std::string::npos) << name << ": " << said;
            EXPECT_EQ(said.find("exists"), std::string::npos) << said;
        }
        EXPECT_EQ(read(at(first)), before) << name;
    }
    SinkOptions options = sink_options_for(open_source(at("silent.mp4"))->info());
    Recorder recorder;
    options.overwrite = true;
    recorder.start(at("link.mp4"), options);
    ASSERT_TRUE(recorder.wait(60));
    EXPECT_EQ(recorder.status().state, RecorderState::failed);
    EXPECT_NE(recorder.status().line.find("choose another name"), std::string::npos);
}

using OutputNames = OwnInput;

TEST_F(OutputNames, ColonsPercentSignsAndLongNames) {
    for (const std::string& stem :
         {std::string("dream-2026-11-28T10:43:00"), std::string("http:x"), std::string("50%"),
          repeated("a", 251), repeated("夢", 83) + "x", repeated("b", 240), repeated("é", 125)}) {
        for (const std::string ending : {".mp4", ".mkv", ".png"}) {
            const std::string name = stem + ending;
            ASSERT_LE(name.size(), 255U);
            SinkOptions options = small();
            if (ending != ".mkv") options.codec = "";
            const std::unique_ptr<Sink> sink = open_sink(at(name), options);
            write_frame(*sink);
            EXPECT_TRUE(sink->notes().empty()) << sink->notes().front();
            EXPECT_EQ(probe("file:" + at(name), "-show_entries stream=width,height"), "33,17\n")
                << name;
            EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1) << name;
            fs::remove(at(name));
        }
    }
    EXPECT_NE(error_of([&] {
                  open_sink(at(repeated("a", 252) + ".mp4"), small());
              }).find("too long by 1 bytes"),
              std::string::npos);
}

TEST_F(OutputNames, TemporaryNamesFitAndDiffer) {
    const std::string one = partial_name(at(repeated("夢", 82) + "1.mp4"));
    const std::string two = partial_name(at(repeated("夢", 82) + "2.mp4"));
    EXPECT_NE(one, two);
    EXPECT_NE(partial_name(one), one);
    for (const std::string& path : {one, two, partial_name(one)}) {
        const std::string name = fs::path(path).filename().string();
        EXPECT_LE(name.size(), 255U);
        EXPECT_TRUE(name.ends_with(".mp4"));
        write(path);
        EXPECT_TRUE(fs::exists(path));
    }
    // Only whole characters are cut off: what is left of the 夢 characters is a multiple of three
    // bytes.
    const std::string stem = fs::path(one).filename().string();
    EXPECT_EQ((stem.find(".", 1) - 1) % 3, 0U) << stem;
    EXPECT_EQ(partial_name("dream.mp4"), ".dream.partial.mp4");
}

TEST_F(OutputNames, LinksAreWrittenThrough) {
    fs::create_directory(at("big"));
    write(at("big/old.mkv"), "old");
    fs::create_symlink("big/old.mkv", at("old.mkv"));
    fs::create_symlink("old.mkv", at("older.mkv"));
    fs::create_symlink("big/new.mkv", at("new.mkv"));
    fs::create_symlink("big/new.png", at("new.png"));
    fs::create_symlink("new.gone/new.mkv", at("gone.mkv"));
    fs::create_symlink("circle.mkv", at("circle.mkv"));
    for (const std::string name : {"older.mkv", "new.mkv", "new.png"}) {
        SinkOptions options = small();
        options.overwrite = name == "older.mkv";
        const std::unique_ptr<Sink> sink = open_sink(at(name), options);
        if (const std::string partial = sink->partial_path(); !partial.empty()) {
            EXPECT_EQ(fs::path(partial).parent_path(), at("big")) << "the disk that has room";
        }
        write_frame(*sink);
        EXPECT_TRUE(fs::is_symlink(at(name))) << name;
        EXPECT_TRUE(fs::is_symlink(at("old.mkv"))) << name;
        EXPECT_EQ(probe(fs::canonical(at(name)).string(), "-show_entries stream=width"), "33\n");
    }
    EXPECT_EQ(std::distance(fs::directory_iterator(at("big")), {}), 3);
    SinkOptions kept = small();
    EXPECT_NE(error_of([&] { open_sink(at("old.mkv"), kept); }).find("--overwrite"),
              std::string::npos);
    EXPECT_NE(error_of([&] { open_sink(at("gone.mkv"), kept); }).find("no folder"),
              std::string::npos);
    EXPECT_NE(error_of([&] { open_sink(at("circle.mkv"), kept); }).find("leads nowhere"),
              std::string::npos);
}

/// One line before any work. Root may write to any folder, but not to one that cannot hold files.
TEST_F(OutputNames, FoldersThatTakeNoFiles) {
    std::vector<std::string> folders{"/proc"};
    if (::geteuid() != 0) {
        fs::create_directory(at("shut"));
        fs::permissions(at("shut"), fs::perms::owner_read | fs::perms::owner_exec);
        folders.push_back(at("shut"));
    }
    for (const std::string& folder : folders) {
        for (const std::string name : {"/out.mp4", "/out.png", "/out_%04d.png"}) {
            const std::string said = error_of([&] { open_sink(folder + name, small()); });
            EXPECT_NE(said.find("no file can be created in '" + folder), std::string::npos) << said;
            EXPECT_EQ(said.find('\n'), std::string::npos);
        }
        fs::remove(at("way.mkv"));
        fs::create_symlink(folder + "/out.mkv", at("way.mkv"));
        EXPECT_NE(error_of([&] { open_sink(at("way.mkv"), small()); }).find("no file can be"),
                  std::string::npos);
    }
    ASSERT_EQ(::mkfifo(at("pipe.mkv").c_str(), 0600), 0);
    SinkOptions overwriting = small();
    overwriting.overwrite = true;
    EXPECT_NE(error_of([&] { open_sink(at("pipe.mkv"), overwriting); }).find("no file"),
              std::string::npos);
}

}  // namespace
}  // namespace reverie
