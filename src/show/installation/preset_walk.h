// Presets one after the other, on a timer. Says which one is due and when; the caller fades to it.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace reverie {

class PresetWalk {
  public:
    /// Every `every_s` seconds; 0: never. With an empty list nothing is ever due.
    PresetWalk(std::vector<std::string> presets, double every_s);

    /// `dt_s` later: the preset that is due now.
    std::optional<std::string> advance(double dt_s);
    /// The next one, now; restarts the timer.
    std::optional<std::string> skip();
    /// Removes a preset that cannot be used. False if none is left.
    bool drop(const std::string& preset);
    /// Continues after `preset`, if it is in the list.
    void follow(const std::string& preset);

    void set_every(double every_s);
    double every_s() const { return every_s_; }
    /// "" if there is none.
    std::string next() const { return presets_.empty() ? "" : presets_[at_]; }
    double left_s() const { return every_s_ - gone_s_; }

  private:
    std::vector<std::string> presets_;
    double every_s_, gone_s_ = 0;
    size_t at_ = 0;
};

}  // namespace reverie
