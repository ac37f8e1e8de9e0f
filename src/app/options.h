// What the commands' options mean, and how they are spelled: sizes, times, rates; options that all
// commands share; the parameters of a run (preset, score, --set).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/control/score.h"
#include "src/dream/params.h"
#include "src/media/frame.h"

namespace CLI {
class App;
}

namespace reverie {

/// Options that may stand before or after any command.
struct GlobalOptions {
    std::string device = "auto";
    int threads = 0;  ///< 0: all of the machine's
    std::string weights;
    std::string precision = "auto";
    int memory_mb = 0;  ///< 0: what the device has
    bool quiet = false;
    int verbosity = 0;
};

void add_global_options(CLI::App& app, GlobalOptions& options);

/// A size in px; 0: to be chosen so that the aspect is kept.
struct SizeRequest {
    int width = 0;
    int height = 0;
    bool operator==(const SizeRequest&) const = default;
};

/// "640x360", "640x", "x360". Throws UsageError. Sides go to 32768.
SizeRequest parse_size(std::string_view text);

/// The size to work at: what was asked for, missing sides by the source's aspect and even, and the
/// source's own where nothing was asked for.
SizeRequest choose_size(const SizeRequest& request, int source_width, int source_height);

/// Seconds from "12.5", "12.5s", "1:30" or "1:02:03.5". Throws UsageError.
double parse_seconds(std::string_view text, std::string_view option);

/// "25", "29.97" (that is 30000/1001), "30000/1001". Throws UsageError.
Rational parse_rate(std::string_view text);

/// "1:02:03", "2:05", "0:07".
std::string clock_text(double seconds);

/// Options that choose the parameters.
struct ParamOptions {
    std::string preset;
    std::string score;
    std::optional<std::string> objective;
    std::vector<std::string> sets;  ///< key=value
    std::optional<int> seed;
};

void add_param_options(CLI::App& command, ParamOptions& options);

struct PlannedObjective {
    Objective objective;
    std::string where;     ///< "file:line" of a preset or score; "": a default, or by hand
    bool by_hand = false;  ///< on the command line
};

/// The parameters of a run at any time: a command's defaults, then the preset, then the score, then
/// what was set by hand, which a score cannot move.
class ParamPlan {
  public:
    /// Throws UsageError for what is wrong on the command line, Error for what is wrong in a file.
    ParamPlan(const ParamOptions& options, const Params& defaults);
    /// `duration_s`: 0 where it is not known.
    Params at(double time_s, double duration_s) const;
    const Params& base() const { return base_; }
    bool has_score() const { return score_.has_value(); }
    /// Puts what `f` makes of it in the place of every objective that it will ever come to (mixes
    /// of them aside).
    void each_objective(const std::function<Objective(const PlannedObjective&)>& f);
    bool objective_by_hand() const { return objective_by_hand_; }
    bool needs_duration() const { return score_ && score_->needs_duration(); }

  private:
    void set_by_hand(const std::string& key, const std::string& value);

    Params base_;
    std::string base_objective_at_;  ///< see PlannedObjective
    bool objective_by_hand_ = false;
    std::optional<Score> score_;
};

}  // namespace reverie
