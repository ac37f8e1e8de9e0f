// Horizontal faders: where values stand on them, and what a hand does to them. On top of Dear
// ImGui, in the overlay's look.
#pragma once

#include <imgui.h>

#include <span>
#include <string_view>

#include "src/ui/ui.h"

namespace reverie {

/// What a fader goes through.
struct FaderSpec {
    double low = 0;
    double high = 1;
    double initial = 0;  ///< where a double-click takes it
    bool integer = false;
    bool even = false;       ///< even steps, however long the range
    bool unbounded = false;  ///< a typed number may lie beyond the ends
};

/// Where a value stands on its fader, 0 … 1, and back. Even where that makes sense; logarithmic for
/// a range of many powers; bent where the default would else stand squeezed against an end; around
/// the middle where the range is symmetric.
double fader_position(const FaderSpec& spec, double value);
double fader_value(const FaderSpec& spec, double position);

/// What happened to a control in this frame.
struct Edit {
    double value = 0;
    bool began = false;    ///< it was taken hold of
    bool changed = false;  ///< `value` is new
    bool reset = false;    ///< by a double-click: `value` is the default
    bool typed = false;    ///< as a number: began, changed and ended in one
    bool ended = false;    ///< it was let go
};

/// A horizontal fader: drag sets, double-click resets, ctrl-click types. `marks`: up to two thin
/// bars, 0 … 1, under the track (before, after); negative ones are left out.
Edit fader(Ui& ui, std::string_view name, const FaderSpec& spec, double value, float width,
           std::span<const float> marks = {});

}  // namespace reverie
