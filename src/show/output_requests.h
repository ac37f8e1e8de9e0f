// Starts and stops outputs on request of the desk.
#pragma once

#include <string>

#include "src/show/live_outputs.h"
#include "src/show/live_show.h"

namespace reverie {

/// With the size and rate of the show's current picture (of its source, for a dry recording).
/// Throws Error if there is no picture yet, and as LiveOutputs::start() does.
void start_output(LiveOutputs& outputs, const LiveShow& show, OutputKind kind,
                  const std::string& target);

/// From now on the show's desk starts and stops `outputs`, which outlive it.
void handle_output_requests(LiveShow& show, LiveOutputs& outputs);

}  // namespace reverie
