// A score as it is edited: one keyframe for each parameter and place, and what a hand does to them.
// A timeline is a plain value; score.h plays what becomes of it.
//
//     Timeline timeline = read_timeline(text, "night.toml");
//     timeline = edited(timeline, edit::Move{"strength", 4, 6}, 60);
//     write(file, to_toml(timeline));
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "src/control/score.h"

namespace reverie {

/// Of a keyframe: a number, a flag (0 or 1), or the objective.
using ScoreValue = std::variant<double, Objective>;
ScoreValue value_of(const Params& params, std::string_view key);
void set_value(Params& params, std::string_view key, const ScoreValue& value);
/// How far two values of a parameter are apart: as a share of its fader's way, or of a weight of 1.
double value_distance(std::string_view key, const ScoreValue& a, const ScoreValue& b);

struct ScorePoint {
    std::string key;  ///< of the table of parameters
    ScoreTime at;
    Ease ease = Ease::linear;  ///< from here to the next keyframe of the same parameter
    ScoreValue value;
    bool operator==(const ScorePoint&) const = default;
};

/// Thousands of keyframes are a recording that went wrong.
inline constexpr size_t kMostPoints = 4000;
/// Keyframes of one parameter that are closer than this are at the same place.
inline constexpr double kSamePlaceS = 5e-4;

struct Timeline {
    std::string title, description;
    std::vector<ScorePoint> points;
    std::vector<KeptKey> kept;  ///< of another version: written as they were read
    Modulation modulation;
    double length_s = 0;  ///< 0: that of what it goes with
    bool loop = false;

    /// Keys of the parameters that have keyframes, in the order of the table.
    std::vector<std::string> tracks() const;
    /// The score that it is; nothing where it has no keyframes. Objectives are those that `map`
    /// makes of them; where it throws Error, the keyframe is left out and `lacking` is told why.
    std::optional<Score> score(const std::function<Objective(const Objective&)>& map = nullptr,
                               std::vector<std::string>* lacking = nullptr) const;
    bool operator==(const Timeline&) const = default;
};

/// What a hand does to a timeline. Times are seconds; `key` "": of all parameters that have a
/// keyframe there.
namespace edit {
/// A keyframe; in place of one that is there already, whose ease stays.
struct Record {
    std::string key;
    double at_s = 0;
    ScoreValue value;
    Ease ease = Ease::linear;
};
/// Where the parameter has another keyframe already, nothing is moved.
struct Move {
    std::string key;
    double from_s = 0, to_s = 0;
};
struct Remove {
    std::string key;
    double at_s = 0;
};
/// All keyframes of a parameter.
struct RemoveTrack {
    std::string key;
};
struct SetEase {
    std::string key;
    double at_s = 0;
    Ease ease = Ease::linear;
};
struct SetValue {
    std::string key;
    double at_s = 0;
    ScoreValue value;
};
/// 0: that of what it goes with.
struct SetLength {
    double seconds = 0;
};
struct SetLoop {
    bool on = false;
};
}  // namespace edit
using TimelineEdit = std::variant<edit::Record, edit::Move, edit::Remove, edit::RemoveTrack,
                                  edit::SetEase, edit::SetValue, edit::SetLength, edit::SetLoop>;

/// The timeline after an edit. `duration_s`: its length, of which shares are. Throws Error for a
/// keyframe that is not there, an unknown parameter, a value or a time that is none.
Timeline edited(Timeline timeline, const TimelineEdit& what, double duration_s);

/// A row of places: `origin_s` and every `step_s` before and after it; a step of 0: none.
struct ScoreGrid {
    double origin_s = 0, step_s = 0;
    bool operator==(const ScoreGrid&) const = default;
};
/// The nearest place of the grid in 0 … `duration_s`; `time_s` itself where there is no grid.
double snapped(double time_s, const ScoreGrid& grid, double duration_s);

/// What a hand recorded of one parameter, in the order of time, without the keyframes that the
/// straight way between those that stay passes within `tolerance` (see value_distance()). Ramer 1972,
/// Douglas and Peucker 1973.
std::vector<ScorePoint> thinned(const std::vector<ScorePoint>& recorded, double tolerance);

/// Reads a score; keys that this version does not have are kept. Throws Error: see parse_score().
Timeline read_timeline(std::string_view text, const std::string& file);
/// As parse_score() and read_timeline() read it back. Throws Error where there are no keyframes.
std::string to_toml(const Timeline& timeline, double duration_s);

}  // namespace reverie
