// How well beats were found.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

namespace reverie {

struct BeatScore {
    int beats = 0;       ///< that there are to be found
    int found = 0;       ///< … with one within the tolerance
    int false_ones = 0;  ///< found where there is none
    double octaves = 0;  ///< log2 of the number found divided by the number there are
    double share() const { return beats == 0 ? 1 : static_cast<double>(found) / beats; }
};

inline BeatScore score(const std::vector<double>& truth, const std::vector<double>& found,
                       double from_s = 8, double until_s = 1e9, double tolerance_s = 0.03) {
    const auto near = [&](const std::vector<double>& all, double t) {
        const auto after = std::lower_bound(all.begin(), all.end(), t - tolerance_s);
        return after != all.end() && *after <= t + tolerance_s;
    };
    BeatScore score;
    int given = 0;
    for (const double t : truth) {
        if (t < from_s || t > until_s) continue;
        ++score.beats;
        if (near(found, t)) ++score.found;
    }
    for (const double t : found) {
        if (t < from_s - tolerance_s || t > until_s) continue;
        ++given;
        if (!near(truth, t)) ++score.false_ones;
    }
    if (given > 0 && score.beats > 0)
        score.octaves = std::log2(static_cast<double>(given) / score.beats);
    return score;
}

}  // namespace reverie
