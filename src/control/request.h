// All requests to a show, as plain values: keys, the overlay, MIDI pads and OSC messages are
// translated to them. The desk (desk.h) passes each to the part that carries it out.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "src/control/cues.h"
#include "src/control/modulation.h"
#include "src/control/stars.h"
#include "src/control/tempo.h"
#include "src/control/timeline/timeline.h"
#include "src/dream/masks/brush.h"
#include "src/dream/objective.h"
#include "src/dream/panic.h"

namespace reverie {

enum class Switch : uint8_t { off, on, toggle };
constexpr bool switched(Switch to, bool now) {
    return to == Switch::toggle ? !now : to == Switch::on;
}

/// What keyframes snap to; beats and bars are those of the tempo, and nothing where there is none.
enum class ScoreSnap : uint8_t { off, tenth, second, beat, bar };

/// How a window shows the picture.
enum class ViewChange : uint8_t {
    next,
    previous,
    sight,  ///< what the network thinks it sees, or back to the dream
    fill,
    mirror,
    rotate
};

/// `kName`: as an error names what could not be done.
namespace request {

// The look: one value of every parameter, and the objective as channel strips.

/// A number or a flag (0, 1); values out of range are clamped, with a notice.
struct SetParam {
    static constexpr std::string_view kName = "setting a parameter";
    std::string key;
    double value = 0;
};
/// By so many fiftieths of its fader's way.
struct NudgeParam {
    static constexpr std::string_view kName = "nudging a parameter";
    std::string key;
    double steps = 0;
};
struct SetObjective {
    static constexpr std::string_view kName = "setting the objective";
    Objective objective;
};
/// The strip of a layer, or of one of its channels (-1: the whole layer).
struct SetStrip {
    static constexpr std::string_view kName = "setting a layer";
    std::string layer;
    int channel = -1;
    float weight = 0;
};
struct MuteStrip {
    static constexpr std::string_view kName = "muting a layer";
    std::string layer;
    int channel = -1;
    Switch to = Switch::toggle;
};
struct SoloStrip {
    static constexpr std::string_view kName = "playing a layer alone";
    std::string layer;
    int channel = -1;
    Switch to = Switch::toggle;
};
struct RemoveStrip {
    static constexpr std::string_view kName = "removing a layer";
    std::string layer;
    int channel = -1;
};
/// A channel is wanted at hand, or no more.
struct StarChannel {
    static constexpr std::string_view kName = "starring a channel";
    Star star;
    Switch to = Switch::toggle;
};
/// The weight of a starred channel, by its number from 1.
struct SetStar {
    static constexpr std::string_view kName = "playing a starred channel";
    int number = 1;
    float weight = 1;
};
/// All layers to 0.
struct ClearStrips {
    static constexpr std::string_view kName = "clearing the layers";
};
/// A hand takes hold of a control (a parameter's key, strip_name(), kCrossfadeControl): until it
/// lets go, all that it does there is one step of the history.
struct Touch {
    static constexpr std::string_view kName = "touching a control";
    std::string control;
};
struct Release {
    static constexpr std::string_view kName = "releasing a control";
    std::string control;
};
struct Undo {
    static constexpr std::string_view kName = "undo";
};
struct Redo {
    static constexpr std::string_view kName = "redo";
};

// What moves by itself. Routes are numbered from 0.

/// The number after the last one: adds it.
struct SetRoute {
    static constexpr std::string_view kName = "changing what moves";
    int number = 0;
    ModulationRoute route;
    std::string control;  ///< that a hand holds; "": a step of the history by itself
};
struct SetRouteAmount {
    static constexpr std::string_view kName = "setting how much is moved";
    int number = 0;
    double amount = 0;
};
struct RemoveRoute {
    static constexpr std::string_view kName = "removing a modulation";
    int number = 0;
};

// The mask @brush.

/// A stroke, or the next part of one.
struct Paint {
    static constexpr std::string_view kName = "painting where to dream";
    BrushStroke stroke;
    /// That a hand holds: all that is painted with it is one stroke, and one step of the history.
    /// "": dots, of which those that follow each other quickly are one step.
    std::string control;
    double aspect = 16.0 / 9;  ///< of the picture that is painted on, width over height
};
/// Nothing is painted any more, or all of the picture.
struct FillBrush {
    static constexpr std::string_view kName = "filling what is painted";
    bool full = false;
};

// Presets.

struct LoadPreset {
    static constexpr std::string_view kName = "loading a preset";
    std::string name;
    std::optional<double> seconds;  ///< fade over; nothing: the desk's fade time
};
/// All that a result says it was made with, faded in as a preset is.
struct TakeUpLook {
    static constexpr std::string_view kName = "taking up a look";
    std::string from;  ///< the result's name
    Params params;
    bool portable = false;  ///< the objective is; else it is one of this network
    Modulation modulation;
};
/// To the next (1) or the one before (-1), around the end.
struct StepPreset {
    static constexpr std::string_view kName = "the next preset";
    int step = 1;
};
/// The preset under a number key or pad, from 1, with the fade and the beat of its cue.
struct PlayCue {
    static constexpr std::string_view kName = "playing a cue";
    int number = 1;
};
struct SetCue {
    static constexpr std::string_view kName = "choosing a cue";
    int number = 1;
    Cue cue;
};
/// As a preset of the user's own; one of the same name is replaced only where `overwrite` is set.
struct SavePreset {
    static constexpr std::string_view kName = "saving a preset";
    std::string name;
    bool overwrite = false;
};
/// Over how long presets and cross-fades go by themselves.
struct SetFadeTime {
    static constexpr std::string_view kName = "setting the fade time";
    double seconds = 2;
};
/// The presets at the ends of the cross-fade; "": not chosen yet.
struct SetCrossfadeEnds {
    static constexpr std::string_view kName = "choosing the cross-fade's ends";
    std::string a, b;
};
struct MoveCrossfade {
    static constexpr std::string_view kName = "moving the cross-fade";
    float position = 0;  ///< 0: A, 1: B
};
/// Goes to an end by itself.
struct RunCrossfade {
    static constexpr std::string_view kName = "running the cross-fade";
    float to = 1;
    std::optional<double> seconds;  ///< nothing: the desk's fade time
};
/// On the beat, by hand: its time is when it was asked.
struct Tap {
    static constexpr std::string_view kName = "tapping the tempo";
};
/// By hand, in beats a minute.
struct SetTempo {
    static constexpr std::string_view kName = "setting the tempo";
    double bpm = 120;
};
/// The tempo that is heard counts again, whatever was tapped.
struct FollowEar {
    static constexpr std::string_view kName = "following the tempo that is heard";
};
/// What presets and cross-fades that are asked for from now on wait for.
struct SetQuantise {
    static constexpr std::string_view kName = "choosing what changes wait for";
    Quantise to = Quantise::off;
};
/// The next preset of an installation's walk, now.
struct SkipWalk {
    static constexpr std::string_view kName = "the walk's next preset (it needs --installation)";
};

// The score.

/// By name or file; "": a new one. What it moves besides ([[modulation]]) is played at once.
struct OpenScore {
    static constexpr std::string_view kName = "opening a score";
    std::string name;
};
/// As a score of the user's own; one of the same name is replaced only where `overwrite` is set.
struct SaveScore {
    static constexpr std::string_view kName = "saving a score";
    std::string name;
    bool overwrite = false;
};
struct PlayScore {
    static constexpr std::string_view kName = "playing the score";
    Switch to = Switch::toggle;
};
/// While the score plays, what hands change becomes keyframes.
struct RecordScore {
    static constexpr std::string_view kName = "recording the score";
    Switch to = Switch::toggle;
};
struct SeekScore {
    static constexpr std::string_view kName = "seeking in the score";
    double seconds = 0;
};
struct LoopScore {
    static constexpr std::string_view kName = "repeating the score";
    Switch to = Switch::toggle;
};
/// Keyframes of this parameter as it is now; "": of all that the score moves, and of the whole look
/// where it moves nothing yet.
struct RecordKeyframe {
    static constexpr std::string_view kName = "recording a keyframe";
    std::string key;
};
/// Places that keyframes are moved to are snapped.
struct EditScore {
    static constexpr std::string_view kName = "changing the score";
    TimelineEdit edit;
    std::string control;  ///< that a hand holds; "": a step of the history by itself
};
/// The score moves a parameter again that a hand has taken; "": all of them.
struct GiveBack {
    static constexpr std::string_view kName = "giving a parameter back to the score";
    std::string key;
};
/// What keyframes that are recorded or moved by hand snap to.
struct SetScoreSnap {
    static constexpr std::string_view kName = "choosing what keyframes snap to";
    ScoreSnap to = ScoreSnap::off;
};

// Surfaces.

/// Changes nothing: the client that asks is told of it in its turn, after all that was asked before,
/// and can answer with what the desk says then.
struct Report {
    static constexpr std::string_view kName = "reporting a value";
    std::string address;  ///< of osc_requests.h
    std::string to;       ///< whom the client will answer; only the client reads it
};
/// The control of a MIDI device that is moved next plays `address` (of osc_requests.h) from then
/// on; "": no longer waits for one.
struct Learn {
    static constexpr std::string_view kName = "learning a control (it needs a MIDI device)";
    std::string address;
};

// The show.

struct Freeze {
    static constexpr std::string_view kName = "holding the dream";
    Switch to = Switch::toggle;
};
struct SetPanic {
    static constexpr std::string_view kName = "panic";
    Panic to = Panic::source;
    bool toggle = false;  ///< off where it is `to` already
};
/// Forgets what was dreamed.
struct ResetDream {
    static constexpr std::string_view kName = "forgetting the dream";
};
/// What the source shows now guides the dream from now on.
struct TakeGuide {
    static constexpr std::string_view kName = "taking a guide";
};
/// Dreams from now on, as soon as it is read.
struct UseNetwork {
    static constexpr std::string_view kName = "changing the network";
    std::string path;
};
struct OpenSource {
    static constexpr std::string_view kName = "opening a source";
    std::string spec;
};
struct PauseSource {
    static constexpr std::string_view kName = "pausing the source";
    Switch to = Switch::toggle;
};
struct SeekSource {
    static constexpr std::string_view kName = "seeking in the source";
    double seconds = 0;
    bool relative = false;  ///< to where the source is
};

// Outputs.

struct SwitchOutput {
    static constexpr std::string_view kName = "starting an output";
    std::string output = "record";  ///< of the table of outputs (show/output_kind.h)
    Switch to = Switch::toggle;
    std::string target;  ///< "": a name of the program's choice
};
/// From now on this is heard in what is begun; "": nothing.
struct SetSound {
    static constexpr std::string_view kName = "listening to sound";
    std::string spec;
};
struct Snapshot {
    static constexpr std::string_view kName = "a snapshot";
};

// The window.

struct ChangeView {
    static constexpr std::string_view kName = "changing the view (it needs a window)";
    ViewChange change = ViewChange::next;
};
/// By its name; see name_of(ViewMode).
struct ShowView {
    static constexpr std::string_view kName = "choosing the view (it needs a window)";
    std::string view;
};
struct Fullscreen {
    static constexpr std::string_view kName = "full screen (it needs a window)";
    Switch to = Switch::toggle;
};
struct Quit {
    static constexpr std::string_view kName = "quitting";
};

}  // namespace request

/// What is asked of a show: one of the values above. Copies share it. It is no std::variant: every
/// file that includes the desk would compile what sixty kinds need.
class Request {
  public:
    template <class R>
    requires requires { R::kName; }
    Request(R what)
        : kind_(kind_of<R>()), name_(R::kName), what_(std::make_shared<const R>(std::move(what))) {}

    /// The same for all requests of one kind alone.
    template <class R>
    static const void* kind_of() {
        return &kTag<R>;
    }
    const void* kind() const { return kind_; }
    /// As an error names what could not be done.
    std::string_view name() const { return name_; }
    template <class R>
    bool is() const {
        return kind_ == kind_of<R>();
    }
    /// Null where it is something else.
    template <class R>
    const R* as() const {
        return is<R>() ? static_cast<const R*>(what_.get()) : nullptr;
    }
    /// A value of that kind.
    const void* what() const { return what_.get(); }

  private:
    template <class R>
    static constexpr char kTag = 0;

    const void* kind_;
    std::string_view name_;
    std::shared_ptr<const void> what_;
};

inline constexpr std::string_view kCrossfadeControl = "crossfade";
/// The control that moves a route's amount, which is numbered from 1 for people.
inline std::string route_control(int number) { return "modulation/" + std::to_string(number + 1); }
/// "inception_4c", "inception_4c:17".
inline std::string strip_name(const std::string& layer, int channel) {
    return channel < 0 ? layer : layer + ":" + std::to_string(channel);
}

}  // namespace reverie
