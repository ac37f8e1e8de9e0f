#include "src/ui/ui_fader.h"

#include <fmt/format.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "src/ui/ui_style.h"
#include "src/ui/ui_widgets.h"

namespace reverie {
namespace {

constexpr double kLogarithmicFrom = 50;  // ends this many times apart
constexpr double kDefaultPlace = 0.33;   // where a squeezed default is moved to
constexpr double kSymmetricPower = 2;
constexpr float kHeight = 22;
constexpr float kKnob = 7;

bool is_symmetric(const FaderSpec& spec) { return spec.low < 0 && spec.low == -spec.high; }
/// The layers' −1 … 1 is even: what is far from 0 matters as much.
bool is_even(const FaderSpec& spec) { return spec.even || spec.high - spec.low <= 4; }
bool is_logarithmic(const FaderSpec& spec) {
    return !spec.even && spec.low > 0 && spec.high / spec.low >= kLogarithmicFrom;
}

/// The power that brings the default to kDefaultPlace, 1 where it does not need it.
double power_of(const FaderSpec& spec) {
    const double share = (spec.initial - spec.low) / (spec.high - spec.low);
    if (is_even(spec) || share <= 0 || share >= kDefaultPlace) {
        // Long ranges from nothing are fine near nothing.
        return !spec.even && share <= 0 && spec.high - spec.low > 32 ? 2 : 1;
    }
    return std::clamp(std::log(share) / std::log(kDefaultPlace), 1.0, 4.0);
}

/// Three significant digits: what a hand on a fader means.
double tidy(const FaderSpec& spec, double value) {
    if (spec.integer) return std::round(value);
    const double size = std::max(std::abs(value), (spec.high - spec.low) / 1000);
    const double unit = std::pow(10, std::floor(std::log10(size)) - 2);
    const double rounded = std::round(value / unit) * unit;
    return std::clamp(std::abs(rounded) < unit / 2 ? 0 : rounded, spec.low, spec.high);
}

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

double fader_position(const FaderSpec& spec, double value) {
    value = std::clamp(value, spec.low, spec.high);
    if (is_logarithmic(spec)) return std::log(value / spec.low) / std::log(spec.high / spec.low);
    if (is_symmetric(spec) && !is_even(spec)) {
        const double bent = std::pow(std::abs(value) / spec.high, 1 / kSymmetricPower);
        return 0.5 + std::copysign(bent, value) / 2;
    }
    return std::pow((value - spec.low) / (spec.high - spec.low), 1 / power_of(spec));
}

double fader_value(const FaderSpec& spec, double position) {
    position = std::clamp(position, 0.0, 1.0);
    if (position == 0) return spec.low;
    if (position == 1) return spec.high;
    double value = 0;
    if (is_logarithmic(spec)) {
        value = spec.low * std::pow(spec.high / spec.low, position);
    } else if (is_symmetric(spec) && !is_even(spec)) {
        const double side = 2 * position - 1;
        value = std::copysign(std::pow(std::abs(side), kSymmetricPower) * spec.high, side);
    } else {
        value = spec.low + (spec.high - spec.low) * std::pow(position, power_of(spec));
    }
    return tidy(spec, value);
}

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

}  // namespace reverie
