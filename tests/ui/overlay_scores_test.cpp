// The panel Scores, by mouse alone.
#include <gtest/gtest.h>

#include <cmath>

#include "src/ui/overlay/overlay.h"
#include "tests/support/overlay_rig.h"

namespace reverie {
namespace {

using test::OverlayRig;

class OverlayScores : public testing::Test {
  protected:
    OverlayScores() {
        rig.overlay.open(Panel::scores);
        rig.frame();
        rig.frame();
    }
    const Timeline& timeline() const { return *rig.desk.score().timeline(); }
    /// Where a time lies in a lane, as a share of its width.
    float share(const std::string& name, double time_s) const {
        const UiRect at = rig.rect(name);
        const float mark = rig.ui.px(5), width = at.right - at.left;
        const auto part = static_cast<float>(time_s / rig.desk.score().length_s());
        return (mark + part * (width - 2 * mark)) / width;
    }
    void seek(double time_s) {
        rig.click("score/ruler", {}, share("score/ruler", time_s));
        EXPECT_NEAR(rig.desk.score().time_s(), time_s, 0.3);
    }
    std::vector<ScorePoint> points_of(const std::string& key) const {
        std::vector<ScorePoint> points;
        for (const ScorePoint& point : timeline().points) {
            if (point.key == key) points.push_back(point);
        }
        return points;
    }

    OverlayRig rig{{1001, 1801}, 0.54F};  // with room for all
};

TEST_F(OverlayScores, KeyframesAreRecordedMovedEasedAndRemoved) {
    rig.click("score/more");
    rig.frame();
    rig.click("score/more/strength");
    ASSERT_EQ(points_of("strength").size(), 1U);
    EXPECT_EQ(points_of("strength")[0].at.value, 0);
    seek(20);
    rig.desk.perform(request::SetParam{"strength", 3});
    rig.frame();
    rig.click("score/add/strength");
    ASSERT_EQ(points_of("strength").size(), 2U);
    const double at_s = points_of("strength")[1].at.value;
    EXPECT_EQ(std::get<double>(points_of("strength")[1].value), 3);
    const std::string lane = "score/lane/strength";
    rig.drag(lane, share(lane, at_s), share(lane, 45));
    EXPECT_NEAR(points_of("strength")[1].at.value, 45, 0.5);
    rig.click("score/ease/hold");
    EXPECT_EQ(points_of("strength")[1].ease, Ease::hold);
    rig.drag("score/value", 0.9F, 0.0F);
    EXPECT_EQ(std::get<double>(points_of("strength")[1].value), 0);
    // On a grid, and together with another parameter's.
    rig.click("score/snap/1 s");
    rig.click("score/go");
    rig.click("score/more");
    rig.frame();
    rig.click("score/more/chroma");
    const double now_s = points_of("chroma")[0].at.value;
    EXPECT_EQ(now_s, std::round(now_s));
    rig.drag("score/all", share("score/all", now_s), share("score/all", 30.2));
    EXPECT_EQ(points_of("chroma")[0].at.value, 30);
    rig.click("score/remove");
    EXPECT_TRUE(points_of("chroma").empty());
    rig.click("score/drop/strength");
    EXPECT_TRUE(timeline().points.empty());
    rig.key(Key::z);
    EXPECT_FALSE(timeline().points.empty());
}

TEST_F(OverlayScores, ItPlaysRecordsAndRepeats) {
    rig.click("score/open/night");
    ASSERT_EQ(timeline().length_s, 32);
    EXPECT_TRUE(timeline().loop);
    rig.click("score/loop");
    EXPECT_FALSE(timeline().loop);
    rig.click("score/play");
    EXPECT_TRUE(rig.desk.score().playing());
    rig.wait(2);
    EXPECT_GT(rig.desk.score().time_s(), 2);
    rig.desk.perform(request::SetParam{"zoom", 1.05});
    rig.frame();
    rig.click("score/give back/zoom");
    EXPECT_TRUE(rig.desk.score().by_hand().empty());
    rig.click("score/record");
    EXPECT_TRUE(rig.desk.score_records());
    rig.click("score/play");
    EXPECT_FALSE(rig.desk.score().playing());
    rig.click("score/start");
    EXPECT_EQ(rig.desk.score().time_s(), 0);
    rig.key(Key::j);
    EXPECT_TRUE(rig.desk.score().playing());
    rig.key(Key::j, {.shift = true});
    EXPECT_FALSE(rig.desk.score_records());
    const size_t before = timeline().points.size();
    rig.wait(1);
    rig.key(Key::k);
    EXPECT_GT(timeline().points.size(), before);
    rig.drag("score/length", 0.5F, 0.2F);
    EXPECT_LT(timeline().length_s, 60);
    rig.double_click("score/length");
    EXPECT_EQ(timeline().length_s, 0);
}

TEST_F(OverlayScores, FilesAreOpenedAndSaved) {
    rig.click("score/name");
    rig.frame();
    rig.type("late");
    rig.clear();
    rig.click("score/save");
    EXPECT_EQ(rig.last<request::SaveScore>(), nullptr) << "there is nothing to save";
    rig.click("score/keyframe");
    rig.click("score/save");
    ASSERT_NE(rig.last<request::SaveScore>(), nullptr);
    EXPECT_EQ(rig.last<request::SaveScore>()->name, "late");
    EXPECT_FALSE(rig.last<request::SaveScore>()->overwrite);
    rig.click("score/new");
    EXPECT_TRUE(timeline().points.empty());
    rig.key(Key::z);
    EXPECT_FALSE(timeline().points.empty());
    rig.click("score/open/journey");
    ASSERT_NE(rig.last<request::OpenScore>(), nullptr);
    EXPECT_EQ(rig.last<request::OpenScore>()->name, "journey");
}

TEST_F(OverlayScores, APartOfALongScoreIsSeenLarger) {
    rig.click("score/open/night");
    rig.click("score/zoom in");
    rig.click("score/zoom in");
    // A quarter is seen: what lies at its right end is found by the bar under the ruler.
    rig.drag("score/scroll", 0.5F, 1.0F);
    rig.click("score/ruler", {}, 0.5F);
    EXPECT_NEAR(rig.desk.score().time_s(), 28, 0.3);
    rig.click("score/zoom out");
    rig.click("score/zoom out");
    rig.frame();
    EXPECT_FALSE(rig.ui.find("score/scroll").has_value());
}

}  // namespace
}  // namespace reverie
