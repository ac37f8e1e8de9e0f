// The mask @brush at the desk: a stroke of a hand is one step of undo, whoever else plays meanwhile.
#include <gtest/gtest.h>

#include "src/control/desk.h"

namespace reverie::desk_brush_test {
namespace {

using namespace request;

class DeskBrush : public testing::Test {
  protected:
    void ask(DeskClient& client, Request request) {
        client.ask(std::move(request));
        desk.apply();
    }
    static Paint part(float x, float y, const std::string& control = "", bool erases = false) {
        return {{{{x, y}}, 0.1F, 0.5F, erases}, control};
    }
    /// From left to right at this height, as a hand does it in a few frames.
    void draw(DeskClient& client, float y, const std::string& control) {
        ask(client, Touch{control});
        for (const float x : {0.2F, 0.4F, 0.6F, 0.8F}) {
            ask(client, part(x, y, control));
            desk.advance(0.04);
        }
        ask(client, Release{control});
    }
    const BrushMask& mask() const { return *desk.brush(); }

    Notices notices;
    Desk desk{Params(), notices};
    DeskClient overlay = desk.join("overlay"), keys = desk.join("keyboard"), osc = desk.join("osc");
};

TEST_F(DeskBrush, NothingIsPaintedAtFirst) {
    ASSERT_NE(desk.brush(), nullptr);
    EXPECT_TRUE(mask().is_empty());
}

TEST_F(DeskBrush, AStrokeIsOneStepOfUndo) {
    draw(overlay, 0.3F, "brush/1");
    const BrushMask first = mask();
    ASSERT_EQ(first.strokes.size(), 1U);
    EXPECT_EQ(first.strokes[0].path.size(), 4U);
    draw(overlay, 0.7F, "brush/2");  // at once after it
    const BrushMask both = mask();
    EXPECT_EQ(both.strokes.size(), 2U);
    ask(keys, Undo{});
    EXPECT_EQ(mask(), first);
    ask(keys, Undo{});
    EXPECT_TRUE(mask().is_empty());
    ask(keys, Undo{});
    EXPECT_FALSE(desk.can_undo());
    ask(keys, Redo{});
    EXPECT_EQ(mask(), first);
    ask(keys, Redo{});
    EXPECT_EQ(mask(), both);
    // What is taken back is not gone on with, though the hand still holds it.
    ask(keys, Undo{});
    ask(overlay, part(0.5F, 0.1F, "brush/2"));
    EXPECT_EQ(mask().strokes.size(), 2U);
    EXPECT_EQ(mask().strokes[1].path.size(), 1U);
    const BrushMask other = mask();
    ask(keys, Redo{});
    EXPECT_EQ(mask(), other) << "what was taken back is gone";
}

TEST_F(DeskBrush, OtherChangesAreStepsOfTheirOwn) {
    ask(overlay, SetParam{"strength", 2});
    draw(overlay, 0.3F, "brush/1");
    desk.advance(1);  // what follows at once is one gesture
    ask(overlay, SetParam{"chroma", 2});
    ask(overlay, FillBrush{true});
    EXPECT_TRUE(mask().filled);
    EXPECT_TRUE(mask().strokes.empty());
    ask(keys, Undo{});
    EXPECT_FALSE(mask().filled);
    EXPECT_EQ(mask().strokes.size(), 1U);
    EXPECT_EQ(desk.params().chroma, 2);
    ask(keys, Undo{});
    EXPECT_EQ(desk.params().chroma, Params().chroma);
    EXPECT_EQ(mask().strokes.size(), 1U);
    ask(keys, Undo{});
    EXPECT_TRUE(mask().is_empty());
    EXPECT_EQ(desk.params().strength, 2);
}

TEST_F(DeskBrush, TwoHandsPaintTwoStrokes) {
    ask(overlay, Touch{"brush/1"});
    ask(overlay, part(0.2F, 0.2F, "brush/1"));
    ask(osc, part(0.8F, 0.8F));
    ask(overlay, part(0.4F, 0.2F, "brush/1"));
    ASSERT_EQ(mask().strokes.size(), 3U) << "no line from one hand to the other";
    for (const BrushStroke& stroke : mask().strokes) EXPECT_EQ(stroke.path.size(), 1U);
    ask(osc, FillBrush{});
    EXPECT_TRUE(mask().is_empty());
    ask(osc, part(0.5F, 0.5F, "", true));
    EXPECT_TRUE(mask().is_empty()) << "there is nothing to erase";
}

TEST_F(DeskBrush, ListenersAreToldWhereItIsNew) {
    int told = 0;
    const DeskClient ear =
        desk.join("ear", [&](const DeskChange& change) { told += change.brush ? 1 : 0; });
    ask(osc, part(0.5F, 0.5F));
    EXPECT_EQ(told, 1);
    ask(osc, part(0.5F, 0.5F));
    ask(osc, SetParam{"strength", 2});
    EXPECT_EQ(told, 1);
    ask(keys, Undo{});
    ask(keys, Undo{});
    EXPECT_EQ(told, 2);
}

TEST_F(DeskBrush, WhatIsNoPlaceIsSaid) {
    ask(osc, part(NAN, 0.5F));
    EXPECT_TRUE(mask().is_empty());
    EXPECT_EQ(desk.refused(), 1);
    EXPECT_EQ(notices.take().size(), 1U);
}

}  // namespace
}  // namespace reverie::desk_brush_test
