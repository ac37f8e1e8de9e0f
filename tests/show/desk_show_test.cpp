// A whole show without a window, played by a client of its desk that is neither overlay nor
// keyboard, as a controller or a script would be. The result of each request is checked in pictures
// and files.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "src/control/preset_library.h"
#include "src/media/source.h"
#include "src/show/output_requests.h"
#include "src/util/error.h"
#include "tests/support/played_show.h"

namespace reverie::desk_show_test {
namespace {

namespace fs = std::filesystem;
using namespace request;
using Picture = std::vector<float>;

class DeskShow : public test::PlayedShow {
  protected:
    DeskShow() {
        fs::create_directories(folder);
        fs::current_path(folder);
        handle_output_requests(show, outputs);
        pad = show.desk().join("pad", [this](const DeskChange& change) {
            if (change.client == "pad") ++heard;
        });
    }
    ~DeskShow() override {
        pad = DeskClient();
        outputs.finish();
        fs::current_path(before);
        fs::remove_all(folder);
    }

    void each_picture() override { outputs.push(show.picture(), show.time_s()); }
    Picture download(Pixels<const float> picture) const {
        Picture host(picture.size());
        runtime.device->download(*runtime.stream, host.data(), picture.data,
                                 host.size() * sizeof(float));
        return host;
    }
    Picture shown() const { return download(show.picture()); }
    /// Files whose names begin and end so.
    std::vector<fs::path> files(const std::string& begin, const std::string& end) const {
        std::vector<fs::path> found;
        for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
            const std::string name = entry.path().filename();
            if (name.starts_with(begin) && name.ends_with(end)) found.push_back(entry.path());
        }
        return found;
    }

    const fs::path before = fs::current_path();
    const fs::path folder =
        fs::temp_directory_path() / ("reverie_desk_show_" + std::to_string(::getpid()));
    LiveOutputs outputs{runtime};
    DeskClient pad;
    int heard = 0;
};

TEST_F(DeskShow, TheLookIsPlayedAndUndone) {
    ASSERT_TRUE(play_until([&] { return dreams() >= 2; }));
    pad.ask({SetParam{"strength", 0}, SetStrip{"3b", 17, 0.5F}, MuteStrip{"inception_3a"}});
    ASSERT_TRUE(play_pictures(2));
    EXPECT_EQ(shown(), download(show.source_picture())) << "strength 0 is the source";
    EXPECT_EQ(to_text(show.desk().params().objective), "0.5*inception_3b:17");
    pad.ask({Undo{}, Undo{}});
    pad.ask(LoadPreset{"bold", 0});
    ASSERT_TRUE(play_pictures(1));
    EXPECT_EQ(to_text(show.desk().params().objective), to_text(show.in_network([] {
                  Params params;
                  load_preset("bold").apply(params);
                  return params.objective;
              }())));
    pad.ask(Undo{});
    ASSERT_TRUE(play_pictures(1));
    EXPECT_EQ(to_text(show.desk().params().objective), "inception_3a");
    pad.ask(Undo{});
    ASSERT_TRUE(play_pictures(1));
    EXPECT_EQ(show.desk().params().strength, 1);
    EXPECT_GE(heard, 7);
    EXPECT_EQ(show.problem(), "");
}

TEST_F(DeskShow, PanicIsSeenAtOnceAndTheDreamGoesOn) {
    ASSERT_TRUE(play_until([&] { return dreams() >= 2; }));
    pad.ask(SetPanic{Panic::source});
    ASSERT_TRUE(play_pictures(1));
    EXPECT_EQ(shown(), download(show.source_picture()));
    pad.ask(SetPanic{Panic::black});
    ASSERT_TRUE(play_pictures(1));
    EXPECT_EQ(shown(), Picture(show.picture().size(), 0.0F));
    pad.ask(SetPanic{Panic::off});
    ASSERT_TRUE(play_pictures(1));
    EXPECT_NE(shown(), download(show.source_picture()));
    pad.ask(SetPanic{Panic::hold});
    ASSERT_TRUE(play_pictures(1));
    const Picture held = shown();
    const int64_t dreamed = dreams();
    ASSERT_TRUE(play_until([&] { return dreams() >= dreamed + 2; }));
    EXPECT_EQ(shown(), held);
    EXPECT_NE(download(show.source_picture()), held);
    pad.ask(SetPanic{.to = Panic::hold, .toggle = true});
    ASSERT_TRUE(play_pictures(1));
    EXPECT_NE(shown(), held);
}

TEST_F(DeskShow, OutputsSnapshotsSourcesAndNetworks) {
    ASSERT_TRUE(play_until([&] { return dreams() >= 1; }));
    pad.ask({SwitchOutput{.to = Switch::on, .target = "take.mkv"}, Snapshot{},
             OpenSource{"pattern:inkblot"}, Freeze{Switch::on}});
    ASSERT_TRUE(play_pictures(4));
    EXPECT_TRUE(outputs.running(OutputKind::record));
    EXPECT_EQ(show.source(), "pattern:inkblot");
    const int64_t dreamed = dreams();
    ASSERT_TRUE(play_pictures(6));
    EXPECT_EQ(dreams(), dreamed) << "it is held";
    pad.ask(
        {Freeze{}, SwitchOutput{}, UseNetwork{REVERIE_ROOT "/weights/googlenet_half.safetensors"}});
    ASSERT_TRUE(play_pictures(1));
    ASSERT_TRUE(play_until([&] { return show.coming_network().empty(); }));
    ASSERT_TRUE(play_until([&] { return dreams() > dreamed; }));
    EXPECT_EQ(runtime.network->weights().path.stem(), "googlenet_half");
    EXPECT_FALSE(outputs.running(OutputKind::record));
    outputs.finish();
    int frames = 0;
    const std::unique_ptr<Source> take = open_source("take.mkv");
    while (take->next()) ++frames;
    EXPECT_GE(frames, 6);
    ASSERT_TRUE(play_until([&] { return !files("dream-", ".png").empty(); }));
    EXPECT_EQ(open_source(files("dream-", ".png")[0])->info().width, 98);
}

TEST_F(DeskShow, AMaskThatIsNoPictureIsSaidAndTheShowGoesOn) {
    ASSERT_TRUE(play_until([&] { return dreams() >= 1; }));
    std::ofstream("words.png") << "no picture";
    pad.ask(SetObjective{parse_objective("inception_3a@words.png")});
    ASSERT_TRUE(play_until([&] { return said().find("@words.png: ") != std::string::npos; }));
    const int64_t dreamed = dreams();
    ASSERT_TRUE(play_until([&] { return dreams() >= dreamed + 2; }));
    pad.ask(SetObjective{parse_objective("inception_3a@" + std::string(5000, 'a') + ".png")});
    pad.ask(SetObjective{parse_objective("inception_3a@/dev/zero")});
    ASSERT_TRUE(
        play_until([&] { return said().find("/dev/zero: there is") != std::string::npos; }));
    EXPECT_EQ(to_text(show.desk().params().objective), "inception_3a@words.png");
}

TEST_F(DeskShow, WhatCannotBeDoneIsSaid) {
    ASSERT_TRUE(play_pictures(1));
    pad.ask({Fullscreen{}, SkipWalk{}, PauseSource{}, SeekSource{3},
             SwitchOutput{"recrod", Switch::on, ""}, SwitchOutput{"stream", Switch::on, ""},
             SetStrip{"inception_9z", -1, 1}, LoadPreset{"furr", 0},
             UseNetwork{"/nowhere/none.safetensors"}});
    ASSERT_TRUE(play_until([&] { return said().find("none.safetensors") != std::string::npos; }));
    for (const char* part :
         {"full screen (it needs a window)", "it needs --installation", "only a file can be paused",
          "no length to seek in", "there is no output recrod; did you mean record", "rtmp://host",
          "inception_9z", "did you mean fur"})
        EXPECT_NE(said().find(part), std::string::npos) << part << " in\n" << said();
    EXPECT_EQ(to_text(show.desk().params().objective), "inception_3a");
    EXPECT_EQ(show.problem(), "");
}

}  // namespace
}  // namespace reverie::desk_show_test
