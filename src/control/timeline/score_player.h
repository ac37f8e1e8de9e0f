// Plays a timeline in a show: where it is, which parameters it moves, and which of them a hand has
// taken. Internal to the desk (desk.h).
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "src/control/timeline/timeline.h"

namespace reverie {

class ScorePlayer {
  public:
    using MapObjective = std::function<Objective(const Objective&)>;

    ScorePlayer() : timeline_(std::make_shared<const Timeline>()) {}

    /// Plays this from now on, at the same place. `map`: see Timeline::score().
    void set(std::shared_ptr<const Timeline> timeline, const MapObjective& map);
    const std::shared_ptr<const Timeline>& timeline() const { return timeline_; }
    /// Why keyframes of the objective are quiet in the network that dreams; empty: none is.
    const std::vector<std::string>& lacking() const { return lacking_; }
    /// Another network is about to dream.
    void map_objectives(const MapObjective& map);

    /// Of a timeline that does not say its own, and has no keyframe later than that.
    void set_other_length(double seconds) { other_length_s_ = seconds; }
    double length_s() const;
    double time_s() const { return time_s_; }
    bool playing() const { return playing_; }
    /// From the beginning, where it stands at its end. All that hands have taken is given back.
    void play(bool on);
    /// To 0 … length_s(). What hands have taken is given back, and shown as it is there.
    void seek(double time_s);

    /// A hand has this parameter from now on.
    void take(std::string_view key) { by_hand_.insert(std::string(key)); }
    /// "": all of them.
    void give_back(const std::string& key);
    const std::set<std::string>& by_hand() const { return by_hand_; }
    /// While it stands: the next values() have this parameter ("": all).
    void show(const std::string& key);

    /// `dt_s` later. True where it began again. `grows`: at its end, a timeline that says no length
    /// becomes longer instead of standing still.
    bool advance(double dt_s, bool grows = false);
    /// Sets in `params` what the score moves now; returns their keys.
    std::vector<std::string_view> values(Params& params);
    /// What the score makes of `base` at its place, whoever has the parameters.
    Params at_its_place(const Params& base) const;

  private:
    std::shared_ptr<const Timeline> timeline_;
    std::optional<Score> score_;  ///< nothing: no keyframes
    std::vector<std::string_view> tracks_;
    std::vector<std::string> lacking_;
    std::set<std::string> by_hand_;
    std::set<std::string> shown_;  ///< once, while it stands
    double other_length_s_ = 60;
    double end_s_ = 0;  ///< the last keyframe that stands at seconds
    bool has_shares_ = false;
    double time_s_ = 0;
    bool playing_ = false;
};

}  // namespace reverie
