// A fader alone: no event is lost on the way to ImGui, and render targets show what was drawn.
#include <glad/gl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "src/gl/render_target.h"
#include "src/ui/widgets/ui_fader.h"
#include "src/ui/widgets/ui_widgets.h"

namespace reverie {
namespace {

/// A Ui with one fader and one text field.
class OneFader : public testing::Test {
  protected:
    void frame(const std::vector<InputEvent>& events) {
        context_->bind();
        panel(events);
    }
    /// Into the frame buffer that is bound.
    void panel(const std::vector<InputEvent>& events, bool upper_row_first = false) {
        ui_.begin_frame(events, context_->size(), 1, 1.0 / 60);
        ui_.set_right_edge(300);
        ImGui::SetNextWindowPos(ImVec2(0, 0));
        ImGui::SetNextWindowSize(ImVec2(320, 120));
        ImGui::Begin("window", nullptr, ImGuiWindowFlags_NoDecoration);
        const Edit edit = fader(ui_, "fader", {.low = 0, .high = 1, .initial = 0.5}, value_, 0);
        value_ = edit.value;
        begun_ += edit.began ? 1 : 0;
        ended_ += edit.ended ? 1 : 0;
        text_field(ui_, "field", text_, "", 0);
        ImGui::End();
        ui_.end_frame(upper_row_first);
    }

    std::unique_ptr<Context> context_ = open_headless({320, 120});
    Ui ui_;
    double value_ = 0;
    int begun_ = 0, ended_ = 0;
    std::string text_;
};

TEST_F(OneFader, AClickWithinOneFrameIsNotLost) {
    frame({});
    const UiRect at = *ui_.find("fader");
    const float x = at.left + 0.75F * (at.right - at.left);
    // Press and release come in one frame, in which the pointer also moves far away.
    frame({PointerEvent{x, at.center_y()}, ButtonEvent{0, true, {}}, ButtonEvent{0, false, {}},
           PointerEvent{5, 110}});
    for (int i = 0; i < 4; ++i) frame({});
    EXPECT_NEAR(value_, 0.75, 0.03);
    EXPECT_EQ(begun_, 1);
    EXPECT_EQ(ended_, 1);
}

TEST_F(OneFader, ALayerLooksLikeDrawingAtOnce) {
    const int painted[] = {51, 153, 230};
    const auto paint = [&] {
        context_->bind();
        glClearColor(0.2F, 0.6F, 0.9F, 1);
        glClear(GL_COLOR_BUFFER_BIT);
    };
    RenderTarget target;
    target.begin(context_->size());
    panel({}, true);
    paint();
    target.composite(ui_.covered());
    const Picture8 apart = context_->read_back();
    paint();
    panel({});
    const Picture8 at_once = context_->read_back();
    ASSERT_EQ(apart.rgba.size(), at_once.rgba.size());
    int worst = 0, panels = 0;
    for (size_t i = 0; i < apart.rgba.size(); ++i) {
        if (i % 4 == 3) continue;  // alpha has no meaning in a window
        worst = std::max(worst, std::abs(apart.rgba[i] - at_once.rgba[i]));
        panels += std::abs(at_once.rgba[i] - painted[i % 4]) > 8 ? 1 : 0;
    }
    EXPECT_LE(worst, 2);  // both are rounded to 8 bits, one of them twice
    EXPECT_GT(panels, 10000);
}

TEST_F(OneFader, ALayerIsTheSameOverBlackAndLaidDown) {
    RenderTarget target;
    const auto on_black = [&](bool copied) {
        context_->bind();
        glClearColor(0, 0, 0, 1);
        glClear(GL_COLOR_BUFFER_BIT);
        const Area piece{13, 7, 211, 55};
        copied ? target.copy({piece}) : target.composite({piece});
        return context_->read_back();
    };
    target.begin(context_->size());
    panel({}, true);
    const Picture8 over = on_black(false), down = on_black(true);
    size_t lit = 0;
    for (size_t i = 0; i < over.rgba.size(); ++i) {
        if (i % 4 == 3) continue;
        ASSERT_EQ(over.rgba[i], down.rgba[i]) << i;
        lit += over.rgba[i] > 0 ? 1 : 0;
    }
    EXPECT_GT(lit, 10000U);
}

TEST_F(OneFader, WhatIsDrawnIsCoveredOnce) {
    const Size size = context_->size();
    RenderTarget target;
    for (int frame = 0; frame < 2; ++frame) {  // ImGui shows a new window one frame later
        target.begin(size);
        ui_.begin_frame({}, size, 1, 1.0 / 60);
        const ImVec4 windows[] = {{11, 7, 123, 61}, {90, 33, 101, 51}, {-20, 90, 57, 64}};
        for (const ImVec4& window : windows) {
            ImGui::SetNextWindowPos(ImVec2(window.x, window.y));
            ImGui::SetNextWindowSize(ImVec2(window.z, window.w));
            ImGui::Begin(std::to_string(window.x).c_str(), nullptr, ImGuiWindowFlags_NoDecoration);
            ImGui::End();
        }
        ui_.end_frame(true);
    }
    std::vector<uint8_t> rgba(static_cast<size_t>(size.width) * size.height * 4);
    glReadPixels(0, 0, size.width, size.height, GL_RGBA, GL_UNSIGNED_BYTE, rgba.data());
    int drawn = 0;
    for (int y = 0; y < size.height; ++y) {
        for (int x = 0; x < size.width; ++x) {
            const auto covers = [&](const Area& a) {
                return x >= a.x && x < a.x + a.width && y >= a.y && y < a.y + a.height;
            };
            const auto times = std::count_if(ui_.covered().begin(), ui_.covered().end(), covers);
            const size_t row = static_cast<size_t>(y);
            const bool there = rgba[4 * (row * size.width + x) + 3] > 0;
            drawn += there ? 1 : 0;
            ASSERT_LE(times, 1) << x << ", " << y;
            ASSERT_TRUE(times == 1 || !there) << x << ", " << y;
        }
    }
    int area = 0;
    for (const Area& a : ui_.covered()) area += a.width * a.height;
    EXPECT_NEAR(drawn, 123 * 61 + 101 * 51 - 44 * 35 + 37 * 30, 20);  // rounded corners
    EXPECT_NEAR(area, drawn, 20);
}

TEST_F(OneFader, KeysGoToTheTextFieldWhileItHasThem) {
    frame({KeyEvent{Key::r, true, false, {}}});
    ASSERT_EQ(ui_.keys().size(), 1U);
    EXPECT_EQ(ui_.keys()[0].key, Key::r);
    const UiRect at = *ui_.find("field");
    frame({PointerEvent{at.center_x(), at.center_y()}, ButtonEvent{0, true, {}}});
    frame({ButtonEvent{0, false, {}}});
    frame({});
    frame({KeyEvent{Key::r, true, false, {}}, TextEvent{'r'}, TextEvent{0xE9}});
    EXPECT_TRUE(ui_.keys().empty());
    frame({});
    EXPECT_EQ(text_, "r\xC3\xA9");
}

TEST_F(OneFader, LosingTheFocusLetsGo) {
    frame({});
    const UiRect at = *ui_.find("fader");
    frame({PointerEvent{at.center_x(), at.center_y()}, ButtonEvent{0, true, {}}});
    frame({FocusLostEvent{}});
    frame({PointerEvent{at.right, at.center_y()}});
    frame({});
    EXPECT_NEAR(value_, 0.5, 0.03);
    EXPECT_EQ(ended_, 1);
}

TEST_F(OneFader, TheScaleGrowsWithTheWindow) {
    frame({});
    EXPECT_EQ(ui_.scale(), 1);
    ui_.begin_frame({}, {3840, 2160}, 1, 1.0 / 60);
    EXPECT_GT(ui_.scale(), 2);
    ui_.end_frame();
    ui_.begin_frame({}, {1280, 720}, 2, 1.0 / 60);
    EXPECT_EQ(ui_.scale(), 2);
    ui_.end_frame();
}

}  // namespace
}  // namespace reverie
