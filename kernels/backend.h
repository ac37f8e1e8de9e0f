// The entry point of a backend module: one exported function that returns a versioned table. The
// table and its classes are C++: a module is built with the program, by the same compiler, and is
// refused if its version differs.
#pragma once

#include "kernels/device.h"

namespace reverie {

constexpr int kBackendVersion = 7;

struct BackendTable {
    int version;
    /// Working devices. If there are none, `why` gets one line with the reason; `broken`: one is
    /// present but unusable.
    std::vector<DeviceInfo> (*list)(std::string& why, bool& broken);
    /// Opens device `index` with `threads` workers (0: all of the machine's; GPUs ignore it).
    /// Throws Error.
    std::unique_ptr<Device> (*open)(int index, int threads);
};

}  // namespace reverie

extern "C" {
using ReverieBackendEntry = const reverie::BackendTable* (*)();
}

#define REVERIE_EXPORT extern "C" __attribute__((visibility("default")))
