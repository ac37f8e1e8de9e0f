#include "src/ui/widgets/ui_widgets.h"

#include <imgui_stdlib.h>

#include <algorithm>
#include <cfloat>
#include <cmath>

#include "src/ui/widgets/ui_style.h"

namespace reverie {
namespace {

const char* begin_of(std::string_view text) { return text.data(); }
const char* end_of(std::string_view text) { return text.data() + text.size(); }

ImVec2 size_of(ImFont* font, std::string_view text) {
    return font->CalcTextSizeA(font->FontSize, FLT_MAX, 0, begin_of(text), end_of(text));
}

void push_id(std::string_view name) { ImGui::PushID(begin_of(name), end_of(name)); }

ImFont* or_body(Ui& ui, ImFont* font) { return font == nullptr ? ui.body() : font; }

/// Text in the middle of a rectangle.
void draw_centered(ImFont* font, std::string_view text, ImVec2 low, ImVec2 high, ImU32 color) {
    const ImVec2 size = size_of(font, text);
    ImGui::GetWindowDrawList()->AddText(
        font, font->FontSize,
        ImVec2(std::max(low.x, (low.x + high.x - size.x) / 2), (low.y + high.y - size.y) / 2),
        color, begin_of(text), end_of(text));
}

struct Colors {
    ImU32 surface, hover, ink;
};

Colors colors_of(ButtonLook look) {
    switch (look) {
        case ButtonLook::primary:
            return {style::kAccent, style::rgba(0xFFBE6B), style::kOnAccent};
        case ButtonLook::danger:
            return {style::rgba(0x5A2622), style::rgba(0x75312B), style::kText};
        case ButtonLook::lit:
            return {style::kAccentSoft, style::rgba(0xF5A94B, 70), style::kAccent};
        default:
            return {style::kRaised, style::kRaisedHover, style::kText};
    }
}

}  // namespace

float width_left(const Ui& ui) { return ui.right_edge() - ImGui::GetCursorScreenPos().x; }

void gap(Ui& ui, float units) {
    ImGui::Dummy(ImVec2(1, ui.px(units) - ImGui::GetStyle().ItemSpacing.y));
}

bool button(Ui& ui, std::string_view name, std::string_view label, float width, ButtonLook look,
            bool enabled) {
    ImFont* font = ui.body();
    if (width <= 0) width = size_of(font, label).x + ui.px(26);
    push_id(name);
    const bool clicked =
        ImGui::InvisibleButton("button", ImVec2(width, ui.px(style::kControl))) && enabled;
    ImGui::PopID();
    ui.note(name);
    const ImVec2 low = ImGui::GetItemRectMin();
    const ImVec2 high = ImGui::GetItemRectMax();
    const Colors colors = colors_of(look);
    const bool hovered = ImGui::IsItemHovered() && enabled;
    ImGui::GetWindowDrawList()->AddRectFilled(low, high, hovered ? colors.hover : colors.surface,
                                              ui.px(style::kRounding));
    draw_centered(font, label, low, high, enabled ? colors.ink : style::kTextFaint);
    return clicked;
}

bool letter_button(Ui& ui, std::string_view name, std::string_view letter, bool on, ImU32 color,
                   bool shown) {
    push_id(name);
    const bool clicked = ImGui::InvisibleButton("letter", ImVec2(ui.px(22), ui.px(22)));
    ImGui::PopID();
    ui.note(name);
    if (!shown) return clicked;
    const ImVec2 low = ImGui::GetItemRectMin();
    const ImVec2 high = ImGui::GetItemRectMax();
    const ImU32 surface = on                       ? color
                          : ImGui::IsItemHovered() ? style::kRaisedActive
                                                   : style::kRaised;
    ImGui::GetWindowDrawList()->AddRectFilled(low, high, surface, ui.px(4));
    draw_centered(ui.small(), letter, low, high, on ? style::kOnAccent : style::kTextDim);
    return clicked;
}

bool toggle(Ui& ui, std::string_view name, bool on) {
    push_id(name);
    const bool clicked = ImGui::InvisibleButton("toggle", ImVec2(ui.px(38), ui.px(22)));
    ImGui::PopID();
    ui.note(name);
    const ImVec2 low = ImGui::GetItemRectMin();
    const ImVec2 high = ImGui::GetItemRectMax();
    const float radius = (high.y - low.y) / 2;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ImU32 off = ImGui::IsItemHovered() ? style::kRaisedActive : style::kTrack;
    list.AddRectFilled(low, high, on ? style::kAccent : off, radius);
    list.AddCircleFilled(ImVec2(on ? high.x - radius : low.x + radius, low.y + radius),
                         radius - ui.px(3), on ? style::kOnAccent : style::kTextDim, 24);
    return clicked;
}

bool choice(Ui& ui, std::string_view name, std::string_view title, std::string_view detail,
            ChoiceLook look) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float width = width_left(ui);
    push_id(name);
    const bool clicked =
        ImGui::InvisibleButton("choice", ImVec2(width, ui.px(detail.empty() ? 30 : 46)));
    ImGui::PopID();
    ui.note(name);
    const bool current = look == ChoiceLook::current;
    const bool usable = look != ChoiceLook::unusable;
    const ImU32 surface = current                  ? style::kAccentSoft
                          : ImGui::IsItemHovered() ? style::kRaisedHover
                                                   : style::kRaised;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled(at, ImVec2(at.x + width, ImGui::GetItemRectMax().y), surface,
                       ui.px(style::kRounding));
    const ImVec2 next = ImGui::GetCursorScreenPos();
    ImGui::SetCursorScreenPos(ImVec2(at.x + ui.px(12), at.y + ui.px(detail.empty() ? 7 : 5)));
    text_cut(ui, title, width - ui.px(24),
             current  ? style::kAccent
             : usable ? style::kText
                      : style::kTextFaint);
    if (!detail.empty()) {
        ImGui::SetCursorScreenPos(ImVec2(at.x + ui.px(12), at.y + ui.px(25)));
        text_cut(ui, detail, width - ui.px(24), usable ? style::kTextDim : style::kWaiting,
                 ui.small());
    }
    ImGui::SetCursorScreenPos(ImVec2(next.x, next.y - ui.px(style::kGap - 4)));
    return clicked;
}

std::optional<int> segmented(Ui& ui, std::string_view name,
                             std::span<const std::string_view> labels, int current, float width) {
    if (width <= 0) width = width_left(ui);
    const float height = ui.px(style::kControl);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled(at, ImVec2(at.x + width, at.y + height), style::kRaised,
                       ui.px(style::kRounding));
    float wanted = 0;
    for (const std::string_view label : labels) wanted += size_of(ui.small(), label).x;
    const float spare = (width - wanted) / static_cast<float>(labels.size());
    std::optional<int> chosen;
    push_id(name);
    float x = at.x;
    for (int i = 0; i < static_cast<int>(labels.size()); ++i) {
        const std::string_view label = labels[static_cast<size_t>(i)];
        const float step = size_of(ui.small(), label).x + spare;
        ImGui::SetCursorScreenPos(ImVec2(x, at.y));
        ImGui::PushID(i);
        if (ImGui::InvisibleButton("segment", ImVec2(std::max(step, 1.0F), height))) chosen = i;
        ImGui::PopID();
        ui.note(std::string(name) + "/" + std::string(label));
        const ImVec2 low(x, at.y);
        const ImVec2 high(x + step, at.y + height);
        if (i == current)
            list.AddRectFilled(low, high, style::kAccent, ui.px(style::kRounding));
        else if (ImGui::IsItemHovered())
            list.AddRectFilled(low, high, style::kRaisedHover, ui.px(style::kRounding));
        draw_centered(ui.small(), label, low, high,
                      i == current ? style::kOnAccent : style::kTextDim);
        x += step;
    }
    ImGui::PopID();
    return chosen;
}

bool text_field(Ui& ui, std::string_view name, std::string& text, const char* hint, float width) {
    push_id(name);
    ImGui::SetNextItemWidth(width <= 0 ? width_left(ui) : width);
    const bool entered =
        ImGui::InputTextWithHint("##text", hint, &text, ImGuiInputTextFlags_EnterReturnsTrue);
    ImGui::PopID();
    ui.note(name);
    return entered;
}

void text(Ui& ui, std::string_view content, ImU32 color, ImFont* font) {
    ImGui::PushFont(or_body(ui, font));
    ImGui::PushStyleColor(ImGuiCol_Text, color);
    ImGui::TextUnformatted(begin_of(content), end_of(content));
    ImGui::PopStyleColor();
    ImGui::PopFont();
}

void text_cut(Ui& ui, std::string_view content, float width, ImU32 color, ImFont* font) {
    ImFont* face = or_body(ui, font);
    if (size_of(face, content).x <= width) {
        text(ui, content, color, font);
        return;
    }
    std::string cut(content);
    while (!cut.empty() && size_of(face, cut + "…").x > width) {
        // Whole code points only.
        while (!cut.empty() && (static_cast<unsigned char>(cut.back()) & 0xC0U) == 0x80U)
            cut.pop_back();
        if (!cut.empty()) cut.pop_back();
    }
    text(ui, cut + "…", color, font);
    tooltip(ui, content);
}

void text_right(Ui& ui, std::string_view content, float right_x, ImU32 color, ImFont* font) {
    ImFont* face = or_body(ui, font);
    const float width = size_of(face, content).x;
    // Small type stands in the middle of a larger line.
    const float spare = (ImGui::GetItemRectSize().y - face->FontSize) / 2;
    ImGui::SameLine();
    const float drop = spare > 0 && spare < face->FontSize / 2 ? std::round(spare) : 0;
    ImGui::SetCursorScreenPos(ImVec2(right_x - width, ImGui::GetCursorScreenPos().y + drop));
    text(ui, content, color, font);
}

void text_wrapped(Ui& ui, std::string_view content, ImU32 color, ImFont* font) {
    ImGui::PushTextWrapPos(ui.right_edge() - ImGui::GetWindowPos().x + ImGui::GetScrollX());
    text(ui, content, color, font);
    ImGui::PopTextWrapPos();
}

void section(Ui& ui, std::string_view title) {
    // The first one stands under the panel's own heading.
    if (ImGui::GetCursorPosY() > ui.px(1)) gap(ui, style::kSection - 4);
    text(ui, title, style::kTextDim, ui.small());
    const ImVec2 low = ImGui::GetItemRectMin();
    const ImVec2 high = ImGui::GetItemRectMax();
    const float y = std::round((low.y + high.y) / 2);
    ImGui::GetWindowDrawList()->AddLine(ImVec2(high.x + ui.px(10), y), ImVec2(ui.right_edge(), y),
                                        style::kLine, std::max(1.0F, ui.px(1)));
    gap(ui, 2);
}

void tooltip(Ui& ui, std::string_view content) {
    if (!ImGui::IsItemHovered() || content.empty()) return;
    const ImVec2 at = ImGui::GetItemRectMin();
    // Not while something is held: it would lie over what is being played.
    if (!ui.rests_on(at.x, at.y) || ImGui::IsMouseDown(ImGuiMouseButton_Left)) return;
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(ui.px(12), ui.px(9)));
    ImGui::BeginTooltip();
    ImGui::PushTextWrapPos(ui.px(300));
    text(ui, content, style::kText, ui.small());
    ImGui::PopTextWrapPos();
    ImGui::EndTooltip();
    ImGui::PopStyleVar();
}

void dot(Ui& ui, ImU32 color) {
    const float size = ui.px(9);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ImGui::Dummy(ImVec2(size, ImGui::GetFontSize()));
    ImGui::GetWindowDrawList()->AddCircleFilled(
        ImVec2(at.x + size / 2, at.y + ImGui::GetFontSize() / 2 + ui.px(0.5F)), size / 2, color,
        20);
}

}  // namespace reverie
