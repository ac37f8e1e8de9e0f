// A machine as the commands open it, on a device of the test's.
#pragma once

#include <memory>
#include <utility>

#include "src/session/machine.h"

namespace reverie::test {

/// With the embedded network in f32.
inline Machine machine_on(std::unique_ptr<Device> device) {
    Machine machine;
    machine.device = std::move(device);
    machine.stream = machine.device->make_stream();
    machine.threads = 2;
    machine.network = std::make_unique<Network>(
        *machine.device, REVERIE_ROOT "/weights/googlenet.safetensors", DType::f32);
    return machine;
}

}  // namespace reverie::test
