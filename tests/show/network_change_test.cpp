// Another network while a show runs: the old one goes on until the new one is ready, the objective
// is mapped to its layers, and a file that cannot be read changes nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>

#include "src/control/preset_library.h"
#include "src/dream/dreamer.h"
#include "src/dream/objective_map.h"
#include "src/net/graph.h"
#include "src/render/param_schedule.h"
#include "src/render/render_job.h"
#include "src/show/live_show.h"
#include "src/util/error.h"
#include "tests/support/naive_network.h"
#include "tests/support/played_show.h"

namespace reverie::network_change_test {
namespace {

using Clock = LiveShow::Clock;

/// A file of random weights that ends before its topology does.
class ShortNetwork {
  public:
    ShortNetwork(const std::string& architecture, const Graph& graph,
                 const std::vector<std::string>& beginnings)
        : file_("short_" + architecture + ".safetensors") {
        std::map<std::string, Filters> filters = test::random_filters(graph, 7);
        std::erase_if(filters, [&](const auto& one) {
            return std::none_of(beginnings.begin(), beginnings.end(),
                                [&](const std::string& b) { return one.first.starts_with(b); });
        });
        test::write_weights(file_.path(), graph, filters, {{"architecture", architecture}});
    }
    std::string path() const { return file_.path(); }

  private:
    test::TemporaryFile file_;
};

/// Inception v3 up to mixed_1.
struct SmallInceptionV3 : ShortNetwork {
    SmallInceptionV3()
        : ShortNetwork("inception_v3", make_inception_v3(), {"conv", "mixed/", "mixed_1/"}) {}
};

TEST(ObjectiveMap, FindsTheClosestLayersOfTheOtherNetwork) {
    const SmallInceptionV3 v3;
    const std::unique_ptr<Device> device = open_device({"cpu", 2});
    const Network from(*device, REVERIE_ROOT "/weights/googlenet.safetensors", DType::f32);
    const Network to(*device, v3.path(), DType::f32);
    for (const char* layer : {"inception_3a", "inception_3b/3x3", "pool1/3x3_s2", "conv2/3x3"}) {
        const LayerInfo& wanted = from.find(layer);
        const Objective got = map_objective({{{layer, -1, 0.5F}}}, from, to);
        ASSERT_EQ(got.terms.size(), 1U) << layer;
        EXPECT_EQ(got.terms[0].channel, -1);
        EXPECT_EQ(got.terms[0].weight, 0.5F);
        const LayerInfo& found = to.find(got.terms[0].layer);
        EXPECT_EQ(found.kind, wanted.kind) << layer;
        const double chosen = std::abs(std::log2(double(found.field.size) / wanted.field.size));
        for (const LayerInfo& other : to.layers()) {
            if (other.kind != wanted.kind) continue;
            EXPECT_LE(chosen, std::abs(std::log2(double(other.field.size) / wanted.field.size)))
                << layer << " became " << found.name << ", not " << other.name;
        }
    }
    // Layers that are too deep all map to the deepest one, a channel to the whole layer, and
    // opposites cancel.
    const auto text = [&](const char* wish) {
        return to_text(map_objective(parse_objective(wish), from, to));
    };
    EXPECT_EQ(text("inception_4d:7 + 0.5*inception_4e"), "1.5*mixed_1");
    EXPECT_EQ(text("inception_4d - inception_4e"), "");
    EXPECT_THROW(text("inception_9z"), Error);
    const Objective own = parse_objective("inception_3b:17 - 0.25*4c");
    EXPECT_EQ(map_objective(own, from, from), own);
}

TEST(ObjectiveMap, PortableObjectivesAreThoseOfGoogLeNet) {
    const SmallInceptionV3 v3;
    const std::unique_ptr<Device> device = open_device({"cpu", 2});
    const Network googlenet(*device, REVERIE_ROOT "/weights/googlenet.safetensors", DType::f32);
    const Network other(*device, v3.path(), DType::f32);
    // The result is the same as with both networks at hand, although here only one is.
    for (const char* wish : {"inception_4c", "conv1 + 0.5*inception_3b/3x3", "4d - 0.3*conv2"}) {
        const Objective objective = parse_objective(wish);
        EXPECT_EQ(from_portable(objective, other), map_objective(objective, googlenet, other))
            << wish;
        EXPECT_EQ(from_portable(objective, googlenet), objective) << wish;
    }
    const Objective own = parse_objective("mixed:3 - 0.5*conv_4");
    EXPECT_EQ(from_portable(own, other), own);
    for (const char* nothing : {"inception_4d:7", "mixed:9999", "inception_9z", "mixed_4"})
        EXPECT_THROW(from_portable(parse_objective(nothing), other), Error) << nothing;

    // A GoogLeNet that ends sooner.
    const ShortNetwork cut("googlenet", make_googlenet({}),
                           {"conv", "inception_3", "inception_4a"});
    const Network shorter(*device, cut.path(), DType::f32);
    EXPECT_EQ(from_portable(parse_objective("inception_5b - 0.5*conv2"), shorter),
              parse_objective("inception_4a - 0.5*conv2"));
    EXPECT_THROW(from_portable(parse_objective("inception_5b:3"), shorter), Error);
    EXPECT_THROW(resolve(shorter, parse_objective("inception_5b")), Error);

    ParamOptions options;
    options.score = "journey";
    ParamSchedule journey(options, Params());
    fit_objectives(journey, other);
    ParamSchedule plain({}, Params());
    fit_objectives(plain, other);
    for (const double time_s : {0.0, 4.0, 10.0}) {
        EXPECT_NO_THROW(resolve(other, journey.at(time_s, 10).objective)) << time_s;
        EXPECT_NO_THROW(resolve(other, plain.at(time_s, 10).objective)) << time_s;
    }
    options = {};
    options.objective = "inception_4c";
    ParamSchedule by_hand(options, Params());
    EXPECT_THROW(fit_objectives(by_hand, other), Error);
    options = {};
    options.preset = "arches";
    ParamSchedule channels(options, Params());
    EXPECT_THROW(fit_objectives(channels, other), Error);

    LiveParams live(Params(), [&](const Objective& o) { return from_portable(o, other); });
    live.load("classic", 0);
    EXPECT_EQ(live.now().objective, from_portable(parse_objective("inception_4c"), other));
    const Params before = live.now();
    EXPECT_THROW(live.load("arches", 0), Error);
    EXPECT_THROW(live.crossfade("classic", "arches", 0.5F), Error);
    EXPECT_EQ(live.now(), before);
    EXPECT_EQ(live.preset(), "classic");
}

/// The embedded network and the one made of its channels, whose numbers here are counted from the
/// list in the small one's file.
class SmallNetwork : public testing::Test {
  protected:
    Objective small_of(const char* wish) const {
        return from_portable(parse_objective(wish), small);
    }
    std::string text(const Objective& o) const { return to_text(o); }

    std::unique_ptr<Device> device = open_device({"cpu", 2});
    const Network full{*device, REVERIE_ROOT "/weights/googlenet.safetensors", DType::f32};
    const Network small{*device, REVERIE_ROOT "/weights/googlenet_half.safetensors", DType::f32};
};

TEST_F(SmallNetwork, KeptChannelsKeepTheirMeaning) {
    struct Same {
        const char* full;
        const char* small;
    };
    for (const Same same : {Same{"inception_4d:423", "inception_4d:222"}, Same{"4d:129", "4d:73"},
                            Same{"inception_4b:465 + 0.7*inception_4c:297",
                                 "inception_4b:233 + 0.7*inception_4c:154"},
                            Same{"inception_4d/5x5:23", "inception_4d/5x5:14"},
                            Same{"conv1:2 - 0.5*inception_5a", "conv1:0 - 0.5*inception_5a"}}) {
        EXPECT_EQ(text(small_of(same.full)), same.small);
        const Objective wish = parse_objective(same.full);
        EXPECT_EQ(map_objective(wish, full, small), small_of(same.full));
        EXPECT_EQ(map_objective(small_of(same.full), small, full), wish);
        EXPECT_EQ(map_objective(small_of(same.full), small, small), small_of(same.full));
        EXPECT_EQ(to_portable(small_of(same.full), small), wish);
        EXPECT_EQ(to_portable(wish, full), wish);
        EXPECT_EQ(substitution_note(wish, small), "");
        EXPECT_EQ(substitution_note(wish, full), "");
    }
    EXPECT_THROW(small_of("inception_4d:528"), Error);
    EXPECT_THROW(small_of("inception_9z:1"), Error);
}

TEST_F(SmallNetwork, OthersStandInForWhatIsGone) {
    const Objective wish = parse_objective("2*inception_4d:318 + inception_4d:360");
    const Objective said = small_of("2*inception_4d:318 + inception_4d:360");
    ASSERT_GT(said.terms.size(), 2U);
    EXPECT_NO_THROW(resolve(small, said));
    // The weights of the file, twice; the number of the kept channel is among them or after them.
    const auto shares = small.weights().kept.from_parent("inception_4d", 318);
    Objective by_hand;
    for (const ChannelShare& share : shares)
        add(by_hand, {share.layer, share.channel, 2 * share.weight});
    add(by_hand, {"inception_4d", 186, 1});
    EXPECT_EQ(said, by_hand);
    EXPECT_EQ(map_objective(wish, full, small), said);
    EXPECT_NO_THROW(resolve(full, map_objective(said, small, full)));
    EXPECT_EQ(from_portable(to_portable(said, small), small), said);
    EXPECT_EQ(substitution_note(wish, small),
              "googlenet_half has not kept inception_4d:318: channels that see much the same stand "
              "in");
}

TEST_F(SmallNetwork, DreamsEveryPresetAndScore) {
    std::string substituted;
    for (const EmbeddedFile& file : embedded_presets()) {
        ParamOptions options;
        options.preset = file.name;
        ParamSchedule schedule(options, Params());
        std::vector<std::string> notes;
        ASSERT_NO_THROW(fit_objectives(schedule, small, &notes)) << file.name;
        EXPECT_NO_THROW(resolve(small, schedule.at(0, 0).objective)) << file.name;
        if (!notes.empty()) substituted += std::string(file.name) + " ";
    }
    EXPECT_EQ(substituted, "arches plumage scales webs ");
    ParamOptions options;
    options.score = "journey";
    ParamSchedule journey(options, Params());
    fit_objectives(journey, small);
    for (const double time_s : {0.0, 3.3, 7.5, 10.0})
        EXPECT_NO_THROW(resolve(small, journey.at(time_s, 10).objective)) << time_s;
    // Typed by hand, the numbers are the file's own.
    options = {};
    options.objective = "inception_4d:271";
    ParamSchedule own(options, Params());
    fit_objectives(own, small);
    EXPECT_EQ(text(own.at(0, 0).objective), "inception_4d:271");
    options.objective = "inception_4d:272";
    ParamSchedule beyond(options, Params());
    EXPECT_THROW(fit_objectives(beyond, small), Error);
}

TEST_F(SmallNetwork, WhatIsOnItsWayIsSaidAnew) {
    const Network* dreams = &full;
    LiveParams live(Params(), [&](const Objective& o) { return from_portable(o, *dreams); });
    live.load("fur", 0);
    live.load("ghosts", 2);
    live.advance(1);
    live.map_objectives([&](const Objective& o) { return map_objective(o, full, small); });
    dreams = &small;
    EXPECT_EQ(text(live.now().objective), "0.5*inception_4d:222 + 0.5*inception_4d:73");
    live.advance(2);
    EXPECT_EQ(text(live.now().objective), "inception_4d:73");
    live.crossfade("fur", "ghosts", 0.25F);
    live.map_objectives([&](const Objective& o) { return map_objective(o, small, full); });
    live.crossfade("fur", "ghosts", 0.5F);
    EXPECT_EQ(text(live.now().objective), "0.5*inception_4d:423 + 0.5*inception_4d:129");
    EXPECT_THROW(live.map_objectives([](const Objective&) -> Objective { throw Error("no"); }),
                 Error);
    EXPECT_EQ(text(live.now().objective), "0.5*inception_4d:423 + 0.5*inception_4d:129");
}

TEST_F(SmallNetwork, APresetWithoutAnObjectiveLeavesTheOneThereIs) {
    const test::TemporaryFile preset("slow.toml");
    std::ofstream(preset.path()) << "[params]\nhalf_life = 3\n";
    LiveParams live(Params(), [&](const Objective& o) { return from_portable(o, small); });
    live.load("fur", 0);
    live.load(preset.path(), 0);
    EXPECT_EQ(live.now().half_life, 3);
    EXPECT_EQ(text(live.now().objective), "inception_4d:222");
}

using NetworkChangeTest = test::PlayedShow;

TEST_F(NetworkChangeTest, TheOldOneGoesOnUntilTheNewOneDreams) {
    const SmallInceptionV3 v3;
    show.request_probe(
        {.layers = true, .map = true, .layer = "inception_3a"});  // and goes on with it
    ASSERT_TRUE(play_dreams(2));
    show.use_network(v3.path());
    EXPECT_EQ(show.coming_network(), v3.path());
    EXPECT_TRUE(show.preparing());
    EXPECT_THROW(show.use_network(v3.path()), Error);
    EXPECT_NO_THROW(show.check(parse_objective("inception_4e")));
    const int before = pictures;
    ASSERT_TRUE(play_until([&] { return show.coming_network().empty(); }));
    EXPECT_GT(pictures, before);
    EXPECT_EQ(runtime.network->weights().graph.architecture, "inception_v3");
    EXPECT_NO_THROW(show.check(parse_objective("mixed_1")));
    EXPECT_THROW(show.check(parse_objective("inception_4e")), Error);
    const Objective wish = show.desk().params().objective;
    EXPECT_NO_THROW(show.check(wish));
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_NE(notes[0].find("dreams now, of " + to_text(wish)), std::string::npos) << notes[0];
    ASSERT_TRUE(play_dreams(2));
    EXPECT_EQ(show.problem(), "");
    show.use_network(REVERIE_ROOT "/weights/googlenet.safetensors");
    ASSERT_TRUE(play_until([&] { return show.coming_network().empty(); }));
    ASSERT_TRUE(play_dreams(1));
    EXPECT_EQ(show.problem(), "");
}

TEST_F(NetworkChangeTest, TheSmallOneDreamsTheSameChannels) {
    ASSERT_TRUE(play_dreams(1));
    show.desk().perform(request::LoadPreset{"arches", 0});
    show.use_network(REVERIE_ROOT "/weights/googlenet_half.safetensors");
    ASSERT_TRUE(play_until([&] { return show.coming_network().empty(); }));
    ASSERT_TRUE(play_dreams(1));
    EXPECT_EQ(show.problem(), "");
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_NE(notes[0].find("googlenet_half has not kept inception_4d:318"), std::string::npos)
        << notes[0];
    // The note comes once; that of another preset comes with that preset.
    show.desk().perform(request::LoadPreset{"arches", 0});
    show.desk().perform(request::LoadPreset{"webs", 0});
    show.desk().perform(request::LoadPreset{"webs", 0});
    ASSERT_TRUE(play_dreams(1));
    ASSERT_EQ(notes.size(), 2U);
    EXPECT_NE(notes[1].find("inception_4d:192"), std::string::npos) << notes[1];
    show.desk().perform(request::LoadPreset{"fur", 0});
    EXPECT_EQ(to_text(show.desk().params().objective), "inception_4d:222");
    EXPECT_EQ(to_text(show.params_to_keep().objective), "inception_4d:423");
    show.use_network(REVERIE_ROOT "/weights/googlenet.safetensors");
    ASSERT_TRUE(play_until([&] { return show.coming_network().empty(); }));
    EXPECT_EQ(to_text(show.desk().params().objective), "inception_4d:423");
}

/// A show in which no step is quick enough.
struct SlowNetworkChange : NetworkChangeTest {
    static ShowOptions slow() {
        ShowOptions slow = test::small_show();
        slow.budget_ms = 1e-3;
        slow.lighter_weights = REVERIE_ROOT "/weights/googlenet_half.safetensors";
        return slow;
    }
    SlowNetworkChange() : NetworkChangeTest(slow()) {}
    std::string dreams_with() const { return runtime.network->weights().path.stem(); }
};

TEST_F(SlowNetworkChange, TheLighterOneTakesOverByItselfAndOnce) {
    ASSERT_TRUE(play_until([&] { return dreams_with() == "googlenet_half"; }));
    ASSERT_EQ(notes.size(), 2U);
    EXPECT_NE(notes[0].find("googlenet_half takes over"), std::string::npos) << notes[0];
    EXPECT_NE(notes[0].find("--weights embedded"), std::string::npos) << notes[0];
    EXPECT_EQ(notes[1], "googlenet_half dreams now");
    show.use_network(REVERIE_ROOT "/weights/googlenet.safetensors");
    ASSERT_TRUE(play_until([&] { return show.coming_network().empty(); }));
    ASSERT_TRUE(play_dreams(12));
    EXPECT_EQ(dreams_with(), "googlenet");
    EXPECT_EQ(show.problem(), "");
}

TEST_F(SlowNetworkChange, WhoeverChoosesKeepsIt) {
    const SmallInceptionV3 v3;
    show.use_network(v3.path());
    ASSERT_TRUE(play_until([&] { return show.coming_network().empty(); }));
    ASSERT_TRUE(play_dreams(12));
    EXPECT_EQ(runtime.network->weights().graph.architecture, "inception_v3");
}

TEST_F(NetworkChangeTest, WhatCannotBeReadChangesNothing) {
    ASSERT_TRUE(play_dreams(1));
    const Objective wish = show.desk().params().objective;
    show.use_network("/nowhere/none.safetensors");
    ASSERT_TRUE(play_until([&] { return show.coming_network().empty(); }));
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_NE(notes[0].find("none.safetensors"), std::string::npos) << notes[0];
    EXPECT_EQ(runtime.network->weights().graph.architecture, "googlenet");
    EXPECT_EQ(show.desk().params().objective, wish);
    ASSERT_TRUE(play_dreams(1));
}

TEST_F(NetworkChangeTest, AShowMayEndMeanwhile) {
    const SmallInceptionV3 v3;
    ASSERT_TRUE(play_dreams(1));
    show.use_network(v3.path());
}

}  // namespace
}  // namespace reverie::network_change_test
