// The modules are found, load even if their vendor's libraries are absent, and say why they cannot
// be used.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <omp.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "kernels/device.h"
#include "src/util/error.h"

namespace reverie {
namespace {

bool any_cuda(const std::vector<DeviceInfo>& devices) {
    return std::any_of(devices.begin(), devices.end(),
                       [](const DeviceInfo& d) { return d.kind == DeviceKind::cuda; });
}

TEST(Backends, TheCpuIsAlwaysThere) {
    const std::vector<DeviceInfo> devices = list_devices();
    ASSERT_FALSE(devices.empty());
    EXPECT_EQ(devices.back().kind, DeviceKind::cpu);
    EXPECT_GE(devices.back().threads, 1);
    EXPECT_GT(devices.back().memory_bytes, 0U);
}

TEST(Backends, ThreadsAreLimitedForTheCallingThreadAlone) {
    const std::unique_ptr<Device> cpu = open_device({"cpu", 3});
    EXPECT_EQ(omp_get_max_threads(), 3);
    std::thread([&] {
        cpu->limit_threads(2);
        EXPECT_EQ(omp_get_max_threads(), 2);
    }).join();
    EXPECT_EQ(omp_get_max_threads(), 3);
}

TEST(Backends, WithoutCudaThereIsOneLineThatSaysWhy) {
    std::vector<std::string> notes;
    if (any_cuda(list_devices(&notes))) GTEST_SKIP() << "a CUDA device can be used here";
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_EQ(notes[0].rfind("no CUDA: ", 0), 0U) << notes[0];
    EXPECT_EQ(notes[0].find('\n'), std::string::npos);
#ifdef REVERIE_HAS_CUDA
    // The module itself must load with nothing of CUDA installed: its own answer, not the loader's.
    void* driver = ::dlopen("libcuda.so.1", RTLD_LAZY);
    if (driver == nullptr) {
        EXPECT_EQ(notes[0], "no CUDA: there is no NVIDIA driver");
    } else {
        ::dlclose(driver);
        EXPECT_EQ(notes[0].find("libreverie_cuda.so"), std::string::npos) << notes[0];
    }
#else
    EXPECT_EQ(notes[0], "no CUDA: libreverie_cuda.so is not there");
#endif
}

TEST(Backends, AutoFallsBackToTheCpu) {
    if (any_cuda(list_devices())) GTEST_SKIP() << "a CUDA device can be used here";
    std::vector<std::string> notes;
    EXPECT_EQ(open_device({}, &notes)->info().kind, DeviceKind::cpu);
    EXPECT_EQ(notes.size(), 1U);
    EXPECT_THROW(open_device({.device = "cuda"}), Error);
}

TEST(Backends, ADeviceThatIsNoneIsWrongUse) {
    for (const char* name : {"gpu", "cuda:", "cuda:x", "cuda:-1", "CPU", ""}) {
        EXPECT_THROW(open_device({.device = name}), UsageError) << name;
    }
}

/// Exceptions from a module are caught by their type, which lets the CPU take over.
TEST(Backends, AModulesErrorsKeepTheirKind) {
    const std::unique_ptr<Device> device = open_device({.device = "cpu", .threads = 1});
    EXPECT_THROW(device->allocate(size_t{1} << 60U), OutOfMemory);
}

TEST(Backends, CountsWhatIsAllocated) {
    const std::unique_ptr<Device> device = open_device({.device = "cpu", .threads = 1});
    const DeviceCounters before = device->counters();
    {
        const Buffer<float> a(*device, 561);
        const Buffer<char> b(*device, 7);
        EXPECT_EQ(device->counters().allocations - before.allocations, 2);
        EXPECT_EQ(device->counters().bytes - before.bytes, 561 * 4 + 7);
    }
    EXPECT_EQ(device->counters().bytes, before.bytes);
    EXPECT_GE(device->counters().peak_bytes, 561 * 4 + 7);
}

TEST(Backends, MemoryHoldsWhatWasUploaded) {
    const std::unique_ptr<Device> device = open_device({.device = "cpu", .threads = 1});
    const std::unique_ptr<Stream> stream = device->make_stream();
    for (const size_t size : {size_t{1}, size_t{35}, size_t{561}}) {
        std::vector<float> in(size);
        for (size_t i = 0; i < size; ++i) in[i] = static_cast<float>(i) - 0.5F;
        const Buffer<float> a(*device, size);
        const Buffer<float> b(*device, size);
        EXPECT_EQ(reinterpret_cast<uintptr_t>(a.data()) % 64, 0U);
        device->upload(*stream, a.data(), in.data(), a.bytes());
        device->copy(*stream, b.data(), a.data(), a.bytes());
        device->clear(*stream, a.data(), a.bytes());
        std::vector<float> kept(size, 1);
        std::vector<float> cleared(size, 1);
        device->download(*stream, kept.data(), b.data(), b.bytes());
        device->download(*stream, cleared.data(), a.data(), a.bytes());
        EXPECT_EQ(kept, in);
        EXPECT_EQ(cleared, std::vector<float>(size, 0));
    }
}

}  // namespace
}  // namespace reverie
