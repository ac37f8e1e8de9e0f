// Undo and redo of a user's changes to the look: the parameters, what moves by itself, whose key is
// kModulationKey, the score, whose key is kScoreKey, and the painted mask, whose key is kBrushKey. A step remembers only what it changed, so
// that undoing it does not affect changes of other parameters by a cross-fade, a score that plays or
// another client.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/control/look.h"

namespace reverie {

class History {
  public:
    /// Up to `depth` steps are kept.
    explicit History(size_t depth = 200);

    /// A step begins (a fader is taken, a preset is loaded): `now` is what holds before it. It may
    /// change `keys`, or anything where there are none. A step that is still open is ended first.
    void begin(const Look& now, std::vector<std::string_view> keys = {});
    /// The open step may change these keys too (none: any).
    void extend(const std::vector<std::string_view>& keys);
    /// Ends the open step at `now`. A step that changed nothing is dropped; any other one clears
    /// the redo list. Does nothing without an open step.
    void end(const Look& now);
    bool is_open() const { return open_.has_value(); }

    /// `now` with the last step undone, or done again; nullopt where there is none. An open step is
    /// ended first.
    std::optional<Look> undo(const Look& now);
    std::optional<Look> redo(const Look& now);
    bool can_undo() const { return done_ > 0 || open_; }
    bool can_redo() const { return done_ < steps_.size(); }
    /// Keys that the last undo() or redo() changed.
    const std::vector<std::string_view>& changed() const { return changed_; }
    /// Whether that was a step that may change any key.
    bool changed_all() const { return changed_all_; }
    /// Applies `map` to every objective, for another network with other layers. If it throws Error,
    /// undo and redo no longer restore that step's objective; what moves of it stands.
    void map_objectives(const std::function<Objective(const Objective&)>& map);

  private:
    struct Step {
        std::vector<std::string_view> keys;
        Look before, after;
        bool any_key = false;  ///< it may change
    };
    Look apply(const Look& now, const Step& step, bool forward);

    size_t depth_;
    std::vector<Step> steps_;
    size_t done_ = 0;  ///< steps_ from here on have been undone
    std::optional<Step> open_;
    std::vector<std::string_view> changed_;
    bool changed_all_ = false;
};

}  // namespace reverie
