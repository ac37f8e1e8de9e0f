// Every parameter that a user can set, in one table: `--set`, presets, scores, the manual's
// reference and every live surface are derived from it. A new parameter is one field in Params and
// one row in kParams.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "src/dream/objective.h"

namespace reverie {

/// One value of every parameter. A plain value: copied, compared, interpolated. kParams holds the
/// ranges and units.
struct Params {
    Objective objective;
    int octaves;
    float octave_ratio;
    int iterations;
    float step;
    int jitter;
    float smoothing;
    int laplacian;
    float chroma;
    float strength;
    float half_life;
    bool flow;
    float occlusion;
    float zoom;
    float rotation;
    float pan_x;
    float pan_y;
    float centre_x;
    float centre_y;
    float homeostasis;
    int seed;

    /// Every field at the default of its row.
    Params();
    bool operator==(const Params&) const = default;
};

/// One row of the table.
struct ParamInfo {
    std::string_view key;
    std::variant<int Params::*, float Params::*, bool Params::*, Objective Params::*> field;
    std::string_view initial;  ///< the default, as a user would write it
    double low = 0;            ///< range, both ends included; numbers only
    double high = 0;
    std::string_view unit;  ///< "" if it has none
    std::string_view help;  ///< one line, no full stop

    constexpr bool is_objective() const {
        return std::holds_alternative<Objective Params::*>(field);
    }
    constexpr bool is_flag() const { return std::holds_alternative<bool Params::*>(field); }
    constexpr bool is_integer() const { return std::holds_alternative<int Params::*>(field); }
    constexpr bool is_numeric() const { return !is_objective() && !is_flag(); }
    /// "expression", "switch", "integer" or "number".
    constexpr std::string_view type_name() const {
        return is_objective() ? "expression"
               : is_flag()    ? "switch"
               : is_integer() ? "integer"
                              : "number";
    }
};

/// The table, in the order in which it is shown.
inline constexpr std::array kParams = std::to_array<ParamInfo>({
    {"objective", &Params::objective, "inception_4d", 0, 0, "",
     "layers and channels to amplify: 0.8*inception_3b + inception_4c:17 - 0.3*inception_4d"},
    {"octaves", &Params::octaves, "2", 1, 12, "",
     "sizes of the picture that are dreamed, smallest first"},
    {"octave_ratio", &Params::octave_ratio, "1.4", 1.1, 2.5, "",
     "how much larger each octave is than the one before"},
    {"iterations", &Params::iterations, "2", 0, 200, "",
     "steps of gradient ascent in each octave, in a 25th of a second"},
    {"step", &Params::step, "1.5", 0, 32, "/255", "how far one step moves the mean pixel"},
    {"jitter", &Params::jitter, "32", 0, 256, "px", "random roll of the picture before each step"},
    {"smoothing", &Params::smoothing, "1", 0, 8, "",
     "scale of the blurs that smooth the gradient, 0: off; large is calm"},
    {"laplacian", &Params::laplacian, "0", 0, 8, "levels",
     "the gradient's detail evened out level by level, 0: off; bold"},
    {"chroma", &Params::chroma, "0.5", 0, 4, "",
     "how much the dream may change colours, 0: brightness only"},
    {"strength", &Params::strength, "1", 0, 4, "",
     "how much of the dream is shown, 0: the source alone"},
    {"half_life", &Params::half_life, "0.8", 0, 60, "s",
     "how long a dream lasts, 0: each frame is dreamed from scratch"},
    {"flow", &Params::flow, "true", 0, 1, "", "the dream follows the motion of the video"},
    {"occlusion", &Params::occlusion, "1", 0, 1, "",
     "how quickly the dream is given up where the motion is in doubt"},
    {"zoom", &Params::zoom, "1", 0.1, 10, "1/s", "the dream grows by this factor each second"},
    {"rotation", &Params::rotation, "0", -360, 360, "deg/s",
     "the dream turns, clockwise where positive"},
    {"pan_x", &Params::pan_x, "0", -2, 2, "width/s", "the dream drifts to the right"},
    {"pan_y", &Params::pan_y, "0", -2, 2, "height/s", "the dream drifts down"},
    {"centre_x", &Params::centre_x, "0.5", 0, 1, "width",
     "where zoom and rotation are about, from the left"},
    {"centre_y", &Params::centre_y, "0.5", 0, 1, "height",
     "where zoom and rotation are about, from the top"},
    {"homeostasis", &Params::homeostasis, "0", 0, 1, "",
     "how firmly brightness, contrast and colour are held in feedback"},
    {"seed", &Params::seed, "0", 0, 2147483647, "",
     "of all that is random: the same seed gives the same bytes"},
});

/// The row of `key`. Throws Error with the nearest keys.
const ParamInfo& find_param(std::string_view key);

/// Sets `key` from `text` (flags: true/false, on/off, yes/no, 1/0). Throws Error: unknown key with
/// the nearest ones, not a number, out of range with the range, or as parse_objective() does.
void set_param(Params& params, std::string_view key, std::string_view text);

/// Sets one parameter from "key=value". Throws Error as above, and UsageError without '='.
void set_assignment(Params& params, std::string_view assignment);

/// The value as text that set_param() reads back as the same value.
std::string get_param(const Params& params, std::string_view key);

/// The value of a number or flag (0 or 1).
double number_of(const Params& params, const ParamInfo& info);

/// Sets a number or flag; integers must be whole. Throws Error out of range (names the range) or
/// not a number.
void set_number(Params& params, const ParamInfo& info, double value);

/// For live surfaces: rounds integers, clamps to the range and returns one line saying so, or
/// nullopt if nothing was changed. NaN sets nothing and returns a message. `info` is a number or a
/// flag.
std::optional<std::string> set_clamped(Params& params, const ParamInfo& info, double value);

/// Gives `dst` the value of one parameter on the way from a (t = 0) to b (t = 1): numbers linearly,
/// integers rounded, flags held at a's until t is 1, objectives mixed.
void interpolate_param(Params& dst, const ParamInfo& info, const Params& a, const Params& b,
                       double t);

/// All parameters on the way from a to b, as above.
Params mix(const Params& a, const Params& b, double t);

/// "0 to 32", or "" for parameters without a range.
std::string range_text(const ParamInfo& info);

/// The table for a terminal, one line a parameter.
std::string params_text();

/// The table for the manual, in Markdown.
std::string params_markdown();

}  // namespace reverie
