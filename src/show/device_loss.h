// Recovers from a GPU that fails during a show: the show and its recordings continue on the CPU.
#pragma once

#include <string>

#include "src/show/installation/installation.h"
#include "src/show/live_outputs.h"
#include "src/show/live_show.h"
#include "src/util/error.h"

namespace reverie {

/// The parts of a show that use a device.
struct ShowParts {
    Runtime& runtime;
    LiveShow& show;
    LiveOutputs& outputs;
    Installation* installation = nullptr;  ///< where there is one
};

/// To be called while `error`, of the GPU or its memory, is handled; on the CPU, the error is
/// rethrown. Returns one line that says what happened. Throws Error if the CPU cannot continue.
std::string go_on_on_cpu(const Error& error, const ShowParts& parts);

}  // namespace reverie
