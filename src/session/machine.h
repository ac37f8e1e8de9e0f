// What the global options ask for, opened: a device, a stream on it, and the network.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "src/net/precision.h"
#include "src/session/session_options.h"

namespace reverie {

struct Machine {
    /// Devices that have failed: buffers that are still there may refer to them.
    std::vector<std::unique_ptr<Device>> failed;
    std::unique_ptr<Device> device;
    std::unique_ptr<Stream> stream;
    std::unique_ptr<Network> network;  ///< refers to the device: destroyed first
    size_t memory_bytes = 0;           ///< budget of the dream; 0: what the device has
    int threads = 0;                   ///< of a CPU, as asked for
    std::vector<std::string> notes;    ///< one line each, for -v: why there is no GPU, …
    std::vector<std::string> trouble;  ///< likewise: what is wrong with the one that is there
};

/// Device and stream only. Throws Error.
Machine open_device_only(const GlobalOptions& globals);

/// Adds the network. Where the device was the program's choice, and is a GPU that fails or has not
/// the memory, the CPU takes its place: what was made on it may still be used. Throws Error.
void open_network(Machine& machine, const GlobalOptions& globals);

/// All of it. Throws Error.
Machine open_machine(const GlobalOptions& globals);

/// After a GPU has failed, or its memory did not suffice: the same network on the CPU from now on,
/// with a stream of its own. What was made on the old device is lost, and may be let go afterwards.
/// Returns false where the machine works on the CPU already. Throws Error.
bool continue_on_cpu(Machine& machine);

/// With -v, says on stderr what a run works with: device, threads, network, precision, `what`, and
/// why there is no GPU. What is wrong with one that is there is said without, too.
void announce(const Machine& machine, const GlobalOptions& globals, const std::string& what);

}  // namespace reverie
