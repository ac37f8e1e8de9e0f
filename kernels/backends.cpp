// Finds, loads and opens backend modules. The program itself links no vendor: if a module, library
// or driver is missing, one line says so and the next device is tried.
#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "kernels/backend.h"
#include "kernels/conv.h"
#include "kernels/cpu_modules.h"
#include "kernels/ops.h"
#include "src/util/error.h"
#include "src/util/modules.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

const BackendTable* load(const std::string& file, std::string& why) {
    return load_module<ReverieBackendEntry>(file, "reverie_backend", kBackendVersion, why);
}

/// The module whose functors were compiled for the best instruction set that this processor has.
const BackendTable* load_cpu(std::string& why) {
    for (const std::string& file : cpu_modules(processor_flags())) {
        if (const BackendTable* table = load(file, why)) return table;
    }
    return nullptr;
}

std::unique_ptr<Device> open_cpu(int threads) {
    std::string why;
    const BackendTable* table = load_cpu(why);
    if (table == nullptr)
        throw Error("the CPU backend could not be loaded: " + why + "; try to build reverie again");
    return table->open(0, threads);
}

struct CudaDevices {
    const BackendTable* table = nullptr;
    std::vector<DeviceInfo> devices;
    std::string why;
    bool broken = false;
};

bool has_driver() {
    void* driver = ::dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
    if (driver != nullptr) ::dlclose(driver);
    return driver != nullptr;
}

CudaDevices find_cuda() {
    CudaDevices found;
    found.table = load("libreverie_cuda.so", found.why);
    // A module that is present but cannot be loaded (cuDNN may be missing) matters only with a GPU.
    const bool is_there = !found.why.ends_with("is not there");
    if (found.table == nullptr) found.broken = is_there && has_driver();
    if (found.table != nullptr) found.devices = found.table->list(found.why, found.broken);
    return found;
}

/// Whether a debugger, a tracer or Valgrind follows this process, and would lose it at an exec.
bool is_watched() {
    const char* preloaded = std::getenv("LD_PRELOAD");
    if (preloaded != nullptr && std::strstr(preloaded, "vgpreload") != nullptr) return true;
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        constexpr std::string_view kTracer = "TracerPid:\t";
        if (line.rfind(kTracer, 0) == 0) return line.substr(kTracer.size()) != "0";
    }
    return false;
}

}  // namespace

void execute_with_settings(char** argv) {
    constexpr const char* kSetting = "OMP_WAIT_POLICY";
    if (std::getenv(kSetting) != nullptr || is_watched()) return;
    // The program's own path: with /proc/self/exe as path, tools would call the process "exe".
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    if (error) return;
    ::setenv(kSetting, "passive", 0);
    // About 30 µs of spinning: shorter waits cost less than putting a thread to sleep and waking it.
    ::setenv("GOMP_SPINCOUNT", "2000", 0);
    ::setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1", 0);
    ::execv(program.c_str(), argv);
}

std::unique_ptr<Device> open_device(const DeviceRequest& request, std::vector<std::string>* notes,
                                    std::vector<std::string>* trouble) {
    const std::string& name = request.device;
    if (name == "cpu") return open_cpu(request.threads);
    const bool numbered = name.rfind("cuda:", 0) == 0;
    if (name != "auto" && name != "cuda" && !numbered) {
        throw UsageError("unknown device '" + name + "'; try auto, cpu, cuda or cuda:0");
    }
    int index = 0;
    if (numbered) {
        char* end = nullptr;
        index = static_cast<int>(std::strtol(name.c_str() + 5, &end, 10));
        if (*end != '\0' || end == name.c_str() + 5 || index < 0) {
            throw UsageError("'" + name + "' is not a device; try cuda:0");
        }
    }
    const CudaDevices cuda = find_cuda();
    std::string why = cuda.why;
    bool broken = cuda.broken;
    const auto found =
        std::find_if(cuda.devices.begin(), cuda.devices.end(),
                     [&](const DeviceInfo& info) { return !numbered || info.index == index; });
    if (found != cuda.devices.end()) {
        if (name != "auto") return cuda.table->open(found->index, request.threads);
        try {
            return cuda.table->open(found->index, request.threads);
        } catch (const Error& error) {  // in use by others, cuDNN incomplete, …
            why = error.what();
            broken = true;
        }
    } else if (!cuda.devices.empty()) {
        why = "there are " + std::to_string(cuda.devices.size()) + " CUDA devices";
    }
    if (name != "auto")
        throw Error("device " + name + " cannot be used: " + why + "; try --device cpu");
    std::vector<std::string>* const said = broken && trouble != nullptr ? trouble : notes;
    if (said != nullptr) said->push_back("no CUDA: " + why);
    return open_cpu(request.threads);
}

std::vector<DeviceInfo> list_devices(std::vector<std::string>* notes) {
    CudaDevices cuda = find_cuda();
    if (cuda.devices.empty() && notes != nullptr) notes->push_back("no CUDA: " + cuda.why);
    std::string why;
    if (const BackendTable* table = load_cpu(why)) {
        bool broken = false;
        for (const DeviceInfo& info : table->list(why, broken)) cuda.devices.push_back(info);
    } else if (notes != nullptr) {
        notes->push_back("no CPU: " + why);
    }
    return cuda.devices;
}

}  // namespace reverie
