// The drift of the dream by hand: with Ctrl, the pointer on the picture pans, zooms and turns it, and
// sets the centre of both. It asks for parameters as any other control does.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "src/ui/overlay/state.h"
#include "src/ui/picture_place.h"

namespace reverie {
namespace {

constexpr float kClick = 4;         // units that a click may move
constexpr double kZoomStep = 1.05;  // a step of the wheel, a second
constexpr double kTurnStep = 2;     // degrees a second

void set(OverlayFrame& frame, const char* key, double value) {
    const ParamInfo& info = find_param(key);
    frame.ask(request::SetParam{key, std::clamp(value, info.low, info.high)});
}

void turn_wheel(OverlayFrame& frame, float by, bool turns) {
    const Params& now = frame.model.params;
    // A quarter of a step, at least: the way back ends where it began.
    const auto moved = [by](double steps) { return std::round(4 * (steps + by)) / 4; };
    if (turns)
        set(frame, "rotation", kTurnStep * moved(now.rotation / kTurnStep));
    else
        set(frame, "zoom", std::pow(kZoomStep, moved(std::log(now.zoom) / std::log(kZoomStep))));
}

void stand_still(OverlayFrame& frame) {
    set(frame, "zoom", 1);
    for (const char* const key : {"rotation", "pan_x", "pan_y"}) set(frame, key, 0);
}

/// The way that a point of the dream goes in a second is the way of the pointer.
void drag(OverlayFrame& frame, const PicturePlace& place, OverlayState::DriftDrag& drag) {
    const ImVec2 at = ImGui::GetIO().MousePos;
    if (std::hypot(at.x - drag.from.x, at.y - drag.from.y) > frame.ui.px(kClick)) drag.moved = true;
    const BrushPoint to = place.at(at);
    if (ImGui::IsMouseDown(0)) {
        if (!drag.moved) return;
        // Asked for again and again, so that all of it is one step of the history.
        set(frame, "pan_x", drag.pan_x + to.x - drag.place.x);
        set(frame, "pan_y", drag.pan_y + to.y - drag.place.y);
        return;
    }
    if (!drag.moved) {
        set(frame, "centre_x", to.x);
        set(frame, "centre_y", to.y);
    }
    frame.state.drift.reset();
}

void put_text(Ui& ui, ImDrawList& list, ImVec2 at, const std::string& words) {
    const ImFont* const font = ui.small();
    const ImVec2 size = font->CalcTextSizeA(font->FontSize, FLT_MAX, 0, words.c_str());
    const float x = ui.px(7), y = ui.px(4);
    list.AddRectFilled(ImVec2(at.x - x, at.y - y), ImVec2(at.x + size.x + x, at.y + size.y + y),
                       style::rgba(0x0C0E11, 200), ui.px(style::kRounding));
    list.AddText(font, font->FontSize, at, style::kText, words.c_str());
}

void draw_arrow(const Ui& ui, ImDrawList& list, ImVec2 from, ImVec2 to) {
    const float length = std::hypot(to.x - from.x, to.y - from.y);
    if (length < ui.px(2)) return;
    const ImVec2 along((to.x - from.x) / length, (to.y - from.y) / length);
    const float head = std::min(ui.px(11), length);
    const ImVec2 neck(to.x - head * along.x, to.y - head * along.y);
    const float half = head * 0.45F;
    const ImVec2 left(neck.x - half * along.y, neck.y + half * along.x);
    const ImVec2 right(neck.x + half * along.y, neck.y - half * along.x);
    list.AddLine(from, neck, style::rgba(0x000000, 150), ui.px(5));
    list.AddLine(from, neck, style::kAccent, ui.px(2.5F));
    list.AddTriangleFilled(to, left, right, style::kAccent);
}

/// The centre, what goes on about it, and what the hand can do.
void draw_mark(OverlayFrame& frame, const PicturePlace& place) {
    Ui& ui = frame.ui;
    const Params& now = frame.model.params;
    ImDrawList& list = *ImGui::GetBackgroundDrawList();
    const ImVec2 at = place.pixel({now.centre_x, now.centre_y});
    for (const auto& [color, wide] :
         {std::pair{style::rgba(0x000000, 150), ui.px(4)}, {style::kAccent, ui.px(1.5F)}}) {
        list.AddCircle(at, ui.px(11), color, 32, wide);
        for (const auto& [x, y] : {std::pair{1, 0}, {-1, 0}, {0, 1}, {0, -1}}) {
            const auto dx = static_cast<float>(x), dy = static_cast<float>(y);
            list.AddLine(ImVec2(at.x + ui.px(6) * dx, at.y + ui.px(6) * dy),
                         ImVec2(at.x + ui.px(17) * dx, at.y + ui.px(17) * dy), color, wide);
        }
    }
    put_text(ui, list, ImVec2(at.x + ui.px(26), at.y - ui.px(7)),
             fmt::format("zoom {:.3g}, rotation {:.3g}°, pan {:.2f} {:.2f}", now.zoom, now.rotation,
                         now.pan_x, now.pan_y));
    const Area& area = place.area();
    put_text(ui, list,
             ImVec2(static_cast<float>(area.x) + ui.px(18),
                    static_cast<float>(area.y + area.height) - ui.px(30)),
             "Ctrl: drag pans, wheel zooms, Shift and wheel turns, click sets the centre, right "
             "click stands still");
    if (frame.state.drift && frame.state.drift->moved)
        draw_arrow(ui, list, frame.state.drift->from, ImGui::GetIO().MousePos);
}

}  // namespace

bool drift_by_hand(OverlayFrame& frame, const Area& area) {
    OverlayState& state = frame.state;
    const std::optional<PicturePlace> place =
        PicturePlace::in(area, frame.model.sight.picture, frame.model.view);
    const ImGuiIO& io = ImGui::GetIO();
    if (!place) {
        state.drift.reset();
        return false;
    }
    const bool over = io.KeyCtrl && !frame.ui.wants_pointer() && place->contains(io.MousePos);
    if (over && ImGui::IsMouseClicked(0) && state.brush.button < 0)
        state.drift =
            OverlayState::DriftDrag{io.MousePos, place->at(io.MousePos), frame.model.params.pan_x,
                                    frame.model.params.pan_y, false};
    if (over && ImGui::IsMouseClicked(1)) stand_still(frame);
    if (over && io.MouseWheel != 0) turn_wheel(frame, io.MouseWheel, io.KeyShift);
    const bool meant = over || state.drift;
    if (meant) draw_mark(frame, *place);
    if (state.drift) drag(frame, *place, *state.drift);
    return meant;
}

}  // namespace reverie
