// What is measured of the picture for whatever moves with it: plain values between those who look
// (a show, a render) and those who use what was seen.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "src/dream/objective.h"

namespace reverie {

/// What is to be measured.
struct SightWish {
    bool motion = false, presence = false;
    std::vector<Term> layers;  ///< of the network that dreams; their weights mean nothing
    bool any() const { return motion || presence || !layers.empty(); }
    bool operator==(const SightWish&) const = default;
};

/// All are 0 … 1.
struct Seen {
    float motion = 0;    ///< how much moves, beside the last seconds
    float presence = 0;  ///< 1: somebody is there
    /// How strongly each layer that was asked for answers, beside the last seconds.
    std::vector<std::pair<Term, float>> layers;
};

}  // namespace reverie
