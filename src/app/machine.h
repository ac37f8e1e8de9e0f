// What the global options ask for, opened: a device, a stream on it, and the network.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "src/app/options.h"
#include "src/net/network.h"

namespace reverie {

/// How the network computes: how its tensors are stored, and how its convolutions add up.
struct Precision {
    DType type = DType::f32;
    ConvKind kind = ConvKind::fast;
};

/// "f32", "bf16", "exact" (f32, convolutions summed in double), or "auto", the fastest that the
/// device has natively. Throws Error for bf16 on a device that would emulate it.
Precision choose_precision(const std::string& precision, const DeviceInfo& device);

/// "f32", "bf16", "f16", "exact".
std::string precision_name(const Network& network);

struct Machine {
    std::unique_ptr<Device> device;
    std::unique_ptr<Stream> stream;
    std::unique_ptr<Network> network;  ///< refers to the device: destroyed first
    size_t memory_bytes = 0;           ///< budget of the dream; 0: what the device has
    std::vector<std::string> notes;    ///< one line each: why no GPU
};

/// Device and stream only. Throws Error.
Machine open_device_only(const GlobalOptions& globals);

/// Adds the network. Throws Error.
void open_network(Machine& machine, const GlobalOptions& globals);

/// All of it. Throws Error.
Machine open_machine(const GlobalOptions& globals);

/// With -v, says on stderr what a run works with: device, threads, network, precision, `what`, and
/// why there is no GPU.
void announce(const Machine& machine, const GlobalOptions& globals, const std::string& what);

}  // namespace reverie
