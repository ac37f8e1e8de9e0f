// The parameters of a run over time: preset, score, and what was set by hand.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/control/score.h"
#include "src/dream/params.h"
#include "src/render/recipe.h"

namespace reverie {

/// Options that choose the parameters.
struct ParamOptions {
    std::string like;  ///< a file that says how it was made; what follows changes that
    std::string preset;
    std::string score;
    std::optional<std::string> objective;
    std::vector<std::string> sets;  ///< key=value
    std::optional<int> seed;
};

struct ScheduledObjective {
    Objective objective;
    std::string where;     ///< "file:line" of a preset or score; "": a default, or by hand
    bool by_hand = false;  ///< on the command line
};

/// The parameters of a run at any time: a command's defaults, then the preset, then the score, then
/// what was set by hand, which a score cannot move.
class ParamSchedule {
  public:
    /// Throws UsageError for what is wrong on the command line, Error for what is wrong in a file.
    ParamSchedule(const ParamOptions& options, const Params& defaults);
    /// `duration_s`: 0 where it is not known.
    Params at(double time_s, double duration_s) const;
    /// For people, where a loop of this length would jump: the score ends with another look than it
    /// begins with. "": it does not.
    std::string note_of_loop(double duration_s) const;
    /// What moves by itself: the preset's and the score's together.
    const Modulation& modulation() const { return modulation_; }
    /// See Modulation::find_layers().
    void find_modulated_layers(const std::function<Objective(const Objective&)>& map) {
        modulation_.find_layers(map);
    }
    /// The score and the modulation as text: two schedules whose base() and timeline() are equal give
    /// equal parameters.
    std::string timeline() const;
    const Params& base() const { return base_; }
    bool has_score() const { return score_.has_value(); }
    /// Applies `f` to every objective in the schedule, except interpolated ones.
    void each_objective(const std::function<Objective(const ScheduledObjective&)>& f);
    bool objective_by_hand() const { return objective_by_hand_; }
    bool needs_duration() const { return score_ && score_->needs_duration(); }

    /// As the user has chosen it, for every network: command, version and network are the caller's.
    const Recipe& recipe() const { return recipe_; }

  private:
    void take_up(const Recipe& recipe, const std::string& from);
    void read_looks(const ParamOptions& options);
    void set_by_hand(const std::string& key, const std::string& value);

    Params base_;
    std::string base_objective_at_;  ///< see ScheduledObjective
    bool objective_by_hand_ = false;
    std::optional<Score> score_;
    Recipe recipe_;
    Modulation modulation_;
};

}  // namespace reverie
