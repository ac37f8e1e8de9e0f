// Recorded work as a CUDA graph.
#pragma once

#include <memory>

#include "kernels/device.h"

namespace reverie {

std::unique_ptr<Replay> make_cuda_replay();

}  // namespace reverie
