// A score: a timeline of keyframes for any parameter, read from TOML.
//
//     title = "Journey"
//     ease = "smooth"       # of keyframes that do not say: linear (the default), smooth, hold
//     length = 16           # seconds, of which shares are; without: the clip's
//     loop = true           # begins again after that
//     [params]              # held from beginning to end
//     jitter = 16
//     [[keyframe]]
//     at = "40%"            # of the clip; or seconds: 12.5, "12.5", "12.5s"
//     ease = "hold"         # from here to the next keyframe that names the same parameter
//     objective = "0.5*inception_4c + inception_4d"
//     octaves = 3
//     [[modulation]]        # what moves by itself, from beginning to end: see modulation.h
//     target = "strength"
//     source = "beat"
//
// Each parameter has a track of its own: the keyframes that name it. A keyframe that does not name
// it is no stop on its way. Before its first keyframe a parameter has that keyframe's value, after
// the last one the last one's.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/control/modulation.h"
#include "src/dream/params.h"

namespace reverie {

enum class Ease { linear, smooth, hold };

/// A place on the timeline: seconds, or a share of the clip's length.
struct ScoreTime {
    double value = 0;  ///< seconds, or 0 … 1
    bool is_share = false;
    double seconds(double duration_s) const { return is_share ? value * duration_s : value; }
    bool operator==(const ScoreTime&) const = default;
};

struct Keyframe {
    ScoreTime at;
    Ease ease = Ease::linear;
    std::vector<std::string> keys;  ///< the parameters that it names
    Params values;                  ///< meaningful for `keys`
    std::string objective_at;       ///< "file:line" of the objective; "" where it names none
};

/// A key of a file that this version does not have, kept as it was written.
struct KeptKey {
    std::optional<ScoreTime> at;  ///< of its keyframe; nothing: of the score itself
    Ease ease = Ease::linear;
    std::string key;
    std::string text;  ///< in TOML, "glow = 3"
    bool operator==(const KeptKey&) const = default;
};

class Score {
  public:
    /// Keyframes in any order. Throws Error where there are none, or two at the same place.
    explicit Score(std::vector<Keyframe> keyframes);

    /// `base` with all tracks as they stand at `time_s`. `duration_s` is the clip's length; it must
    /// be positive if needs_duration(). Deterministic, and no state is kept.
    Params at(double time_s, double duration_s, const Params& base) const;

    /// Whether any keyframe stands at a share of the clip, for want of a length of its own.
    bool needs_duration() const;

    /// Takes a parameter out of the score (because the user has set it otherwise). True if it was
    /// in there.
    bool release(std::string_view key);

    /// Applies `f` to every keyframe's objective; false if none has one.
    bool each_objective(const std::function<Objective(const Keyframe&)>& f);

    const std::vector<Keyframe>& keyframes() const { return keyframes_; }
    /// Keys of all parameters with a track, in the order of the table.
    std::vector<std::string> tracks() const;

    std::string title;
    std::string description;
    Modulation modulation;
    double length_s = 0;  ///< 0: the clip's
    bool loop = false;

  private:
    struct Stop {
        size_t keyframe;
        ScoreTime at;
        Ease ease;
    };
    struct Track {
        const ParamInfo* info;
        std::vector<Stop> stops;
    };
    void apply_track(Params& params, const Track& track, double time_s, double duration_s) const;

    std::vector<Keyframe> keyframes_;
    std::vector<Track> tracks_;
};

/// Reads a score. `file`: its name in errors. Throws Error "file:line: …". `kept`: gets the keys
/// that this version does not have; null: those are errors.
Score parse_score(std::string_view text, const std::string& file,
                  std::vector<KeptKey>* kept = nullptr);

/// The share of the way from one keyframe to the next after the share `t` of the time.
double eased(double t, Ease ease);
/// "linear", "smooth" or "hold".
std::string_view name_of(Ease ease);
/// As parse_score_time() reads it back: "40%", "12.5".
std::string to_text(const ScoreTime& time);
inline constexpr double kLongestScoreS = 86400;

/// Reads "12.5", "12.5s" or "40%". Throws Error.
ScoreTime parse_score_time(std::string_view text);

}  // namespace reverie
