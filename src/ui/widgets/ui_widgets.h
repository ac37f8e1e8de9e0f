// The controls that the overlay is made of, in its own look, on top of Dear ImGui. Each is noted in
// the Ui under its name, so that tests and scripts find it. Widths are in pixels; 0: what is left.
#pragma once

#include <imgui.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "src/ui/widgets/ui.h"

namespace reverie {

enum class ButtonLook : uint8_t { plain, primary, danger, lit };
bool button(Ui& ui, std::string_view name, std::string_view label, float width = 0,
            ButtonLook look = ButtonLook::plain, bool enabled = true);
/// A square one with one letter, as for solo and mute; `lit` in `color` where it is on. `shown`:
/// else it is there, but not seen.
bool letter_button(Ui& ui, std::string_view name, std::string_view letter, bool on, ImU32 color,
                   bool shown = true);
/// A switch. True where it was changed.
bool toggle(Ui& ui, std::string_view name, bool on);
/// One of a list: a row as wide as what is left, with a line of detail ("": none) under its title.
/// True where it was clicked.
enum class ChoiceLook : uint8_t { plain, current, unusable };
bool choice(Ui& ui, std::string_view name, std::string_view title, std::string_view detail,
            ChoiceLook look);
/// One of several, side by side in one strip. The index of the one that was clicked.
std::optional<int> segmented(Ui& ui, std::string_view name,
                             std::span<const std::string_view> labels, int current, float width);
/// A text field of the width; true on Enter.
bool text_field(Ui& ui, std::string_view name, std::string& text, const char* hint, float width);

void text(Ui& ui, std::string_view content, ImU32 color, ImFont* font = nullptr);
/// Cut off with … where it is wider than `width`; the whole of it is then shown on hovering.
void text_cut(Ui& ui, std::string_view content, float width, ImU32 color, ImFont* font = nullptr);
/// On the line of the last item, with its right edge at `right_x` (of the screen).
void text_right(Ui& ui, std::string_view content, float right_x, ImU32 color,
                ImFont* font = nullptr);
/// In as many lines as it needs.
void text_wrapped(Ui& ui, std::string_view content, ImU32 color, ImFont* font = nullptr);
/// The heading of a section inside a panel.
void section(Ui& ui, std::string_view title);
/// Explains the last item while the pointer rests on it.
void tooltip(Ui& ui, std::string_view content);
/// A small filled circle at the height of a line of text, which takes the space of one.
void dot(Ui& ui, ImU32 color);
void gap(Ui& ui, float units);
/// Pixels from the cursor to the right edge.
float width_left(const Ui& ui);

}  // namespace reverie
