// What the overlay has for music: the matrix of what moves, the tempo, cues, and bars that say what
// is usual.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "src/control/modulation_edit.h"
#include "src/ui/activation_scale.h"
#include "src/ui/overlay/overlay.h"
#include "tests/support/overlay_rig.h"

namespace reverie {
namespace {

using test::OverlayRig;

class OverlayMusic : public testing::Test {
  protected:
    OverlayRig rig{{1001, 1501}, 0.54F};  // with room for all
    void open(Panel panel) {
        rig.overlay.open(panel);
        rig.frame();
        rig.frame();
    }
    const std::vector<ModulationRoute>& routes() const { return rig.desk.modulation().routes; }
    void add(const std::string& target, const std::string& source) {
        rig.click("modulation/add");
        rig.frame();
        rig.click("modulation/add/" + target);
        rig.frame();
        rig.click(fmt::format("route/{}/{}", target, source));
        rig.frame();
    }
};

TEST_F(OverlayMusic, TheMatrixAddsRoutesAndTheirFadersChangeThem) {
    open(Panel::modulation);
    add("strength", "beat");
    ASSERT_EQ(routes().size(), 1U);
    EXPECT_EQ(routes()[0].target, "strength");
    EXPECT_EQ(routes()[0].source, "beat");
    // −4 … 4, around its middle.
    rig.drag("modulation/1", 0.5F, 0.0F);
    EXPECT_NEAR(routes()[0].amount, -4, 0.1);
    rig.click("modulation/curve/square");
    EXPECT_EQ(routes()[0].curve, ModulationCurve::square);
    rig.click("modulation/1/attack", {.control = true});
    rig.frame();
    rig.type("0.25");
    rig.key(Key::enter);
    EXPECT_EQ(routes()[0].attack_s, 0.25);
    rig.drag("modulation/1/high", 0.95F, 0.5F);
    ASSERT_TRUE(routes()[0].high.has_value());
    EXPECT_NEAR(*routes()[0].high, 2, 0.1);
    EXPECT_FALSE(routes()[0].low.has_value());
    rig.double_click("modulation/1/high");
    EXPECT_FALSE(routes()[0].high.has_value()) << "at its end there is no limit";
    const ModulationRoute played = routes()[0];
    rig.click("modulation/remove");
    EXPECT_TRUE(routes().empty());
    rig.key(Key::z);
    ASSERT_EQ(routes().size(), 1U);
    EXPECT_EQ(routes()[0], played);
}

TEST_F(OverlayMusic, AWaveHasAShapeAndALength) {
    open(Panel::modulation);
    add("zoom", "sine");
    ASSERT_EQ(routes().size(), 1U);
    EXPECT_GT(routes()[0].hz, 0) << "there is no tempo yet";
    rig.click("modulation/shape/square");
    EXPECT_EQ(routes()[0].source, "square");
    rig.desk.perform(request::SetTempo{120});
    rig.frame();
    rig.click("modulation/length/in beats");
    EXPECT_EQ(routes()[0].hz, 0);
    EXPECT_EQ(routes()[0].beats, 8) << "a quarter of a hertz at 120";
    rig.drag("modulation/1/beats", 0.5F, 0.8F);
    EXPECT_EQ(std::exp2(std::round(std::log2(routes()[0].beats))), routes()[0].beats);
    EXPECT_NE(routes()[0].beats, 8);
    rig.drag("modulation/1/phase", 0.05F, 0.5F);
    EXPECT_NEAR(routes()[0].phase, 0.5, 0.02);
    rig.click("modulation/length/in Hz");
    EXPECT_EQ(routes()[0].beats, 0);
    EXPECT_GT(routes()[0].hz, 0);
}

TEST_F(OverlayMusic, RoutesOfUnknownSourcesAreKeptAndCanBeRemoved) {
    const ModulationRoute level = new_route("zoom", "level", false);
    Modulation odd{{with_source(new_route("strength", "beat", false), "theremin", false), level}};
    rig.desk.resume(rig.model.params, "", odd);
    open(Panel::modulation);
    rig.click("route/strength/theremin");
    rig.click("route/zoom/theremin");  // nothing comes of an empty place of such a column
    EXPECT_EQ(routes(), odd.routes);
    rig.click("route/strength/theremin");
    rig.click("modulation/remove");
    ASSERT_EQ(routes().size(), 1U);
    EXPECT_EQ(routes()[0], odd.routes[1]);
}

TEST_F(OverlayMusic, ColumnsOfLayersComeAndGo) {
    open(Panel::modulation);
    const std::string source = "activation:inception_4c";
    rig.click("modulation/add");
    rig.frame();
    rig.click("modulation/add/strength");
    rig.frame();
    rig.click("modulation/watch");
    rig.frame();
    rig.click("modulation/watch/inception_4c");
    rig.frame();
    rig.click("route/strength/" + source);
    rig.frame();
    ASSERT_EQ(routes().size(), 1U);
    EXPECT_EQ(routes()[0].source, source);
    rig.click("source/" + source);
    rig.frame();
    rig.click("source/remove/" + source);
    rig.frame();
    rig.frame();
    EXPECT_TRUE(routes().empty());
    EXPECT_FALSE(rig.ui.find("source/" + source).has_value());
    rig.click("source/beat");
    rig.frame();
    EXPECT_FALSE(rig.ui.find("source/remove/beat").has_value()) << "the others stay";
}

TEST_F(OverlayMusic, TheTempoIsTypedTappedAndLeftToTheEar) {
    rig.click("tempo/bpm");
    rig.frame();
    rig.type("128");
    rig.key(Key::enter);
    EXPECT_NEAR(rig.model.tempo.bpm, 128, 1e-9);
    EXPECT_EQ(rig.model.tempo.source, TempoSource::tap);
    rig.click("tempo/bpm");
    rig.frame();
    rig.type("fast");
    rig.clear();
    rig.key(Key::enter);
    EXPECT_EQ(rig.last<request::SetTempo>(), nullptr);
    EXPECT_NEAR(rig.model.tempo.bpm, 128, 1e-9);
    rig.key(Key::t);
    EXPECT_NE(rig.last<request::Tap>(), nullptr);
    rig.click("tempo/leader");
    EXPECT_NE(rig.last<request::FollowEar>(), nullptr);
    for (const auto& [label, quantise] :
         {std::pair("4 bars", Quantise::four_bars), std::pair("beat", Quantise::beat),
          std::pair("bar", Quantise::bar), std::pair("off", Quantise::off)}) {
        rig.click(fmt::format("quantise/{}", label));
        EXPECT_EQ(rig.model.tempo.quantise, quantise);
    }
}

TEST_F(OverlayMusic, CuesArePlayedAndChosen) {
    rig.desk.perform(request::SetFadeTime{0});
    open(Panel::presets);
    rig.click("cue/3", {.control = true});
    EXPECT_EQ(rig.last<request::PlayCue>(), nullptr) << "only shown";
    rig.click("cue/preset");
    rig.frame();
    rig.click("cue/preset/neon");
    EXPECT_EQ(rig.desk.cues()[2].preset, "neon");
    rig.click("cue/wait/bar");
    EXPECT_EQ(rig.desk.cues()[2].wait, Quantise::bar);
    rig.click("cue/wait/as all");
    EXPECT_EQ(rig.desk.cues()[2].wait, std::nullopt);
    rig.drag("cue/fade", 0.05F, 0.99F);
    ASSERT_TRUE(rig.desk.cues()[2].fade_s.has_value());
    EXPECT_GT(*rig.desk.cues()[2].fade_s, 40);
    rig.double_click("cue/fade");
    EXPECT_EQ(rig.desk.cues()[2].fade_s, std::nullopt);
    rig.key(Key::digit3);
    EXPECT_EQ(rig.model.preset, "neon");
    rig.click("cue/1");
    EXPECT_EQ(rig.model.preset, rig.model.presets[0].name);
    rig.click("cue/now");
    EXPECT_EQ(rig.desk.cues()[0].preset, rig.model.presets[0].name);
}

/// Pixels of that colour in what is noted under the name.
int count_pixels(const OverlayRig& rig, const std::string& name, std::array<uint8_t, 3> rgb) {
    const Picture8 picture = rig.context->read_back();
    const UiRect at = rig.rect(name);
    int count = 0;
    for (int y = static_cast<int>(at.top); y < static_cast<int>(at.bottom); ++y) {
        for (int x = static_cast<int>(at.left); x < static_cast<int>(at.right); ++x) {
            const size_t i = 4 * (static_cast<size_t>(y) * picture.size.width + x);
            count += std::equal(rgb.begin(), rgb.end(), picture.rgba.begin() + i) ? 1 : 0;
        }
    }
    return count;
}

TEST_F(OverlayMusic, ACameraAtItsOwnRateIsNotLate) {
    constexpr std::array<uint8_t, 3> kRed{0xFF, 0x6F, 0x61};
    Statistics& facts = rig.model.statistics;
    facts.budget_ms = 1000.0F / 30;
    facts.frame_ms.clear();
    for (int i = 0; i < 120; ++i) facts.frame_ms.push_back(i % 2 == 0 ? 16.7F : 50);
    open(Panel::statistics);
    EXPECT_EQ(count_pixels(rig, "statistics/plot", kRed), 0) << "30 a second on 60 Hz";
    facts.frame_ms[60] = 83;
    rig.frame();
    EXPECT_GT(count_pixels(rig, "statistics/plot", kRed), 0);
}

TEST(ActivationScale, TheUsualStandsInTheMiddle) {
    ActivationScale scale;
    EXPECT_EQ(scale.place(1), -1) << "nothing is known";
    scale.learn(0, 1);
    EXPECT_EQ(scale.place(1), -1) << "silence teaches nothing";
    // Around 40, by 10 % up and down; the end is some deviations away.
    for (int i = 0; i < 200; ++i) scale.learn(i % 2 == 0 ? 40 * 1.1F : 40 / 1.1F, 0.5);
    EXPECT_NEAR(scale.place(40), 0.5, 0.01);
    const double expected =
        0.5 + 0.5 * std::log(1.1) / std::log(1.1) / ActivationScale::kReach;  // one deviation
    EXPECT_NEAR(scale.place(44), expected, 0.03);
    EXPECT_NEAR(scale.place(40 / 1.1F), 1 - expected, 0.03);
    EXPECT_EQ(scale.place(400), 1);
    EXPECT_EQ(scale.place(0), 0);
}

TEST(ActivationScale, IsTheWeightedMeanAndForgets) {
    ActivationScale scale;
    std::vector<double> logs, ages;
    float value = 1;
    for (int i = 0; i < 60; ++i) {
        value = 2 + std::sin(static_cast<float>(i)) + 0.1F * static_cast<float>(i);
        scale.learn(value, 0.75);
        for (double& age : ages) age += 0.75;
        logs.push_back(std::log(value));
        ages.push_back(0);
    }
    double weight = 0, mean = 0, square = 0;
    const auto weight_of = [&](size_t i) {
        return std::exp2(-ages[i] / ActivationScale::kHalfLifeS);
    };
    for (size_t i = 0; i < logs.size(); ++i) weight += weight_of(i);
    for (size_t i = 0; i < logs.size(); ++i) mean += weight_of(i) * logs[i] / weight;
    for (size_t i = 0; i < logs.size(); ++i)
        square += weight_of(i) * (logs[i] - mean) * (logs[i] - mean);
    const double first = ActivationScale::kFirstDeviation;
    const double deviation = std::sqrt((square + first * first) / (weight + 1));
    const double place = 0.5 + 0.5 * (std::log(value) - mean) / deviation / ActivationScale::kReach;
    EXPECT_NEAR(scale.place(value), place, 1e-5);
    EXPECT_NEAR(scale.place(static_cast<float>(std::exp(mean))), 0.5, 1e-5);
}

}  // namespace
}  // namespace reverie
