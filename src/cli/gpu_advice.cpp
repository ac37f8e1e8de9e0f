#include "src/cli/gpu_advice.h"

#include <fstream>

namespace reverie {
namespace {

namespace fs = std::filesystem;

std::string first_word(const fs::path& path) {
    std::ifstream file(path);
    std::string word;
    file >> word;
    return word;
}

/// A display or 3D controller of NVIDIA on the PCI bus, which is there without a driver, too.
bool on_the_bus(const fs::path& root) {
    std::error_code ignored;
    for (const fs::directory_entry& device :
         fs::directory_iterator(root / "sys/bus/pci/devices", ignored)) {
        const bool nvidia = first_word(device.path() / "vendor") == "0x10de";
        if (nvidia && first_word(device.path() / "class").starts_with("0x03")) return true;
    }
    return false;
}

}  // namespace

GpuFacts look_for_gpu(const fs::path& root) {
    std::error_code ignored;
    const auto is_there = [&](const char* path) { return fs::exists(root / path, ignored); };
    GpuFacts facts;
    facts.driver = is_there("proc/driver/nvidia/version") || is_there("dev/nvidiactl");
    facts.card = facts.driver || is_there("dev/nvidia0") || on_the_bus(root);
    facts.container = is_there(".dockerenv") || is_there("run/.containerenv");
    return facts;
}

std::vector<std::string> gpu_advice(const GpuFacts& facts, const std::string& why) {
    const auto says = [&](const char* part) { return why.find(part) != std::string::npos; };
    if (!facts.card) return {};
    if (facts.container && !facts.driver) {
        return {
            "the machine has an NVIDIA card that this container was not given; start it with "
            "--gpus all, on a host that has NVIDIA's driver and nvidia-container-toolkit"};
    }
    if (!facts.driver) {
        return {
            "there is an NVIDIA card, but its driver is not loaded; on Debian: sudo apt-get "
            "install linux-headers-amd64 nvidia-driver (of non-free), on Ubuntu: sudo "
            "ubuntu-drivers install; then restart the machine"};
    }
    const std::string cudnn =
        "cuDNN 9 is missing; try sudo apt-get install libcudnn9-cuda-12 (libcudnn9-cuda-13 if "
        "the module was made with CUDA 13), of NVIDIA's package repository";
    if (says("libreverie_cuda.so is not there")) {
        return {
            "there is an NVIDIA card, but not the module for it; install the package reverie-cuda",
            "or build the module: sudo apt-get install cuda-nvcc-12-8 cuda-cudart-dev-12-8 "
            "libcudnn9-dev-cuda-12, of NVIDIA's package repository, then build reverie again"};
    }
    if (says("libcudnn")) return {cudnn};
    if (says("without cuDNN")) {
        return {cudnn, "then build the module again: libcudnn9-dev-cuda-12 has what that takes"};
    }
    return {};
}

}  // namespace reverie
