// Maps values to positions of a fader or knob, so that equal steps look equal.
#pragma once

#include "src/dream/params.h"

namespace reverie {

/// What a fader goes through.
struct FaderSpec {
    double low = 0;
    double high = 1;
    double initial = 0;  ///< where a double-click takes it
    bool integer = false;
    bool even = false;       ///< even steps, however long the range
    bool unbounded = false;  ///< a typed number may lie beyond the ends
};

/// Of a number in the table of parameters.
FaderSpec fader_spec(const ParamInfo& info);

/// Where a value stands on its fader, 0 … 1, and back. Even where that makes sense; logarithmic for
/// a range of many powers; bent where the default would else stand squeezed against an end; around
/// the middle where the range is symmetric.
double fader_position(const FaderSpec& spec, double value);
double fader_value(const FaderSpec& spec, double position);

}  // namespace reverie
