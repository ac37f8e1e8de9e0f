// What a hand does on the picture itself: it paints where to dream, and pans, zooms and turns the
// drift. The pointer's places are compared with where the picture is, worked out anew here.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "src/ui/overlay/keys.h"
#include "src/util/error.h"
#include "tests/support/overlay_rig.h"

namespace reverie::overlay_hand_test {
namespace {

using test::OverlayRig;

constexpr Size kWindow{1283, 721};
constexpr Size kPicture{331, 187};
constexpr Modifiers kCtrl{.control = true};

class OverlayHand : public testing::Test {
  protected:
    OverlayHand() {
        rig.model.sight.picture = kPicture;
        rig.frame();
    }
    /// The pixel of a place of the picture, which is fitted into the window's free part.
    std::pair<float, float> pixel(double u, double v, bool mirror = false) const {
        const Area area = rig.overlay.free_area(kWindow);
        const double scale = std::min(double{1} * area.width / kPicture.width,
                                      double{1} * area.height / kPicture.height);
        const double width = scale * kPicture.width, height = scale * kPicture.height;
        const double x = area.x + (area.width - width) / 2 + (mirror ? 1 - u : u) * width;
        const double y = area.y + (area.height - height) / 2 + v * height;
        return {static_cast<float>(x), static_cast<float>(y)};
    }
    void move(double u, double v) {
        const auto [x, y] = pixel(u, v, rig.model.view.mirror);
        rig.move(x, y);
    }
    void button(int number, bool down, Modifiers modifiers = {}) {
        rig.frame({ButtonEvent{number, down, modifiers}});
    }
    /// From one place to another with a button held.
    void drag(double u0, double v0, double u1, double v1, int number = 0, Modifiers held = {}) {
        rig.wait(1);
        move(u0, v0);
        button(number, true, held);
        for (const double t : {0.25, 0.5, 0.75, 1.0}) move(u0 + t * (u1 - u0), v0 + t * (v1 - v0));
        button(number, false, held);
        rig.frame();
    }
    void wheel(float by, Modifiers held) { rig.frame({ScrollEvent{0, by, held}}); }
    const BrushMask& mask() const { return *rig.desk.brush(); }
    const Params& params() const { return rig.desk.params(); }

    OverlayRig rig{kWindow};
};

TEST_F(OverlayHand, PaintsOnlyWhileTheBrushIsInHand) {
    drag(0.3, 0.6, 0.5, 0.6);
    EXPECT_TRUE(mask().is_empty());
    rig.key(Key::d);
    EXPECT_NO_THROW(rig.rect("brush/bar"));
    drag(0.3, 0.6, 0.5, 0.7);
    ASSERT_EQ(mask().strokes.size(), 1U);
    const BrushStroke& stroke = mask().strokes[0];
    EXPECT_FALSE(stroke.erases);
    EXPECT_NEAR(stroke.path.front().x, 0.3, 2e-3);
    EXPECT_NEAR(stroke.path.front().y, 0.6, 2e-3);
    EXPECT_NEAR(stroke.path.back().x, 0.5, 2e-3);
    EXPECT_NEAR(stroke.path.back().y, 0.7, 2e-3);
    drag(0.7, 0.6, 0.7, 0.8, 1);
    drag(0.2, 0.6, 0.2, 0.8, 0, {.shift = true});
    ASSERT_EQ(mask().strokes.size(), 3U);
    EXPECT_TRUE(mask().strokes[1].erases);
    EXPECT_TRUE(mask().strokes[2].erases);
    for (size_t left = 3; left-- > 0;) {
        rig.key(Key::z);
        EXPECT_EQ(mask().strokes.size(), left) << "a stroke is one step";
    }
    rig.key(Key::y);
    EXPECT_EQ(mask().strokes.size(), 1U);
    rig.key(Key::escape);
    EXPECT_THROW(rig.rect("brush/bar"), Error);
    drag(0.3, 0.6, 0.5, 0.6);
    EXPECT_EQ(mask().strokes.size(), 1U);
}

TEST_F(OverlayHand, PaintsWhereTheMirroredPictureIs) {
    rig.model.view.mirror = true;
    rig.key(Key::d);
    drag(0.2, 0.5, 0.2, 0.8);
    ASSERT_EQ(mask().strokes.size(), 1U);
    EXPECT_NEAR(mask().strokes[0].path.back().x, 0.2, 2e-3);
    rig.model.view.mode = ViewMode::side_by_side;
    rig.frame();
    drag(0.3, 0.5, 0.3, 0.8);
    EXPECT_EQ(mask().strokes.size(), 1U) << "there are two pictures";
}

TEST_F(OverlayHand, TheWheelIsTheBrushsSize) {
    rig.key(Key::d);
    move(0.5, 0.5);
    wheel(3, {});
    drag(0.5, 0.5, 0.5, 0.6);
    EXPECT_NEAR(mask().strokes.at(0).radius, 0.08 * std::pow(1.15, 3), 1e-4);
    move(0.5, 0.5);
    wheel(-100, {});
    drag(0.2, 0.5, 0.2, 0.6);
    EXPECT_NEAR(mask().strokes.at(1).radius, 0.01, 1e-6);
}

TEST_F(OverlayHand, APanelIsNoPicture) {
    rig.click("layers/brush");
    EXPECT_NO_THROW(rig.rect("brush/bar"));
    rig.click("layers/playing");
    rig.drag("inception_4c", 0.4F, 0.9F);
    rig.click("brush/fill");
    EXPECT_TRUE(mask().filled);
    EXPECT_TRUE(mask().strokes.empty());
    rig.click("brush/clear");
    EXPECT_TRUE(mask().is_empty());
    rig.click("brush/done");
    rig.frame();
    EXPECT_THROW(rig.rect("brush/bar"), Error);
}

TEST_F(OverlayHand, TheBarSaysWhereIsDreamed) {
    rig.model.params.objective = parse_objective("0.8*inception_3b + inception_4c:17@motion");
    rig.frame();
    rig.key(Key::d);
    rig.click("brush/where/where painted");
    EXPECT_EQ(to_text(params().objective), "0.8*inception_3b@brush + inception_4c:17@motion");
    rig.click("brush/where/elsewhere");
    EXPECT_EQ(to_text(params().objective), "0.8*inception_3b@1-brush + inception_4c:17@motion");
    rig.click("brush/where/everywhere");
    EXPECT_EQ(to_text(params().objective), "0.8*inception_3b + inception_4c:17@motion");
    // A term with a mask has its fader, too.
    rig.drag("inception_4c@motion:17", 0.5F, 0.9F);
    EXPECT_EQ(params().objective.terms.at(1).layer, "inception_4c@motion");
    EXPECT_LT(params().objective.terms.at(1).weight, 0.95F);
}

TEST_F(OverlayHand, CtrlAndADragPan) {
    const Params before = params();
    drag(0.3, 0.3, 0.4, 0.5);
    EXPECT_EQ(params(), before);
    drag(0.3, 0.3, 0.4, 0.5, 0, kCtrl);
    Params expected = before;
    expected.pan_x = params().pan_x;
    expected.pan_y = params().pan_y;
    EXPECT_NEAR(params().pan_x, 0.1, 2e-3);
    EXPECT_NEAR(params().pan_y, 0.2, 2e-3);
    EXPECT_EQ(params(), expected);
    // On from what it is.
    drag(0.5, 0.5, 0.4, 0.5, 0, kCtrl);
    EXPECT_NEAR(params().pan_x, 0, 4e-3);
    rig.key(Key::z);
    EXPECT_NEAR(params().pan_x, 0.1, 2e-3);
    rig.key(Key::z);
    EXPECT_EQ(params(), before);
}

TEST_F(OverlayHand, CtrlAndAClickSetTheCentre) {
    rig.key(Key::d);
    const Params before = params();
    drag(0.25, 0.75, 0.25, 0.75, 0, kCtrl);
    EXPECT_NEAR(params().centre_x, 0.25, 2e-3);
    EXPECT_NEAR(params().centre_y, 0.75, 2e-3);
    EXPECT_EQ(params().pan_x, 0);
    EXPECT_TRUE(mask().is_empty()) << "Ctrl lays the brush aside";
    rig.key(Key::z);
    EXPECT_EQ(params(), before) << "one step";
}

TEST_F(OverlayHand, CtrlAndTheWheelZoomAndTurn) {
    const Params before = params();
    move(0.5, 0.5);
    wheel(1, kCtrl);
    wheel(1, kCtrl);
    EXPECT_NEAR(params().zoom, 1.05 * 1.05, 1e-5);
    wheel(3, {.control = true, .shift = true});
    EXPECT_FLOAT_EQ(params().rotation, 6);
    wheel(-2, kCtrl);
    wheel(-3, {.control = true, .shift = true});
    EXPECT_EQ(params(), before) << "the way back ends where it began";
    wheel(0.3F, kCtrl);
    EXPECT_GT(params().zoom, 1);
    move(0.5, 0.5);
    wheel(-50, {.control = true, .shift = true});
    drag(0.2, 0.2, 0.4, 0.2, 0, kCtrl);
    rig.wait(1);
    move(0.5, 0.5);
    button(1, true, kCtrl);
    button(1, false, kCtrl);
    EXPECT_EQ(params(), before) << "all stands still";
    // A panel's own wheel is left alone.
    rig.point_at("inception_4c");
    wheel(3, kCtrl);
    EXPECT_EQ(params(), before);
}

TEST_F(OverlayHand, NoKeyIsThePointers) {
    for (const Shortcut& shortcut : shortcuts()) {
        if (shortcut.command != Command::pointer) continue;
        EXPECT_FALSE(command_of({Key::unknown, true, false, {}}).has_value());
        EXPECT_NE(shortcut.keys, "");
    }
}

}  // namespace
}  // namespace reverie::overlay_hand_test
