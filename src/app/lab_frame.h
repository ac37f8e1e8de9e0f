// `lab bench --frame`: the time of a whole frame and of its stages.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "src/app/machine.h"

namespace reverie {

/// Dreams `frames` frames of a moving pattern and gives size, ms_median and ms_p95 of the whole
/// frame (conversion, motion, carrying, dreaming, showing, conversion back; no decoding, no
/// encoding), and stages_ms: each stage's median, measured by itself.
nlohmann::ordered_json measure_frame(Machine& machine, SizeRequest size, const Params& params,
                                     int frames);

}  // namespace reverie
