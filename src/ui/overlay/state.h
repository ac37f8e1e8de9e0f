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

#include "src/dream/masks/brush.h"
#include "src/ui/overlay/keys.h"
#include "src/ui/overlay/overlay.h"
#include "src/ui/widgets/ui_fader.h"
#include "src/ui/widgets/ui_style.h"
#include "src/ui/widgets/ui_widgets.h"

namespace reverie {

struct OverlayState {
    bool visible = true;
    bool help = false;
    Panel left = Panel::layers;
    std::optional<Panel> right;
    /// Pixels that the panels covered in the last frame.
    float covered_left = 0, covered_right = 0, covered_below = 0;

    std::string layer_search;
    bool only_playing = false;
    std::set<std::string> unfolded;
    bool strongest_first = true;

    std::string channel_search;
    int channel_page = 0;  ///< 0: the stars, then the layers

    std::string objective_text;
    std::string objective_problem;
    std::string objective_refused;

    std::string source_text;
    std::optional<double> scrub_s;

    std::string preset_name;
    int cue = 0;                     ///< that is edited, from 1; 0: none
    bool cue_only_shown = false;     ///< by the click that is held
    std::optional<double> cue_drag;  ///< its fade, while it is dragged
    std::optional<float> crossfade_drag;

    size_t route = 0;                       ///< that is edited
    std::vector<std::string> more_targets;  ///< rows of the matrix that have no route yet
    std::vector<std::string> more_sources;  ///< likewise columns: activations of layers
    std::optional<std::string> typed_bpm;   ///< while it is typed
    bool typing_begins = false;

    /// A keyframe of the score; of all parameters at that place where `key` is "".
    struct ScorePlace {
        std::string key;
        double at_s = 0;
        bool operator==(const ScorePlace&) const = default;
    };
    std::optional<ScorePlace> score_place;  ///< that is edited
    bool score_drags = false;               ///< it follows the pointer …
    double score_grip_s = 0;                ///< … which has it so much later
    double score_from_s = 0;                ///< the left end of what is seen of the score
    double score_zoom = 1;                  ///< 1: all of it is seen
    std::optional<double> score_length;     ///< while it is dragged
    std::string score_name;

    /// The brush, while it is in the user's hand.
    struct Brush {
        bool on = false;
        float radius = 0.08F, softness = 0.5F;  ///< see BrushStroke
        int stroke = 0;                         ///< the number of the last one
        int button = -1;                        ///< that is held; -1: none
        bool erases = false;
        BrushRaster raster;  ///< of the tint
    };
    Brush brush;
    /// The drift, while it is dragged on the picture: from where, and what it was then.
    struct DriftDrag {
        ImVec2 from;
        BrushPoint place;  ///< of the picture
        float pan_x = 0, pan_y = 0;
        bool moved = false;  ///< else it is a click
    };
    std::optional<DriftDrag> drift;

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
    bool by_key = false;  ///< a shortcut is carried out

    void ask(const Request& request);
    void act(const WindowAction& action);
    void say(std::string text) { state.messages.push_back({std::move(text), Health::waiting, 0}); }

    /// What was done to a fader, which is called `control` on the desk: asks for `change` where its
    /// value is new.
    void ask_edit(const std::string& control, const Edit& edit, const Request& change);
    /// A number or flag, from a control.
    void apply(const ParamInfo& info, const Edit& edit);
};

/// A change that is done as soon as it is asked for: a switch, a typed value.
inline Edit done(double value) { return {.value = value, .changed = true, .typed = true}; }

/// Numbers whose range is as long as this name something, and are not moved: the seed.
inline constexpr double kNominalSpan = 1e6;

ImU32 color_of(Health health);
/// "1.2 GB", "340 MB".
std::string bytes_text(int64_t bytes);
/// "octave ratio" for "octave_ratio".
std::string spoken(std::string_view key);

void run_command(OverlayFrame& frame, const CommandCall& call);

/// The last item plays `address` (src/control/osc/osc_requests.h, without its root): a right click on
/// it asks for a MIDI control to do so, too, and it is marked while it waits for one.
void offer_to_midi(OverlayFrame& frame, const std::string& address);

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
void draw_cues(OverlayFrame& frame);
/// The picture of a preset, or its empty place; whole, or cut to fill the place.
void draw_thumbnail(Ui& ui, const PresetStatus& preset, ImVec2 at, ImVec2 size, bool fill);
void draw_modulation(OverlayFrame& frame);
void draw_route(OverlayFrame& frame, size_t number);
/// The tempo, the beat, and what changes wait for: in the cursor's line, which is `height` high.
/// The cursor is to the right of it then.
void draw_tempo(OverlayFrame& frame, float height, float right);
void draw_scores(OverlayFrame& frame);
void draw_timeline(OverlayFrame& frame);
/// "12.5", "1:02.5"; without tenths where `step_s` is a second or more.
std::string score_seconds_text(double seconds, double step_s);
/// What can be done to the keyframe that is edited.
void draw_score_place(OverlayFrame& frame);
/// Files: to save the score in, and those that can be opened.
void draw_score_files(OverlayFrame& frame);
void draw_sight(OverlayFrame& frame);
/// What the network thinks it sees, in the part of the window that the panels leave free.
void draw_sight_view(OverlayFrame& frame, const Area& area);
/// Channels to choose from: stars, layers, or what a word finds.
void draw_channel_field(OverlayFrame& frame);
/// A channel's picture with its word below: a click puts it on the mixing desk, or takes it off.
/// `strength`: 0 … 1, how clearly it is shown.
void draw_channel_tile(OverlayFrame& frame, std::string_view name, const ChannelPicture& channel,
                       std::string_view word, ImVec2 at, float side, float strength);
/// A channel's picture, or its empty place.
void draw_tile_picture(ImDrawList& list, const TilePicture& picture, ImVec2 low, ImVec2 high,
                       float rounding, float alpha);
void draw_statistics(OverlayFrame& frame);
/// The brush on the picture in `area` of the window, and its bar. `follows`: the pointer paints.
void draw_brush(OverlayFrame& frame, const Area& area, bool follows);
/// What Ctrl and the pointer do to the drift there. True where they did: nothing else is meant.
bool drift_by_hand(OverlayFrame& frame, const Area& area);
void draw_status(OverlayFrame& frame, UiRect place);
void draw_messages(OverlayFrame& frame, UiRect place);
void draw_help(OverlayFrame& frame);

}  // namespace reverie
