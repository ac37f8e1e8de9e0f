// A runtime as the commands open it, on a device of the test's.
#pragma once

#include <memory>
#include <utility>

#include "src/session/runtime.h"

namespace reverie::test {

/// With the embedded network in f32.
inline Runtime machine_on(std::unique_ptr<Device> device) {
    Runtime runtime;
    runtime.device = std::move(device);
    runtime.stream = runtime.device->make_stream();
    runtime.threads = 2;
    runtime.network = std::make_unique<Network>(
        *runtime.device, REVERIE_ROOT "/weights/googlenet.safetensors", DType::f32);
    return runtime;
}

}  // namespace reverie::test
