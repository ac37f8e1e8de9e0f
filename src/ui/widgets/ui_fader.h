// Horizontal faders and what a hand does to them. On top of Dear ImGui, in the overlay's look.
#pragma once

#include <imgui.h>

#include <span>
#include <string_view>

#include "src/control/fader_scale.h"
#include "src/ui/widgets/ui.h"

namespace reverie {

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
/// bars, 0 … 1, under the track (before, after), with a line at the middle, which is the usual;
/// negative ones are left out.
Edit fader(Ui& ui, std::string_view name, const FaderSpec& spec, double value, float width,
           std::span<const float> marks = {});

/// Marks on the fader that was drawn last where its value is by now: something moves it.
void mark_on_fader(Ui& ui, const FaderSpec& spec, double value);

}  // namespace reverie
