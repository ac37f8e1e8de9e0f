// What the overlay shows and what it asks for, as plain values: the live loop fills an OverlayModel
// before each frame, and hands the OverlayActions on after it. Neither knows the other.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "src/control/cues.h"
#include "src/control/mixer.h"
#include "src/control/modulation.h"
#include "src/control/request.h"
#include "src/control/timeline/timeline.h"
#include "src/dream/masks/brush.h"
#include "src/dream/params.h"
#include "src/gl/context.h"
#include "src/gl/present.h"
#include "src/media/source_kind.h"
#include "src/show/installation/installation_settings.h"
#include "src/show/installation/installation_status.h"
#include "src/show/output_kind.h"
#include "src/ui/atlas_tiles.h"

namespace reverie {

class Desk;

/// A layer or branch of the network, in the graph's order.
struct LayerStatus {
    std::string name;  ///< "inception_4c", "inception_4c/3x3": a branch belongs to what is before /
    int channels = 0;
    /// Activation in the source and in the dream, 0 … 1: in the middle, as usual in this layer (see
    /// ActivationScale); negative: not known.
    float before = -1;
    float after = -1;
};

struct PresetStatus {
    std::string name;  ///< what load_preset() takes
    std::string title;
    std::string description;
    bool is_users = false;  ///< the user's own file: it can be overwritten
    std::string problem;    ///< why it cannot be used, with file and line; "" where it can
    uint32_t picture = 0;   ///< OpenGL's texture of its thumbnail, the upper row first; 0: none yet
    Size picture_size = {};
};

/// What moves by itself, and what comes of it now.
struct ModulationStatus {
    Modulation played;
    /// By kModulationSources: 0 … 1, and −1 … 1 of a wave, as the first route has it that needs it;
    /// nothing where the source is not there (no sound, no beat), or of the picture and unused.
    std::vector<std::optional<float>> sources;
    /// By route: the source behind its curve and its smoothing, −1 … 1.
    std::vector<float> values;
};

/// A score that can be opened.
struct ScoreChoice {
    std::string name;
    std::string title;
    std::string description;
    bool is_users = false;  ///< the user's own file: it can be overwritten
    std::string problem;    ///< why it cannot be used, with file and line; "" where it can
};

/// The score that is played and edited.
struct ScoreStatus {
    std::shared_ptr<const Timeline> timeline = std::make_shared<const Timeline>();
    std::string name;      ///< "": it is new
    bool changed = false;  ///< since it was read or saved
    bool playing = false, recording = false;
    double time_s = 0, length_s = 60;
    ScoreSnap snap = ScoreSnap::off;
    ScoreGrid grid;                 ///< of that
    std::set<std::string> by_hand;  ///< what hands have taken from it
    std::string lacking;            ///< why its objective is quiet here; "": it is not
};
ScoreStatus score_status(const Desk& desk);

/// The beat that all goes with.
struct TempoStatus {
    TempoSource source = TempoSource::none;
    double bpm = 0;
    std::optional<double> beat;  ///< now; nothing: there is no tempo
    Quantise quantise = Quantise::off;
    size_t waiting = 0;  ///< changes that wait for their beat
};
TempoStatus tempo_status(const Desk& desk);

/// The way from preset A to preset B.
struct CrossfadeStatus {
    std::string a, b;      ///< names; "" while there is none
    float position = 0;    ///< 0: A, 1: B
    bool running = false;  ///< on its way by itself
};

namespace action {
/// The channels of a layer, or of all that have a word of which this is a part, or (both ""): stars.
struct ShowChannels {
    std::string layer, word;
    bool operator==(const ShowChannels&) const = default;
};
}  // namespace action

/// A channel as people see it.
struct ChannelPicture {
    std::string layer;
    int channel = 0;
    std::string words;  ///< "eyes, dog"; "": it has none
    TilePicture picture;
    Star star;             ///< what it is called as one …
    bool starred = false;  ///< … and whether it is
};

/// What the network thinks it sees in a picture, in one of the places beside it.
struct SightedWord {
    std::string word;    ///< "": the place is empty
    float strength = 0;  ///< 0 … 1
    float x = 0, y = 0;  ///< where: 0 … 1 of the picture
    ChannelPicture channel;
};
/// A class that the network was trained to tell.
struct SightedClass {
    std::string term;   ///< as an objective calls it: "class:goldfish"
    std::string label;  ///< "goldfish, Carassius auratus"
    bool operator==(const SightedClass&) const = default;
};
struct SightStatus {
    bool named = false;                            ///< the network has channels with names
    bool labelled = false;                         ///< it has classes with labels
    std::array<std::vector<SightedWord>, 2> seen;  ///< in the source and in the dream, by place
    Size picture;
    /// The layers whose channels can be looked at, as the user may call them.
    std::vector<std::string> layers;
    action::ShowChannels shown;  ///< in the field
    std::vector<ChannelPicture> field;
    std::vector<SightedClass> classes;  ///< the first that the word finds, too …
    size_t more_classes = 0;            ///< … and how many more there are
    /// Of the channels on the mixing desk, by strip_name().
    std::map<std::string, ChannelPicture> strips;
};

enum class Health : uint8_t { good, waiting, trouble };

/// The sources of one kind that can be chosen.
struct SourceSection {
    std::string title;     ///< "Cameras"
    std::string nothing;   ///< said where there are none
    bool changes = false;  ///< they come and go
    std::vector<SourceChoice> choices;
};

struct SourceStatus {
    std::string spec;    ///< as it was opened
    std::string detail;  ///< "1280×720, 29.97/s"
    Health health = Health::good;
    std::string message;  ///< "the camera is gone: dreaming on", or ""
    bool is_file = false;
    bool paused = false;
    double position_s = 0;
    double duration_s = 0;  ///< 0: not known, cannot be scrubbed
    std::vector<SourceSection> sections;
};

struct OutputStatus {
    OutputKind kind = OutputKind::record;
    std::string target;  ///< file, device or URL that it would go to, or goes to
    bool running = false;
    Health health = Health::good;
    std::string message;  ///< "disk full: the file was closed and plays", or ""
    double seconds = 0;
    int64_t frames = 0;
    int64_t dropped = 0;
};

/// A network that can dream.
struct NetworkStatus {
    std::string name, path;
};

/// What recordings and the stream hear.
struct SoundLevel {
    std::string spec;  ///< "": nothing is listened to
    float peak = 0;    ///< 0 … 1
    std::string problem;
};

struct Stage {
    std::string name;  ///< "flow", "dream", "present"
    float ms = 0;      ///< mean of the last second
};

struct Statistics {
    std::vector<float> frame_ms;  ///< the last frames' times, the oldest first
    float budget_ms = 0;          ///< from one picture of the source to the next; 0: not known
    std::vector<Stage> stages;
    float presented_fps = 0;
    float dreams_per_s = 0;
    float latency_ms = 0;      ///< source to screen, the 95th percentile
    float latency_frames = 0;  ///< the same in frames of the display
    int64_t late_frames = 0;
    int64_t damaged_frames = 0;       ///< of the source
    int64_t memory_bytes = 0;         ///< of the process
    int64_t device_memory_bytes = 0;  ///< 0: there is no other device
    Size dream_size;
    std::string device;  ///< "CPU, 2 threads, bf16"
    std::string budget;  ///< what was done and what was put off: "2 of 2 octaves, 3 of 4 steps"
};

struct Message {
    std::string text;
    Health health = Health::good;
    double age_s = 0;
};

/// Everything that the overlay shows.
struct OverlayModel {
    Params params;
    Params moved;  ///< the same as modulation has them now
    Mixer mixer;
    ModulationStatus modulation;
    TempoStatus tempo;
    ScoreStatus score;
    std::vector<ScoreChoice> scores;
    double fade_s = 2;  ///< over how long presets come in
    std::vector<LayerStatus> layers;
    /// The layer whose channels are looked at, and each channel's activation (empty: not known).
    std::string focus_layer;
    std::vector<float> focus_channels;
    std::vector<PresetStatus> presets;
    std::string preset;  ///< the one loaded last
    Cues cues;           ///< each with the name of its preset; "": there are fewer presets
    CrossfadeStatus crossfade;
    std::vector<NetworkStatus> networks;
    std::string network;         ///< path of the one that dreams
    std::string coming_network;  ///< of the one that is being read; "": none is
    SourceStatus source;
    std::vector<OutputStatus> outputs;
    SoundLevel sound;
    Statistics statistics;
    std::vector<Message> messages;  ///< the newest last
    std::string preparing;          ///< what a new plan is made for; "" where none is
    InstallationStatus installation;
    ViewSettings view;
    SightStatus sight;
    std::shared_ptr<const BrushMask> brush = std::make_shared<const BrushMask>();  ///< not null
    std::vector<MonitorInfo> monitors;
    bool frozen = false;   ///< the dream is held
    std::string learning;  ///< address that waits for a MIDI control; "": none
    Panic panic = Panic::off;
    bool fullscreen = false;
    int output_monitor = 0;  ///< where the second, clean window is; 0: there is none
};

/// What the user did to the window itself. Each is to be done at once; none may stall the picture.
namespace action {
struct FocusLayer {
    std::string layer;  ///< "": none
};
struct RefreshSources {};
struct SetView {
    ViewSettings view;
};
/// The clean output window: on a monitor, or away (0).
struct SetOutputWindow {
    int monitor = 0;
};
struct SetInstallation {
    InstallationSettings settings;
};
}  // namespace action

using WindowAction =
    std::variant<action::FocusLayer, action::ShowChannels, action::RefreshSources, action::SetView,
                 action::SetOutputWindow, action::SetInstallation>;

/// What the user did in one frame, in order.
struct OverlayActions {
    std::vector<Request> panels;  ///< asked of the desk by pointer and typing
    std::vector<Request> keys;    ///< asked of the desk by the keyboard's shortcuts
    std::vector<WindowAction> window;
};

}  // namespace reverie
