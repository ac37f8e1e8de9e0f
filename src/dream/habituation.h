// What keeps endless feedback from ending as one texture: channels that have answered loudly for a
// while tire, and what else the layer knows gets its turn, as eyes tire of a colour. A layer's mean
// of a² is climbed fastest where it is already large, so that without this the loudest few channels
// take the whole picture, and keep it.
#pragma once

#include <string>
#include <vector>

#include "src/dream/params.h"
#include "src/dream/resizer.h"
#include "src/net/network.h"

namespace reverie {

class Habituation {
  public:
    explicit Habituation(Network& network);

    /// Forgets all fatigue.
    void reset();
    /// Looks at the picture (3 × H × W) for `dt_s` seconds and tires of what it sees, if it is time
    /// to look again: a few times a second. Synchronises then. Only terms of params.objective that
    /// are whole layers with a positive weight tire; who asks for a channel shall have it.
    void look(Stream& stream, double dt_s, const Params& params, Pixels<const float> picture);
    /// `objective` as it is climbed by tired eyes: tired channels count less, or against.
    /// `firmness` 0 … 1: how much of that is heeded.
    Objective tired(const Objective& objective, float firmness) const;

  private:
    /// One whole layer's channels.
    struct Retina {
        Term term;
        std::vector<float> fatigue;   ///< 0 … 1
        std::vector<float> loudness;  ///< typical activation where there is one
    };
    void open_eyes(const Objective& objective);
    static void tire(Retina& retina, const std::vector<float>& activations, double dt_s);

    Network& network_;
    Resizer resizer_;
    Image small_, gradient_;
    std::vector<Retina> retinas_;
    std::vector<Tap> taps_;
    double unseen_s_ = 0;
};

}  // namespace reverie
