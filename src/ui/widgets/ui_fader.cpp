#include "src/ui/widgets/ui_fader.h"

#include <fmt/format.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "src/ui/widgets/ui_style.h"
#include "src/ui/widgets/ui_widgets.h"

namespace reverie {
namespace {

constexpr float kHeight = 22;
constexpr float kKnob = 7;

std::optional<double> read_number(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '+')) text.remove_prefix(1);
    double value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, status] = std::from_chars(text.data(), end, value);
    if (status != std::errc() || !std::isfinite(value)) return std::nullopt;
    return value;
}

/// The field that stands in a fader's place while a number is typed into it.
Edit type_number(Ui& ui, std::string_view name, const FaderSpec& spec, double value, float width) {
    Ui::FaderMemory& memory = ui.fader_memory();
    Edit edit{value};
    ImGui::SetNextItemWidth(width);
    if (memory.focus) ImGui::SetKeyboardFocusHere();
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding,
                        ImVec2(ui.px(6), (ui.px(kHeight) - ImGui::GetFontSize()) / 2));
    const bool entered =
        ImGui::InputText("##number", &memory.text,
                         ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_AutoSelectAll);
    ImGui::PopStyleVar();
    ui.note(name);
    const bool left = !memory.focus && !ImGui::IsItemActive();
    memory.focus = memory.focus && !ImGui::IsItemActive();
    if (entered) {
        if (const std::optional<double> number = read_number(memory.text)) {
            double typed = spec.integer ? std::round(*number) : *number;
            if (!spec.unbounded) typed = std::clamp(typed, spec.low, spec.high);
            edit = {.value = typed, .changed = typed != value, .typed = true};
        }
    }
    if (entered || left) memory.typing = 0;
    return edit;
}

void draw_marks(Ui& ui, std::span<const float> marks, ImVec2 from, float width) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float thick = ui.px(2);
    for (size_t i = 0; i < marks.size() && i < 2; ++i) {
        if (marks[i] < 0) continue;
        const float y = from.y + static_cast<float>(i) * (thick + ui.px(1.5F));
        const float length = std::clamp(marks[i], 0.0F, 1.0F) * width;
        list.AddRectFilled(ImVec2(from.x, y), ImVec2(from.x + width, y + thick),
                           style::rgba(0xFFFFFF, 12));
        list.AddRectFilled(ImVec2(from.x, y), ImVec2(from.x + length, y + thick),
                           i == 0 ? style::kBefore : style::kAccent);
    }
    if (std::all_of(marks.begin(), marks.end(), [](float mark) { return mark < 0; })) return;
    const float middle = from.x + width / 2;
    list.AddRectFilled(ImVec2(middle - ui.px(0.75F), from.y - ui.px(1)),
                       ImVec2(middle + ui.px(0.75F), from.y + 2 * thick + ui.px(2.5F)),
                       style::kText);
}

void draw_fader(Ui& ui, const FaderSpec& spec, double value, ImVec2 at, float width, bool lively,
                std::span<const float> marks) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float knob = ui.px(kKnob);
    const float from = at.x + knob;
    const float length = width - 2 * knob;
    const float middle = at.y + ui.px(marks.empty() ? kHeight / 2 : 8);
    const float half = ui.px(2);
    const auto x_of = [&](double v) {
        return from + length * static_cast<float>(std::clamp(fader_position(spec, v), 0.0, 1.0));
    };
    const bool two_sided = spec.low < 0 && spec.high > 0;
    const float origin = two_sided ? x_of(0) : at.x;
    const float x = x_of(value);
    const ImU32 color = two_sided && value < 0 ? style::kAgainst : style::kAccent;
    // The track is as wide as the control, so that it stands in line with the text above it; the
    // knob stays inside.
    list.AddRectFilled(ImVec2(at.x, middle - half), ImVec2(at.x + width, middle + half),
                       style::kTrack, half);
    list.AddRectFilled(ImVec2(std::min(origin, x), middle - half),
                       ImVec2(std::max(origin, x), middle + half), color, half);
    if (two_sided) {
        list.AddRectFilled(ImVec2(origin - ui.px(0.75F), middle - ui.px(5)),
                           ImVec2(origin + ui.px(0.75F), middle + ui.px(5)), style::kTextFaint);
    }
    const bool rests = two_sided && value == 0;
    list.AddCircleFilled(ImVec2(x, middle), knob,
                         rests && !lively ? style::kTextFaint
                         : lively         ? style::kText
                                          : color,
                         24);
    list.AddCircleFilled(ImVec2(x, middle), knob - ui.px(2.5F), style::kPanel, 24);
    if (!marks.empty()) draw_marks(ui, marks, ImVec2(at.x, at.y + ui.px(17)), width);
}

}  // namespace

Edit fader(Ui& ui, std::string_view name, const FaderSpec& spec, double value, float width,
           std::span<const float> marks) {
    if (width <= 0) width = width_left(ui);
    Ui::FaderMemory& memory = ui.fader_memory();
    ImGui::PushID(name.data(), name.data() + name.size());
    const ImGuiID id = ImGui::GetID("fader");
    if (memory.typing == id) {
        const Edit edit = type_number(ui, name, spec, value, width);
        ImGui::PopID();
        return edit;
    }
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ImGui::InvisibleButton("fader", ImVec2(width, ui.px(kHeight)));
    ui.note(name);
    Edit edit{value};
    const ImGuiIO& io = ImGui::GetIO();
    if (ImGui::IsItemActivated()) {
        if (io.KeyCtrl) {
            memory.typing = memory.still = id;
            memory.focus = true;
            memory.text = fmt::format("{:.6g}", value);
        } else if (ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) {
            memory.still = id;
            edit.reset = true;
            edit.value = spec.initial;
        } else {
            memory.still = 0;
            edit.began = true;
        }
    }
    const bool active = ImGui::IsItemActive();
    if (active && memory.still != id) {
        const float knob = ui.px(kKnob);
        double position = (io.MousePos.x - at.x - knob) / std::max(width - 2 * knob, 1.0F);
        constexpr double kCatch = 0.012;
        const double zero = fader_position(spec, 0);
        const bool catches = spec.low < 0 && spec.high > 0 && std::abs(position - zero) < kCatch;
        edit.value = catches ? 0 : fader_value(spec, position);
    }
    edit.changed = edit.value != value;
    edit.ended = ImGui::IsItemDeactivated() && memory.typing != id;
    draw_fader(ui, spec, edit.value, at, width, active || ImGui::IsItemHovered(), marks);
    ImGui::PopID();
    return edit;
}

void mark_on_fader(Ui& ui, const FaderSpec& spec, double value) {
    const ImVec2 low = ImGui::GetItemRectMin(), high = ImGui::GetItemRectMax();
    const float knob = ui.px(kKnob), middle = (low.y + high.y) / 2;
    const auto position = static_cast<float>(std::clamp(fader_position(spec, value), 0.0, 1.0));
    const float x = low.x + knob + position * (high.x - low.x - 2 * knob);
    ImGui::GetWindowDrawList()->AddRectFilled(ImVec2(x - ui.px(1.5F), middle - ui.px(7)),
                                              ImVec2(x + ui.px(1.5F), middle + ui.px(7)),
                                              style::kText, ui.px(1));
}

}  // namespace reverie
