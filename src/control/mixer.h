// The layers as a mixing desk: a strip with a weight for each layer or channel, muted or alone
// where the player says so. What it comes to is the objective; what is silent is remembered here.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "src/dream/objective.h"

namespace reverie {

class Mixer {
  public:
    struct Strip {
        std::string layer;
        int channel = -1;  ///< -1: the whole layer
        float weight = 0;
        bool muted = false;
        bool solo = false;
        bool operator==(const Strip&) const = default;
    };

    /// Takes over an objective that did not come from here: its terms are the strips. `full_name`
    /// spells out a layer's name; it may be empty. What is silent and who is alone is forgotten,
    /// unless `keep_silent` (after an undo of the player's own) and as far as the objective agrees.
    /// Does nothing where the objective is what it was, or what objective() said last.
    void follow(const Objective& objective,
                const std::function<std::string(const std::string&)>& full_name,
                bool keep_silent = false);

    /// The strips that there are, in the order in which they came.
    const std::vector<Strip>& strips() const { return strips_; }
    /// The strip of a layer or channel; one at rest where there is none.
    Strip at(const std::string& layer, int channel = -1) const;
    /// Channels of a layer that have a strip, in rising order.
    std::vector<int> channels_of(const std::string& layer) const;
    bool any_solo() const;
    /// Whether the strip is heard: not muted, and alone where any is.
    bool is_heard(const Strip& strip) const;

    void set_weight(const std::string& layer, int channel, float weight);
    void set_muted(const std::string& layer, int channel, bool muted);
    void set_solo(const std::string& layer, int channel, bool solo);
    /// Takes a strip off the desk.
    void remove(const std::string& layer, int channel);
    void clear();

    /// What is heard, without what has no weight.
    Objective objective();

  private:
    Strip& strip(const std::string& layer, int channel);

    std::vector<Strip> strips_;
    Objective said_, seen_;
};

}  // namespace reverie
