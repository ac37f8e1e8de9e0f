// Undo and redo of what a user did to the parameters. A step remembers only the parameters that it
// changed, so that undoing it leaves alone what a cross-fade, a score or another hand does to the
// rest.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/dream/params.h"

namespace reverie {

class History {
  public:
    /// Up to `depth` steps are kept.
    explicit History(size_t depth = 200);

    /// A step begins (a fader is taken, a preset is loaded): `now` is what holds before it. It may
    /// change `keys`, or anything where there are none. A step that is still open is ended first.
    void begin(const Params& now, std::vector<std::string_view> keys = {});
    /// The open step may change these keys too (none: any).
    void extend(const std::vector<std::string_view>& keys);
    /// The open step has come to `now`. One that changed nothing is forgotten; any other ends all
    /// chance of redo. Without an open step: nothing.
    void end(const Params& now);
    bool is_open() const { return open_.has_value(); }

    /// `now` with the last step undone, or done again; nullopt where there is none. An open step is
    /// ended first.
    std::optional<Params> undo(const Params& now);
    std::optional<Params> redo(const Params& now);
    bool can_undo() const { return done_ > 0 || open_; }
    bool can_redo() const { return done_ < steps_.size(); }
    /// Keys that the last undo() or redo() changed.
    const std::vector<std::string_view>& changed() const { return changed_; }
    /// Whether that was a step that may change any key.
    bool changed_all() const { return changed_all_; }
    /// Another network has other layers: every objective becomes what `map` makes of it. Where that
    /// throws Error, the objective of that step can no longer be gone back to.
    void map_objectives(const std::function<Objective(const Objective&)>& map);

  private:
    struct Step {
        std::vector<std::string_view> keys;
        Params before, after;
        bool any_key = false;  ///< it may change
    };
    Params apply(const Params& now, const Step& step, bool forward);

    size_t depth_;
    std::vector<Step> steps_;
    size_t done_ = 0;  ///< steps_ from here on have been undone
    std::optional<Step> open_;
    std::vector<std::string_view> changed_;
    bool changed_all_ = false;
};

}  // namespace reverie
