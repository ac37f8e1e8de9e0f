// A device, a stream on it, and the network, opened as the global options ask.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "src/net/precision.h"
#include "src/session/session_options.h"

namespace reverie {

struct Runtime {
    /// Devices that have failed: buffers that are still there may refer to them.
    std::vector<std::unique_ptr<Device>> failed;
    std::unique_ptr<Device> device;
    std::unique_ptr<Stream> stream;
    std::unique_ptr<Network> network;  ///< refers to the device: destroyed first
    size_t memory_bytes = 0;           ///< budget of the dream; 0: all of the device's
    int threads = 0;                   ///< of a CPU, as asked for
    std::vector<std::string> notes;    ///< one line each, for -v: why there is no GPU, …
    std::vector<std::string> trouble;  ///< likewise: why a GPU that is present is unusable
};

/// Device and stream only. Throws Error.
Runtime open_device_only(const GlobalOptions& globals);

/// Adds the network. If the program chose the device, and it is a GPU that fails or lacks memory,
/// the CPU replaces it; objects on the old device remain valid. Throws Error.
void open_network(Runtime& runtime, const GlobalOptions& globals);

/// All of it; `choices`: of an earlier run, which this one is to equal. Throws Error.
Runtime open_runtime(const GlobalOptions& globals, const ConvChoices& choices = {});

/// After a GPU has failed or was out of memory: the same network on the CPU from now on, with a new
/// stream. Data on the old device is lost; its objects may be destroyed afterwards.
/// Returns false if the runtime already uses the CPU. Throws Error.
bool continue_on_cpu(Runtime& runtime);

/// With -v, prints on stderr: device, threads, network, precision, `what`, and why there is no GPU.
/// A GPU that is present but unusable is reported without -v, too.
void announce(const Runtime& runtime, const GlobalOptions& globals, const std::string& what);

}  // namespace reverie
