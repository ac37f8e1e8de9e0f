// A show that was played by hands, and moved by what it saw, is played again from its take: the
// same pictures, to the bit.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "src/control/modulation_file.h"
#include "src/control/toml_params.h"
#include "src/dream/state_archive.h"
#include "src/render/take_film.h"
#include "src/render/take_player.h"
#include "src/session/frame_io.h"
#include "tests/support/error_of.h"
#include "tests/support/played_show.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;
using Picture = std::vector<float>;

Picture download(Runtime& runtime, Pixels<const float> picture) {
    Picture host(picture.size());
    runtime.device->download(*runtime.stream, host.data(), picture.data,
                             host.size() * sizeof(float));
    return host;
}

/// The pictures of a take from `first` on, and the player's state before that one.
struct Replay {
    std::vector<Picture> pictures;
    std::string state;
};

class TakeShow : public test::PlayedShow {
  protected:
    TakeShow() { fs::create_directories(folder); }
    ~TakeShow() override {
        show.log_to(nullptr);
        log.reset();
        fs::remove_all(folder);
    }

    void begin(bool dry) {
        TakeLog::Options options;
        options.path = path;
        options.dry = dry;
        options.head.version = "1";
        options.head.network = runtime.network->weights().path.string();
        log = std::make_unique<TakeLog>(std::move(options));
        log->watch(show.desk());
        show.log_to(log.get());
    }
    void each_picture() override { seen.push_back(download(runtime, show.picture())); }
    void end() {
        show.log_to(nullptr);
        EXPECT_TRUE(log->finish()) << log->problem() << log->dry().line;
    }
    void move_with(const std::string& text) {
        show.desk().resume(show.desk().params(), "",
                           read_modulation(parse_toml(text, "m.toml"), "m.toml"));
    }

    TakeToPlay read() const {
        TakeToPlay play;
        play.take = read_take(path);
        return play;
    }
    /// `at`: where the state is kept, or gone on from where `state` is not empty.
    Replay play(TakeToPlay& play, size_t at = 0, const std::string& state = "") {
        Runtime fresh = test::machine_on(open_device({"cpu", 2}));
        if (play.size.width == 0) play.size = play.take.pictures.front().size;
        TakeFilmOptions from;
        from.path = path;
        TakeFilm film(play.take, from);
        FrameUpload upload(fresh, play.size);
        TakeDesk desk(play);
        TakePlayer player(fresh, play);
        if (!state.empty()) {
            StateArchive archive(*fresh.device, *fresh.stream, state);
            player.keep(archive);
            archive.require_end();
        }
        Replay replay;
        Params before;
        for (size_t i = 0; const std::optional<VideoFrame> frame = film.next(); ++i) {
            const Params now = desk.next(film.picture(), *fresh.network);
            if (i == at && state.empty()) {
                StateArchive archive(*fresh.device, *fresh.stream);
                player.keep(archive);
                replay.state = archive.bytes();
            }
            if (i >= at || state.empty()) {
                player.catch_up(*fresh.stream, film.picture(), before);
                const Pixels<const float> rgb = upload.to_rgb(*frame);
                replay.pictures.push_back(
                    download(fresh, player.next(*fresh.stream, rgb, film.picture(), now)));
            }
            before = now;
        }
        EXPECT_TRUE(film.errors().notes.empty());
        return replay;
    }

    const fs::path folder =
        fs::temp_directory_path() / ("reverie_take_show_" + std::to_string(::getpid()));
    const std::string path = (folder / "set.take").string();
    std::unique_ptr<TakeLog> log;
    std::vector<Picture> seen;
};

TEST_F(TakeShow, IsWhatWasSeen) {
    begin(false);
    DeskClient hand = show.desk().join("hand");
    move_with(
        "[[modulation]]\ntarget = \"chroma\"\nsource = \"motion\"\n"
        "[[modulation]]\ntarget = \"3b\"\nsource = \"sine\"\nhz = 0.7\n");
    ASSERT_TRUE(play_dreams(3));
    hand.ask({request::SetParam{"strength", 1.7}, request::SetParam{"rotation", 40},
              request::SetParam{"half_life", 0.31}});
    ASSERT_TRUE(play_dreams(2));
    hand.ask({request::SetPanic{Panic::hold}, request::SetStrip{"inception_3b", 5, 0.3F}});
    ASSERT_TRUE(play_pictures(3));
    hand.ask({request::SetPanic{Panic::off}, request::SetParam{"flow", 0}});
    ASSERT_TRUE(play_dreams(2));
    hand.ask(
        {request::ResetDream{}, request::SetParam{"flow", 1}, request::SetParam{"octaves", 2}});
    ASSERT_TRUE(play_dreams(3));
    hand.ask(request::Freeze{Switch::on});
    ASSERT_TRUE(play_pictures(4));
    hand.ask({request::Freeze{Switch::off}, request::OpenSource{"pattern:ink"}});
    ASSERT_TRUE(play_until([&] {
        const LiveStatus status = show.input().status();
        return status.spec == "pattern:ink" && status.frames > 0;
    }));
    ASSERT_TRUE(play_dreams(4));
    end();

    TakeToPlay again = read();
    EXPECT_TRUE(again.take.complete);
    EXPECT_EQ(again.take.head.weights.size(), 64U);
    ASSERT_EQ(again.take.sources.size(), 2U);
    ASSERT_EQ(again.take.pictures.size(), seen.size());
    const size_t middle = seen.size() / 2;
    const Replay replay = play(again, middle);
    ASSERT_EQ(replay.pictures.size(), seen.size());
    for (size_t i = 0; i < seen.size(); ++i)
        ASSERT_EQ(replay.pictures[i], seen[i]) << "picture " << i << " of " << seen.size();
    const Replay rest = play(again, middle, replay.state);
    ASSERT_EQ(rest.pictures.size(), seen.size() - middle);
    for (size_t i = middle; i < seen.size(); ++i)
        ASSERT_EQ(rest.pictures[i - middle], seen[i]) << "taken up, picture " << i;
    std::ifstream text(path);
    const std::string all{std::istreambuf_iterator<char>(text), {}};
    EXPECT_NE(all.find("{\"asked\":\"panic\",\"by\":\"hand\"}"), std::string::npos);
}

TEST_F(TakeShow, IsPaintedAsItWas) {
    begin(false);
    DeskClient hand = show.desk().join("hand");
    const auto paint = [&](float x, float y, bool erases = false) {
        return request::Paint{{{{x, y}}, 0.3F, 0.5F, erases}, erases ? "brush/2" : "brush/1"};
    };
    hand.ask({request::SetObjective{parse_objective("inception_3a@brush")}, paint(0.2F, 0.3F)});
    ASSERT_TRUE(play_dreams(3));
    hand.ask(paint(0.5F, 0.3F));
    ASSERT_TRUE(play_dreams(2));
    hand.ask(paint(0.4F, 0.5F, true));
    ASSERT_TRUE(play_pictures(2));
    hand.ask(request::Undo{});
    ASSERT_TRUE(play_dreams(2));
    hand.ask(request::FillBrush{true});
    ASSERT_TRUE(play_dreams(2));
    end();
    TakeToPlay again = read();
    EXPECT_EQ(again.take.pictures.front().brush->strokes.size(), 1U);
    EXPECT_EQ(*again.take.pictures.back().brush, (BrushMask{true, {}}));
    const size_t middle = seen.size() / 2;
    const Replay replay = play(again, middle);
    ASSERT_EQ(replay.pictures.size(), seen.size());
    for (size_t i = 0; i < seen.size(); ++i)
        ASSERT_EQ(replay.pictures[i], seen[i]) << "picture " << i << " of " << seen.size();
    const Replay rest = play(again, middle, replay.state);
    for (size_t i = middle; i < seen.size(); ++i)
        ASSERT_EQ(rest.pictures.at(i - middle), seen[i]) << "taken up, picture " << i;
    TakeToPlay larger = read();
    larger.size = {196, 164};
    EXPECT_EQ(play(larger).pictures.size(), seen.size());
}

TEST_F(TakeShow, FramesBesideItStandInForTheSource) {
    begin(true);
    ASSERT_TRUE(play_dreams(3));
    end();
    EXPECT_EQ(log->dry().dropped, 0);
    TakeToPlay again = read();
    again.take.sources[0].spec = "camera:nowhere";
    const Replay replay = play(again);
    ASSERT_EQ(replay.pictures.size(), seen.size());
    for (size_t i = 0; i < seen.size(); ++i) ASSERT_EQ(replay.pictures[i], seen[i]) << i;
    fs::remove(TakeLog::dry_name(path));
    EXPECT_NE(test::error_of([&] { play(again); }).find("set.source.mkv"), std::string::npos);
    again.take.head.dry.clear();
    EXPECT_NE(test::error_of([&] { play(again); }).find("without --dry"), std::string::npos);
}

/// Larger, finer, each picture dreamed: the same show, from which it differs less than from its
/// source.
TEST_F(TakeShow, IsPlayedLargerAndFiner) {
    begin(false);
    show.desk().perform(request::SetParam{"strength", 2});
    ASSERT_TRUE(play_dreams(6));
    end();
    TakeToPlay finer = read();
    finer.options.finer = 3;
    const Replay smooth = play(finer);
    TakeToPlay larger = read();
    larger.size = {196, 164};
    const Replay large = play(larger);
    TakeToPlay in_time = read();
    in_time.options.in_time = true;
    const Replay timely = play(in_time);
    for (const Replay* replay : {&smooth, &large, &timely})
        ASSERT_EQ(replay->pictures.size(), seen.size());
    EXPECT_NE(smooth.pictures.back(), seen.back());
    EXPECT_NE(timely.pictures.back(), seen.back());
    EXPECT_EQ(large.pictures.back().size(), 4 * seen.back().size());
}

TEST_F(TakeShow, NothingIsWrittenOver) {
    std::ofstream(path) << "mine";
    EXPECT_NE(test::error_of([&] { begin(false); }).find("is there already"), std::string::npos);
    fs::remove(path);
    std::ofstream(TakeLog::dry_name(path)) << "mine";
    EXPECT_NE(test::error_of([&] { begin(true); }).find("set.source.mkv"), std::string::npos);
}

}  // namespace
}  // namespace reverie
