// The brush: the mask @brush is painted on the picture with the pointer. While it is in hand, what is
// painted is tinted, and a bar over the picture says what comes of it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "src/ui/overlay/state.h"
#include "src/ui/picture_place.h"

namespace reverie {
namespace {

constexpr int kTintRows = 90;         // of the grid that the tint is drawn on
constexpr float kTint = 150;          // of 255, where it is painted in full
constexpr float kAWheelStep = 1.15F;  // by so much the brush grows
constexpr float kLeastRadius = 0.01F, kMostRadius = 0.5F;
constexpr std::string_view kMask = "brush", kElsewhere = "1-brush";
constexpr std::array<std::string_view, 3> kWhere{"everywhere", "where painted", "elsewhere"};

/// Of the mask over the picture, each of whose cells is shaded from corner to corner.
void draw_tint(OverlayState::Brush& brush, const BrushMask& mask, const PicturePlace& place) {
    if (mask.is_empty()) return;
    const int rows = kTintRows;
    const int columns =
        std::clamp(static_cast<int>(std::lround(rows * place.aspect())), 2, 4 * kTintRows);
    const std::vector<float>& values = brush.raster.draw(mask, columns, rows);
    const auto value = [&](int x, int y) { return values[static_cast<size_t>(y) * columns + x]; };
    ImDrawList& list = *ImGui::GetBackgroundDrawList();
    const Area& area = place.area();
    const ImVec2 low(static_cast<float>(area.x), static_cast<float>(area.y));
    list.PushClipRect(low, ImVec2(low.x + static_cast<float>(area.width),
                                  low.y + static_cast<float>(area.height)));
    const ImVec2 uv = ImGui::GetFontTexUvWhitePixel();
    for (int y = 0; y + 1 < rows; ++y) {
        for (int x = 0; x + 1 < columns; ++x) {
            const float corners[] = {value(x, y), value(x + 1, y), value(x + 1, y + 1),
                                     value(x, y + 1)};
            if (std::all_of(std::begin(corners), std::end(corners), [](float v) { return v <= 0; }))
                continue;
            list.PrimReserve(6, 4);
            const auto first = static_cast<ImDrawIdx>(list._VtxCurrentIdx);
            for (const int i : {0, 1, 2, 0, 2, 3}) list.PrimWriteIdx(first + i);
            for (int i = 0; i < 4; ++i) {
                const float u = static_cast<float>(x + (i == 1 || i == 2 ? 1 : 0));
                const float v = static_cast<float>(y + (i >= 2 ? 1 : 0));
                const auto alpha = static_cast<unsigned>(std::lround(kTint * corners[i]));
                list.PrimWriteVtx(place.pixel({u / static_cast<float>(columns - 1),
                                               v / static_cast<float>(rows - 1)}),
                                  uv, style::rgba(0xF5A94B, alpha));
            }
        }
    }
    list.PopClipRect();
}

void draw_outline(const Ui& ui, const OverlayState::Brush& brush, const PicturePlace& place,
                  ImVec2 at) {
    ImDrawList& list = *ImGui::GetBackgroundDrawList();
    const float radius = brush.radius * place.height_px();
    const bool erases = brush.button >= 0 ? brush.erases : ImGui::GetIO().KeyShift;
    const ImU32 color = erases ? style::kAgainst : style::kText;
    list.AddCircle(at, radius, style::rgba(0x000000, 150), 64, ui.px(3.5F));
    list.AddCircle(at, radius, color, 64, ui.px(1.5F));
    const float core = radius * (1 - brush.softness);
    if (core > ui.px(3)) list.AddCircle(at, core, style::rgba(0xFFFFFF, 70), 48, ui.px(1));
    if (erases) {
        list.AddLine(ImVec2(at.x - ui.px(5), at.y), ImVec2(at.x + ui.px(5), at.y), color,
                     ui.px(1.5F));
    } else {
        list.AddCircleFilled(at, ui.px(2), color);
    }
}

void paint_at(OverlayFrame& frame, const PicturePlace& place, ImVec2 pixel) {
    const OverlayState::Brush& brush = frame.state.brush;
    frame.ask(request::Paint{{{place.at(pixel)}, brush.radius, brush.softness, brush.erases},
                             fmt::format("brush/{}", brush.stroke),
                             place.aspect()});
}

void follow_pointer(OverlayFrame& frame, const PicturePlace& place) {
    OverlayState::Brush& brush = frame.state.brush;
    const ImGuiIO& io = ImGui::GetIO();
    const bool over = !frame.ui.wants_pointer() && place.contains(io.MousePos);
    for (const int button : {0, 1}) {
        if (brush.button >= 0 || !over || !ImGui::IsMouseClicked(button)) continue;
        brush.button = button;
        brush.erases = button == 1 || io.KeyShift;
        ++brush.stroke;
        frame.ask(request::Touch{fmt::format("brush/{}", brush.stroke)});
        paint_at(frame, place, io.MousePos);
    }
    if (over && io.MouseWheel != 0)
        brush.radius = std::clamp(brush.radius * std::pow(kAWheelStep, io.MouseWheel), kLeastRadius,
                                  kMostRadius);
    if (brush.button >= 0 && (io.MouseDelta.x != 0 || io.MouseDelta.y != 0) &&
        ImGui::IsMouseDown(brush.button))
        paint_at(frame, place, io.MousePos);
    if (over || brush.button >= 0) draw_outline(frame.ui, brush, place, io.MousePos);
}

void let_go(OverlayFrame& frame) {
    OverlayState::Brush& brush = frame.state.brush;
    if (brush.button < 0 || (brush.on && ImGui::IsMouseDown(brush.button))) return;
    brush.button = -1;
    frame.ask(request::Release{fmt::format("brush/{}", brush.stroke)});
}

/// Which of kWhere the terms say that say nothing else; nullopt where they are not of one mind.
std::optional<int> where_of(const Objective& objective) {
    std::optional<int> where;
    for (const Term& term : objective.terms) {
        const std::string mask = subject_of(term).mask;
        if (!mask.empty() && mask != kMask && mask != kElsewhere) continue;
        const int its = mask.empty() ? 0 : mask == kMask ? 1 : 2;
        if (where && *where != its) return std::nullopt;
        where = its;
    }
    return where;
}

/// Terms with a mask of another kind keep it.
Objective dreamed_at(const Objective& objective, int where) {
    Objective changed;
    for (const Term& term : objective.terms) {
        const std::string mask = subject_of(term).mask;
        const bool other = !mask.empty() && mask != kMask && mask != kElsewhere;
        if (other)
            add(changed, term);
        else if (where == 0)
            add(changed, everywhere(term));
        else
            add(changed, at_mask(term, std::string(where == 1 ? kMask : kElsewhere)));
    }
    return changed;
}

std::string advice(const OverlayFrame& frame, std::optional<int> where, bool can_paint) {
    if (!can_paint) return "Choose a view of one picture: M";
    if (where == 0 && !frame.model.brush->is_empty())
        return "What is painted is not used yet: dream where painted, or elsewhere";
    if (where == 1 && frame.model.brush->is_empty())
        return "Nothing is painted, so nothing is dreamed: paint on the picture";
    return "Left paints, right or Shift erases, wheel: size, Z takes back, D or Esc ends";
}

constexpr float kBarHeight = 76, kWhereWidth = 270, kBarGap = 16;
constexpr float kClear = 58, kFill = 48, kDone = 56;

/// Size and softness, from `left` to `right`.
void draw_brush_faders(Ui& ui, OverlayState::Brush& brush, float left, float right, float top) {
    constexpr FaderSpec kSize{.low = kLeastRadius, .high = kMostRadius, .initial = 0.08};
    constexpr FaderSpec kSoft{.low = 0, .high = 1, .initial = 0.5};
    const float each = (right - left - ui.px(kBarGap)) / 2, label_width = ui.px(36);
    const auto control = [&](const char* name, const char* label, const FaderSpec& spec,
                             float& value) {
        ImGui::SetCursorScreenPos(ImVec2(left, top + ui.px(6)));
        text(ui, label, style::kTextDim, ui.small());
        ImGui::SetCursorScreenPos(ImVec2(left + label_width, top + ui.px(2)));
        const Edit edit = fader(ui, name, spec, value, each - label_width);
        if (edit.changed) value = static_cast<float>(std::clamp(edit.value, spec.low, spec.high));
        left += each + ui.px(kBarGap);
    };
    control("brush/size", "Size", kSize, brush.radius);
    control("brush/softness", "Soft", kSoft, brush.softness);
}

void draw_brush_buttons(OverlayFrame& frame, ImVec2 at) {
    Ui& ui = frame.ui;
    ImGui::SetCursorScreenPos(at);
    if (button(ui, "brush/clear", "Clear", ui.px(kClear))) frame.ask(request::FillBrush{false});
    tooltip(ui, "Nothing is painted any more");
    ImGui::SameLine(0, ui.px(style::kGap));
    if (button(ui, "brush/fill", "Fill", ui.px(kFill))) frame.ask(request::FillBrush{true});
    tooltip(ui, "All of the picture: then erase from it");
    ImGui::SameLine(0, ui.px(style::kGap));
    if (button(ui, "brush/done", "Done", ui.px(kDone), ButtonLook::primary))
        frame.state.brush.on = false;
}

/// Over the upper edge of the picture.
void draw_bar(OverlayFrame& frame, const Area& area, bool can_paint) {
    Ui& ui = frame.ui;
    const std::optional<int> where = where_of(frame.model.params.objective);
    const float space = static_cast<float>(area.width);
    const float width = std::min(space - ui.px(24), ui.px(744));
    const float left = std::round(static_cast<float>(area.x) + (space - width) / 2);
    const float top = static_cast<float>(area.y) + ui.px(12);
    ImGui::SetNextWindowPos(ImVec2(left, top));
    ImGui::SetNextWindowSize(ImVec2(width, ui.px(kBarHeight)));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(ui.px(12), ui.px(10)));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, ui.px(style::kRounding));
    constexpr ImGuiWindowFlags kBar = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                                      ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoNav |
                                      ImGuiWindowFlags_NoFocusOnAppearing;
    ImGui::Begin("##brush", nullptr, kBar);
    ui.note("brush/bar", {left, top, left + width, top + ui.px(kBarHeight)});
    const ImVec2 start = ImGui::GetCursorScreenPos();
    const float right = left + width - ui.px(12);
    const float buttons_at = right - ui.px(kClear + kFill + kDone + 2 * style::kGap);
    const float faders_at = start.x + ui.px(kWhereWidth + kBarGap);
    const float where_width = std::min(ui.px(kWhereWidth), buttons_at - start.x - ui.px(kBarGap));
    if (const auto chosen = segmented(ui, "brush/where", kWhere, where.value_or(-1), where_width))
        frame.ask(request::SetObjective{dreamed_at(frame.model.params.objective, *chosen)});
    const float faders_end = buttons_at - ui.px(kBarGap);
    if (faders_end - faders_at > ui.px(150))
        draw_brush_faders(ui, frame.state.brush, faders_at, faders_end, start.y);
    draw_brush_buttons(frame, ImVec2(buttons_at, start.y));
    ImGui::SetCursorScreenPos(ImVec2(start.x, start.y + ui.px(36)));
    text_cut(ui, advice(frame, where, can_paint), right - start.x, style::kTextDim, ui.small());
    ImGui::End();
    ImGui::PopStyleVar(2);
}

}  // namespace

void draw_brush(OverlayFrame& frame, const Area& area, bool follows) {
    OverlayState::Brush& brush = frame.state.brush;
    let_go(frame);
    if (!brush.on) return;
    const std::optional<PicturePlace> place =
        PicturePlace::in(area, frame.model.sight.picture, frame.model.view);
    draw_bar(frame, area, place.has_value());
    if (!place) return;
    draw_tint(brush, *frame.model.brush, *place);
    if (follows) follow_pointer(frame, *place);
}

}  // namespace reverie
