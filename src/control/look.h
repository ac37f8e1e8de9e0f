// All that makes a look: the parameters, and what moves by itself around them.
#pragma once

#include <string_view>
#include <utility>

#include "src/control/modulation.h"
#include "src/dream/params.h"

namespace reverie {

/// A parameter's value alone is a look in which nothing moves.
struct Look {
    Look() = default;
    // NOLINTNEXTLINE(google-explicit-constructor)
    Look(Params of, Modulation moved = {}) : params(std::move(of)), modulation(std::move(moved)) {}

    Params params;
    Modulation modulation;
    bool operator==(const Look&) const = default;
};

/// Names the modulation where parameters are named by their keys.
inline constexpr std::string_view kModulationKey = "modulation";

}  // namespace reverie
