// Keeps endless feedback from ending as one texture: channels that were strongly active for a while
// fatigue, so that others get their turn, as eyes tire of a colour. The gradient of a layer's mean
// of a² is steepest where a is already large, so without this the few strongest channels take over
// the whole picture and keep it.
#pragma once

#include <string>
#include <vector>

#include "src/dream/params.h"
#include "src/dream/resizer.h"
#include "src/net/network.h"

namespace reverie {

class StateArchive;

class Habituation {
  public:
    explicit Habituation(Network& network);

    /// Forgets all fatigue.
    void reset();
    /// Measures the activations of `picture` (3 × H × W), shown for `dt_s` seconds, and updates
    /// the fatigue; a few times a second, and only then synchronises. Only terms of
    /// params.objective that are whole layers with a positive weight fatigue; a channel that was
    /// asked for by number does not.
    void observe(Stream& stream, double dt_s, const Params& params, Pixels<const float> picture);
    /// `objective` adjusted for fatigue: tired channels count less, or negatively. `firmness` 0 …
    /// 1: how strongly fatigue applies.
    Objective tired(const Objective& objective, float firmness) const;

    /// See StateArchive.
    void keep(StateArchive& archive);

  private:
    /// One whole layer's channels.
    struct ChannelFatigue {
        Term term;
        std::vector<float> fatigue;   ///< 0 … 1
        std::vector<float> loudness;  ///< typical activation where the channel is active
        void keep(StateArchive& archive);
    };
    void update_layers(const Objective& objective);
    static void tire(ChannelFatigue& layer, const std::vector<float>& activations, double dt_s);

    Network& network_;
    Resizer resizer_;
    Image small_, gradient_;
    std::vector<ChannelFatigue> fatigues_;
    std::vector<Tap> taps_;
    double unseen_s_ = 0;
};

}  // namespace reverie
