// The overlay without a screen, in windows of other sizes: very tall panels, and all panels in very
// little room.
#include <gtest/gtest.h>

#include "src/show/installation/installation_settings.h"
#include "src/ui/overlay/overlay.h"
#include "src/util/error.h"
#include "tests/support/overlay_rig.h"

namespace reverie {
namespace {

using test::OverlayRig;

TEST(OverlayAtAnySize, EveryRowOfTheTableHasAControl) {
    // Panels higher than the window are scrolled: a high window shows all.
    OverlayRig high({1280, 2400}, 0.5F);
    std::set<std::string_view> missing;
    for (const ParamInfo& info : kParams) missing.insert(info.key);
    for (const Panel panel : {Panel::dream, Panel::motion}) {
        high.overlay.open(panel);
        high.frame();
        high.frame();
        std::erase_if(missing, [&](std::string_view key) { return high.ui.find(key).has_value(); });
    }
    EXPECT_TRUE(missing.empty()) << *missing.begin();
}

TEST(OverlayAtAnySize, TheObjectiveIsTypedAndAMistakeIsSaid) {
    OverlayRig high({1280, 2400}, 0.5F);
    high.overlay.open(Panel::dream);
    high.frame();
    high.click("objective");
    high.key(Key::a, {.control = true});
    high.type("inception_3a * 2");
    high.clear();
    high.key(Key::enter);
    EXPECT_EQ(high.last<request::SetObjective>(), nullptr);
    high.click("objective");
    high.key(Key::a, {.control = true});
    high.type("2*inception_3a");
    high.key(Key::enter);
    EXPECT_EQ(high.model.params.objective, parse_objective("2*inception_3a"));
}

TEST(OverlayAtAnySize, AnotherNetworkIsChosenWhereThereIsOne) {
    OverlayRig high({1280, 2400}, 0.5F);
    high.overlay.open(Panel::dream);
    high.frame();
    high.click("network/googlenet");
    EXPECT_EQ(high.model.coming_network, "") << "it dreams already";
    high.click("network/inception_v3");
    EXPECT_EQ(high.model.coming_network, high.model.networks[1].path);
    high.model.networks.pop_back();
    high.frame();
    high.frame();
    EXPECT_FALSE(high.ui.find("network/googlenet").has_value());
}

TEST(OverlayAtAnySize, TheInstallationIsSetFromItsPanel) {
    OverlayRig high({1280, 2400}, 0.5F);
    // Without one there is no such panel.
    high.key(Key::f12);
    EXPECT_FALSE(high.ui.find("panel/Installation").has_value());
    EXPECT_FALSE(high.ui.find("installation/next").has_value());
    high.model.installation.on = true;
    high.model.installation.next_preset = "fur";
    high.key(Key::f12);
    high.frame();
    EXPECT_TRUE(high.ui.find("panel/Installation").has_value());

    InstallationSettings expected;
    const InstallationSettings& settings = high.model.installation.settings;
    high.drag("installation/moving_above", 0.2F, 1.0F);
    expected.thresholds.moving_above = 0.1F;
    EXPECT_EQ(settings, expected);
    high.double_click("installation/moving_above");
    EXPECT_EQ(settings, InstallationSettings());
    high.drag("installation/absent_below", 0.2F, 0.0F);
    EXPECT_EQ(settings.thresholds.absent_below, 0);
    high.double_click("installation/absent_below");

    high.click("installation/when_still");
    EXPECT_TRUE(settings.dream_when_still);
    high.click("installation/attract/last minute");
    EXPECT_EQ(settings.attract, AttractMode::memory);
    high.click("installation/attract/the source");
    EXPECT_EQ(settings.attract, AttractMode::off);
    EXPECT_FALSE(high.ui.find("installation/walk_s").has_value());
    high.click("installation/walk");
    EXPECT_GT(settings.walk_s, 0);
    high.drag("installation/walk_s", 0.5F, 1.0F);
    EXPECT_NEAR(settings.walk_s, 900, 1e-3);
    high.clear();
    high.click("installation/next");
    EXPECT_NE(high.last<request::SkipWalk>(), nullptr);
    high.click("installation/walk");
    EXPECT_EQ(settings.walk_s, 0);
}

TEST(OverlayAtAnySize, EveryPanelHoldsWithNothingToShowToo) {
    for (const Size size : {Size{1, 1}, Size{33, 17}, Size{641, 359}, Size{1283, 721}}) {
        for (const bool empty : {false, true}) {
            OverlayRig one(size);
            if (empty) one.model = OverlayModel();
            one.overlay.open(Panel::layers, true);
            one.overlay.show_help(empty);
            for (int panel = 0; panel < kPanels; ++panel) {
                one.overlay.open(static_cast<Panel>(panel));
                one.frame({PointerEvent{20, 10}});
                one.frame();
            }
        }
    }
}

}  // namespace
}  // namespace reverie
