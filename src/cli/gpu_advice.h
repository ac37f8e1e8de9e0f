// What the owner of an NVIDIA card has to install before it dreams: read from what the system shows
// of the card, and from why the CUDA module found no device.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace reverie {

struct GpuFacts {
    bool card = false;       ///< there is an NVIDIA card, whether or not it can be used
    bool driver = false;     ///< its driver is loaded
    bool container = false;  ///< this is a container: cards and drivers are given from outside
};

/// Looks in /proc, /dev and /sys under `root`. Throws nothing.
GpuFacts look_for_gpu(const std::filesystem::path& root = "/");

/// What to do, one line a step; nothing where there is no card. `why`: why no CUDA device can be
/// used, a note of list_devices().
std::vector<std::string> gpu_advice(const GpuFacts& facts, const std::string& why);

}  // namespace reverie
