// A GPU that fails in the middle of a show: the CPU goes on, and what is recorded goes on with it.
#pragma once

#include <string>

#include "src/show/installation.h"
#include "src/show/live_outputs.h"
#include "src/show/live_show.h"
#include "src/util/error.h"

namespace reverie {

/// All of a show that lies on a device.
struct ShowParts {
    Machine& machine;
    LiveShow& show;
    LiveOutputs& outputs;
    Installation* installation = nullptr;  ///< where there is one
};

/// Called while `error`, of the GPU or its memory, is handled; of the CPU it is thrown on. Gives
/// one line that says what has happened. Throws Error where the CPU cannot go on.
std::string go_on_on_cpu(const Error& error, const ShowParts& parts);

}  // namespace reverie
