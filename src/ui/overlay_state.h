// What the overlay remembers from frame to frame, what its panels see of one frame, and the panels
// themselves. Nothing of this leaves the overlay.
#pragma once

#include <imgui.h>

#include <array>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "src/control/history.h"
#include "src/control/mixer.h"
#include "src/ui/overlay.h"
#include "src/ui/overlay_keys.h"
#include "src/ui/ui_fader.h"
#include "src/ui/ui_style.h"
#include "src/ui/ui_widgets.h"

namespace reverie {

struct OverlayState {
    bool visible = true;
    bool help = false;
    Panel left = Panel::layers;
    std::optional<Panel> right;
    /// Pixels that the panels covered in the last frame.
    float covered_left = 0, covered_right = 0, covered_below = 0;

    Mixer mixer;
    History history;
    std::string network;        ///< whose channels the history speaks of
    bool own_undo = false;      ///< the model's next change is an undo from here
    double let_go_at_s = -1e9;  ///< when the last fader was

    std::string layer_search;
    bool only_playing = false;
    std::set<std::string> unfolded;
    bool strongest_first = true;

    std::string objective_text;
    std::string objective_problem;
    std::string objective_refused;

    std::string source_text;
    std::optional<double> scrub_s;

    double fade_s = 2;
    std::string preset_name;
    std::optional<float> crossfade_drag;

    std::array<std::string, kOutputKinds> targets;
    std::string sound;
    std::vector<Message> messages;  ///< the overlay's own
};

/// One frame, as a panel sees it.
struct OverlayFrame {
    Ui& ui;
    const OverlayModel& model;
    OverlayState& state;
    OverlayActions& actions;
    Params params;  ///< with what was changed in this frame
    std::vector<std::string_view> changed;

    template <class A>
    void ask(A action) {
        actions.emplace_back(std::move(action));
    }
    void say(std::string text) { state.messages.push_back({std::move(text), Health::waiting, 0}); }

    /// Around a change of params.*key: keeps history, and has it asked for at the frame's end.
    void before_edit(std::string_view key, const Edit& edit);
    void after_edit(std::string_view key, const Edit& edit);
    /// A number or flag, from a control.
    void apply(const ParamInfo& info, const Edit& edit);
    /// The objective as it stands on the mixing desk.
    void apply_mixer(const Edit& edit);
    void apply_objective(const Objective& objective);
};

/// A change that is done as soon as it is asked for: a switch, a typed value.
inline Edit done(double value) { return {.value = value, .changed = true, .typed = true}; }

ImU32 color_of(Health health);
std::string_view name_of(OutputKind kind);
/// "1.2 GB", "340 MB".
std::string bytes_text(int64_t bytes);
/// "octave ratio" for "octave_ratio".
std::string spoken(std::string_view key);

void load_preset(OverlayFrame& frame, const PresetStatus& preset);
void run_command(OverlayFrame& frame, const CommandCall& call);

/// A label with a switch at the right edge. True where it was changed.
bool draw_switch(Ui& ui, std::string_view name, std::string_view label, bool on,
                 std::string_view help);

// The panels. Each draws into the window that is begun.
void draw_layers(OverlayFrame& frame);
void draw_channels(OverlayFrame& frame, const LayerStatus& layer);
void draw_layer_row(OverlayFrame& frame, const LayerStatus& layer, int channel,
                    std::string_view label, float indent, bool folds);
void draw_params(OverlayFrame& frame, Panel panel);
void draw_param(OverlayFrame& frame, const ParamInfo& info);
void draw_installation(OverlayFrame& frame);
void draw_source(OverlayFrame& frame);
void draw_output(OverlayFrame& frame);
void draw_view(OverlayFrame& frame);
void draw_presets(OverlayFrame& frame);
void draw_statistics(OverlayFrame& frame);
void draw_status(OverlayFrame& frame, UiRect place);
void draw_messages(OverlayFrame& frame, UiRect place);
void draw_help(OverlayFrame& frame);

}  // namespace reverie
