// The overlay without a screen: simulated pointer and keys, whose requests are compared with what
// they mean.
#include "src/ui/overlay/overlay.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "src/ui/overlay/keys.h"
#include "src/util/error.h"
#include "tests/support/overlay_rig.h"

namespace reverie {
namespace {

using test::OverlayRig;

constexpr Size kWindow{1283, 721};

class OverlayTest : public testing::Test {
  protected:
    OverlayRig rig{kWindow};
    Params& params() { return rig.model.params; }
    void open(Panel panel) {
        rig.overlay.open(panel);
        rig.frame();
        rig.frame();
    }
    float weight(const std::string& layer, int channel = -1) const {
        for (const Term& term : rig.model.params.objective.terms) {
            if (term.layer == layer && term.channel == channel) return term.weight;
        }
        return 0;
    }
};

TEST_F(OverlayTest, DraggingAFaderSetsItsParameterAndNothingElse) {
    open(Panel::dream);
    const Params before = params();
    rig.drag("strength", 0.25F, 0.75F);
    const auto* last = rig.last<request::SetParam>();
    ASSERT_NE(last, nullptr);
    EXPECT_EQ(last->key, "strength");
    // 0 to 4, evenly.
    EXPECT_NEAR(params().strength, 3, 0.05);
    Params expected = before;
    expected.strength = params().strength;
    EXPECT_EQ(params(), expected);
}

TEST_F(OverlayTest, ARightClickAsksForAMidiControl) {
    const auto asked = [&](const std::string& control) -> std::string {
        rig.clear();
        rig.point_at(control);
        rig.frame({ButtonEvent{1, true, {}}});
        rig.frame({ButtonEvent{1, false, {}}});
        const auto* const learn = rig.last<request::Learn>();
        return learn == nullptr ? "" : learn->address;
    };
    const Params before = params();
    open(Panel::dream);
    EXPECT_EQ(asked("strength"), "strength");
    open(Panel::motion);
    EXPECT_EQ(asked("flow"), "flow");
    open(Panel::layers);
    EXPECT_EQ(asked("inception_4c"), "layer/inception_4c");
    EXPECT_EQ(asked("inception_4c/solo"), "solo/inception_4c");
    EXPECT_EQ(params(), before);
}

TEST_F(OverlayTest, IntegersStayWhole) {
    open(Panel::dream);
    rig.drag("octaves", 0.1F, 0.63F);
    EXPECT_GT(params().octaves, 2);
    EXPECT_LE(params().octaves, 12);
}

TEST_F(OverlayTest, DoubleClickResetsAndIsOneStepOfUndo) {
    open(Panel::dream);
    rig.drag("strength", 0.25F, 0.9F);
    const float dragged = params().strength;
    rig.double_click("strength", 0.1F);
    EXPECT_EQ(params().strength, Params().strength);
    rig.key(Key::z);
    EXPECT_EQ(params().strength, dragged);
    rig.key(Key::z);
    EXPECT_EQ(params().strength, Params().strength);
}

TEST_F(OverlayTest, CtrlClickTypesANumber) {
    open(Panel::dream);
    rig.click("strength", {.control = true});
    rig.frame();
    rig.type("2.875");
    rig.key(Key::enter);
    EXPECT_EQ(params().strength, 2.875F);
    rig.key(Key::z);
    EXPECT_EQ(params().strength, 1);
}

TEST_F(OverlayTest, ATypedNumberOutOfRangeIsClampedAndSaid) {
    open(Panel::dream);
    rig.click("chroma", {.control = true});
    rig.frame();
    rig.type("77");
    rig.key(Key::enter);
    EXPECT_EQ(params().chroma, 4);
}

TEST_F(OverlayTest, WhatIsNoNumberChangesNothing) {
    open(Panel::dream);
    rig.click("strength", {.control = true});
    rig.frame();
    rig.type("much");
    rig.clear();
    rig.key(Key::enter);
    EXPECT_EQ(rig.last<request::SetParam>(), nullptr);
    // The keys control the show again.
    rig.key(Key::s);
    EXPECT_NE(rig.last<request::Snapshot>(), nullptr);
}

TEST_F(OverlayTest, SwitchesSwitch) {
    open(Panel::motion);
    rig.click("flow");
    EXPECT_FALSE(params().flow);
    rig.click("flow");
    EXPECT_TRUE(params().flow);
}

TEST_F(OverlayTest, ALayersFaderEditsTheObjective) {
    EXPECT_EQ(weight("inception_4a"), 0);
    rig.drag("inception_4a", 0.5F, 0.0F);
    EXPECT_EQ(weight("inception_4a"), -1);
    EXPECT_EQ(weight("inception_4c"), 1);
    EXPECT_EQ(weight("inception_3b"), 0.8F);
    // Back to 0: the term is gone.
    rig.double_click("inception_4a");
    EXPECT_EQ(params().objective, test::sample_model().params.objective);
}

TEST_F(OverlayTest, ObjectivesThatComeFromElsewhereMoveTheFaders) {
    params().objective = parse_objective("0.5*inception_4c");
    rig.frame();
    rig.click("inception_4a", {.control = true});
    rig.frame();
    rig.type("0.25");
    rig.key(Key::enter);
    EXPECT_EQ(weight("inception_4c"), 0.5F);
    EXPECT_EQ(weight("inception_4a"), 0.25F);
    EXPECT_EQ(params().objective.terms.size(), 2U);
}

TEST_F(OverlayTest, SearchFilters) {
    EXPECT_TRUE(rig.ui.find("inception_3a").has_value());
    rig.click("layers/search");
    rig.type("4C/5X5");
    rig.frame();
    EXPECT_FALSE(rig.ui.find("inception_3a").has_value());
    EXPECT_FALSE(rig.ui.find("inception_4c").has_value());
    EXPECT_TRUE(rig.ui.find("inception_4c/5x5").has_value());
    EXPECT_TRUE(rig.ui.find("inception_4c/5x5_reduce").has_value());
}

TEST_F(OverlayTest, BranchesUnfold) {
    EXPECT_FALSE(rig.ui.find("inception_3a/1x1").has_value());
    rig.click("inception_3a/fold");
    EXPECT_TRUE(rig.ui.find("inception_3a/1x1").has_value());
    EXPECT_FALSE(rig.ui.find("inception_3b/1x1").has_value());
    rig.click("inception_3a/fold");
    EXPECT_FALSE(rig.ui.find("inception_3a/1x1").has_value());
}

TEST_F(OverlayTest, OnlyWhatPlays) {
    rig.click("layers/playing");
    EXPECT_FALSE(rig.ui.find("inception_3a").has_value());
    EXPECT_TRUE(rig.ui.find("inception_3b").has_value());
}

TEST_F(OverlayTest, MuteAndSolo) {
    const Objective before = params().objective;
    rig.click("inception_4c/mute");
    EXPECT_EQ(weight("inception_4c"), 0);
    EXPECT_EQ(weight("inception_3b"), 0.8F);
    rig.click("inception_4c/mute");
    EXPECT_EQ(weight("inception_4c"), 1) << "the weight was kept";
    rig.click("inception_3b/solo");
    EXPECT_EQ(params().objective, parse_objective("0.8*inception_3b"));
    rig.click("inception_4c/solo");
    EXPECT_EQ(weight("inception_4c"), 1);
    EXPECT_EQ(weight("inception_4d"), 0);
    rig.click("inception_3b/solo");
    rig.click("inception_4c/solo");
    EXPECT_EQ(params().objective, before);
}

TEST_F(OverlayTest, UndoOfAFaderKeepsWhatIsMuted) {
    rig.click("inception_4c/mute");
    rig.drag("inception_3b", 0.9F, 0.5F);
    EXPECT_EQ(weight("inception_3b"), 0);
    rig.key(Key::z);
    EXPECT_EQ(weight("inception_3b"), 0.8F);
    EXPECT_EQ(weight("inception_4c"), 0);
    rig.click("inception_4c/mute");
    EXPECT_EQ(weight("inception_4c"), 1);
}

TEST_F(OverlayTest, ChannelsArePicked) {
    rig.click("inception_3b/name");
    ASSERT_NE(rig.last<action::FocusLayer>(), nullptr);
    EXPECT_EQ(rig.last<action::FocusLayer>()->layer, "inception_3b");
    rig.frame();
    rig.click("channels/order/by number");
    rig.click("inception_3b:7/pick");
    EXPECT_EQ(weight("inception_3b", 7), 1);
    EXPECT_EQ(weight("inception_3b"), 0.8F);
    // It has a fader of its own now.
    rig.drag("inception_3b:7", 0.95F, 0.0F);
    EXPECT_EQ(weight("inception_3b", 7), -1);
    rig.click("inception_3b:7/pick");
    EXPECT_EQ(weight("inception_3b", 7), 0);
    rig.click("inception_3b/name");
    EXPECT_EQ(rig.last<action::FocusLayer>()->layer, "");
}

TEST_F(OverlayTest, UndoAndRedoByKeys) {
    open(Panel::dream);
    rig.drag("strength", 0.25F, 0.75F);
    const float dragged = params().strength;
    rig.key(Key::z, {.control = true});
    EXPECT_EQ(params().strength, 1);
    rig.key(Key::y);
    EXPECT_EQ(params().strength, dragged);
}

TEST_F(OverlayTest, PresetsAreLoadedByKeyAndByClickAndUndone) {
    const Params before = params();
    rig.key(Key::digit2);
    rig.wait(3);
    EXPECT_EQ(rig.model.preset, rig.model.presets[1].name);
    EXPECT_NE(params(), before);
    rig.key(Key::z);
    EXPECT_EQ(params(), before);
    open(Panel::presets);
    rig.click("preset/deep");
    EXPECT_EQ(rig.last<request::LoadPreset>()->name, "deep");
}

TEST_F(OverlayTest, PresetsAreStepped) {
    rig.model.preset = "fur";
    rig.key(Key::page_down);
    EXPECT_EQ(rig.model.preset, "ghosts");
    rig.key(Key::page_up);
    rig.key(Key::page_up);
    EXPECT_EQ(rig.model.preset, "filigree");
    // The last one is damaged, and is skipped.
    rig.model.preset = "neon";
    rig.key(Key::page_down);
    EXPECT_EQ(rig.model.preset, "mine");
}

TEST_F(OverlayTest, SavingReplacesOnlyTheUsersOwnAndOnlyWhenAskedTo) {
    open(Panel::presets);
    rig.click("presets/name");
    rig.type("mine");
    rig.key(Key::enter);
    EXPECT_EQ(rig.last<request::SavePreset>(), nullptr);
    rig.click("presets/save");
    ASSERT_NE(rig.last<request::SavePreset>(), nullptr);
    EXPECT_TRUE(rig.last<request::SavePreset>()->overwrite);
    rig.click("presets/name");
    rig.type("2");
    rig.key(Key::enter);
    EXPECT_EQ(rig.last<request::SavePreset>()->name, "mine2");
    EXPECT_FALSE(rig.last<request::SavePreset>()->overwrite);
}

TEST_F(OverlayTest, CrossfadeByHandAndByItself) {
    open(Panel::presets);
    rig.click("preset/bold/A");
    rig.click("preset/eyes/B");
    EXPECT_EQ(rig.model.crossfade.a, "bold");
    EXPECT_EQ(rig.model.crossfade.b, "eyes");
    rig.drag("presets/crossfade", 0.05F, 0.5F);
    EXPECT_NEAR(rig.model.crossfade.position, 0.5, 0.02);
    rig.key(Key::b);
    ASSERT_NE(rig.last<request::RunCrossfade>(), nullptr);
    EXPECT_EQ(rig.last<request::RunCrossfade>()->to, 1);
    EXPECT_GT(rig.desk.fade_s(), 0);
    rig.wait(5);
    EXPECT_EQ(rig.model.crossfade.position, 1);
}

TEST_F(OverlayTest, TabHidesAndKeysGoOnWorking) {
    EXPECT_TRUE(rig.ui.find("panel/Layers").has_value());
    rig.key(Key::tab);
    EXPECT_FALSE(rig.overlay.visible());
    EXPECT_TRUE(rig.ui.noted().empty());
    EXPECT_EQ(rig.overlay.free_area(kWindow), (Area{0, 0, kWindow.width, kWindow.height}));
    rig.key(Key::right_bracket);
    EXPECT_GT(params().strength, 1);
    rig.key(Key::tab);
    EXPECT_TRUE(rig.ui.find("panel/Layers").has_value());
    const Area area = rig.overlay.free_area(kWindow);
    EXPECT_GT(area.x, 0);
    EXPECT_LT(area.height, kWindow.height);
    EXPECT_EQ(area.x + area.width, kWindow.width);
}

TEST_F(OverlayTest, KeysAskForWhatTheySay) {
    rig.key(Key::space);
    EXPECT_TRUE(rig.model.frozen);
    rig.key(Key::n, {.shift = true});
    EXPECT_EQ(rig.model.panic, Panic::black);
    rig.key(Key::n);
    EXPECT_EQ(rig.model.panic, Panic::source);
    rig.key(Key::n);
    EXPECT_EQ(rig.model.panic, Panic::off);
    rig.key(Key::m);
    EXPECT_EQ(rig.model.view.mode, ViewMode::source);
    rig.key(Key::m, {.shift = true});
    EXPECT_EQ(rig.model.view.mode, ViewMode::dream);
    rig.key(Key::o);
    EXPECT_EQ(rig.model.view.rotation, 90);
    rig.key(Key::x);
    EXPECT_TRUE(rig.model.view.mirror);
    rig.key(Key::l);
    EXPECT_TRUE(rig.model.view.fill);
    rig.key(Key::f);
    EXPECT_TRUE(rig.model.fullscreen);
    rig.key(Key::escape);
    EXPECT_FALSE(rig.model.fullscreen);
    rig.key(Key::r);
    EXPECT_TRUE(rig.model.outputs[0].running);
    rig.key(Key::r);
    EXPECT_FALSE(rig.model.outputs[0].running);
    rig.key(Key::digit0);
    EXPECT_TRUE(params().objective.terms.empty());
    rig.key(Key::backspace);
    EXPECT_NE(rig.last<request::ResetDream>(), nullptr);
    rig.key(Key::q);
    EXPECT_EQ(rig.last<request::Quit>(), nullptr);
    rig.key(Key::q, {.control = true});
    EXPECT_NE(rig.last<request::Quit>(), nullptr);
}

TEST_F(OverlayTest, PanelsOpenByKeyAndOnTheRightByShift) {
    rig.key(Key::f3);
    rig.frame();
    EXPECT_TRUE(rig.ui.find("strength").has_value());
    rig.key(Key::f2, {.shift = true});
    rig.frame();
    EXPECT_TRUE(rig.ui.find("strength").has_value());
    EXPECT_TRUE(rig.ui.find("inception_4c").has_value());
    rig.click("column/close");
    EXPECT_FALSE(rig.ui.find("inception_4c").has_value());
    rig.click("panel/Statistics");
    EXPECT_TRUE(rig.ui.find("statistics/plot").has_value());
}

TEST_F(OverlayTest, SourcesAreOpenedByClickAndTyping) {
    open(Panel::source);
    rig.click("source/camera:2");
    EXPECT_EQ(rig.model.source.spec, "camera:2");
    rig.click("source/typed");
    rig.type("clip.mkv");
    rig.key(Key::enter);
    EXPECT_EQ(rig.model.source.spec, "clip.mkv");
    rig.model.source.is_file = true;
    rig.model.source.duration_s = 100;
    rig.frame();
    rig.drag("source/position", 0.02F, 0.5F);
    EXPECT_NEAR(rig.model.source.position_s, 50, 1.5);
    rig.click("source/pause");
    EXPECT_TRUE(rig.model.source.paused);
    rig.key(Key::right);
    EXPECT_NEAR(rig.model.source.position_s, 55, 1.5);
}

TEST_F(OverlayTest, TheViewIsChosenAndTheWipeIsDraggedOnThePicture) {
    open(Panel::output);
    rig.click("view/wipe");
    EXPECT_EQ(rig.model.view.mode, ViewMode::wipe);
    const Area area = rig.overlay.free_area(kWindow);
    rig.move(static_cast<float>(area.x) + 0.2F * static_cast<float>(area.width), 300);
    rig.press();
    rig.frame();
    rig.release();
    EXPECT_NEAR(rig.model.view.wipe, 0.2, 0.01);
    rig.click("view/rotation/270°");
    EXPECT_EQ(rig.model.view.rotation, 270);
    rig.click("window/output/2");
    EXPECT_EQ(rig.model.output_monitor, 2);
    rig.click("output/0");
    EXPECT_EQ(rig.last<request::SwitchOutput>()->target, rig.model.outputs[0].target);
}

TEST_F(OverlayTest, NothingMovesWhileTheHelpIsShownAndItCloses) {
    rig.key(Key::f1);
    rig.frame();
    const Params before = params();
    rig.drag("inception_4a", 0.5F, 1.0F);
    EXPECT_EQ(params(), before);
    rig.key(Key::escape);
    rig.frame();
    rig.drag("inception_4a", 0.5F, 1.0F);
    EXPECT_EQ(weight("inception_4a"), 1);
}

TEST(OverlayKeys, NoKeyMeansTwoThings) {
    std::set<std::string> seen;
    for (const Shortcut& shortcut : shortcuts()) {
        for (int key = static_cast<int>(shortcut.first); key <= static_cast<int>(shortcut.last);
             ++key) {
            const Modifiers& held = shortcut.modifiers;
            const std::string press =
                fmt::format("{} {} {} {}", key, held.control, held.shift, held.alt);
            EXPECT_TRUE(seen.insert(press).second) << shortcut.help;
            const auto call = command_of({static_cast<Key>(key), true, false, held});
            ASSERT_TRUE(call.has_value());
            EXPECT_EQ(call->command, shortcut.command);
            EXPECT_EQ(call->number - shortcut.number, key - static_cast<int>(shortcut.first));
            EXPECT_EQ(command_of({static_cast<Key>(key), true, true, held}).has_value(),
                      shortcut.repeats);
            EXPECT_FALSE(command_of({static_cast<Key>(key), false, false, held}).has_value());
        }
    }
}

}  // namespace
}  // namespace reverie
