// All that makes a look: the parameters, what moves by itself around them, the score, and what is
// painted.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "src/control/modulation.h"
#include "src/control/timeline/timeline.h"
#include "src/dream/masks/brush.h"
#include "src/dream/params.h"

namespace reverie {

/// A parameter's value alone is a look in which nothing moves.
struct Look {
    Look() = default;
    // NOLINTNEXTLINE(google-explicit-constructor)
    Look(Params of, Modulation moved = {}) : params(std::move(of)), modulation(std::move(moved)) {}

    Params params;
    Modulation modulation;
    std::shared_ptr<const Timeline> score;   ///< null: the desk's, as it is
    std::shared_ptr<const BrushMask> brush;  ///< likewise
    bool operator==(const Look&) const = default;
};

/// Name the modulation, the score and the painted mask where parameters are named by their keys.
inline constexpr std::string_view kModulationKey = "modulation", kScoreKey = "score",
                                  kBrushKey = "brush";

}  // namespace reverie
