// The CPU as a device. Everything runs at once in the calling thread and its OpenMP team, so a
// Stream has no state.
#include <omp.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <thread>

#include "kernels/allocation_book.h"
#include "kernels/backend.h"
#include "kernels/conv_direct_engine.h"
#include "kernels/cpu/conv_amx.h"
#include "kernels/cpu/conv_dnnl.h"
#include "kernels/cpu/conv_winograd.h"
#include "kernels/ops_parts.h"
#include "src/util/error.h"

namespace reverie {

namespace {

class CpuStream : public Stream {
  public:
    explicit CpuStream(std::atomic<int64_t>& waits) : waits_(waits) {}
    void synchronize() override { ++waits_; }

  private:
    /// The device's counter. Waits are counted although there is nothing to wait for.
    std::atomic<int64_t>& waits_;
};

/// Always reached, since a CPU's work runs at once.
class CpuEvent : public Event {
  public:
    explicit CpuEvent(std::atomic<int64_t>& waits) : waits_(waits) {}
    void queue_record(Stream& /*stream*/) override {}
    void queue_wait(Stream& /*stream*/) override {}
    void synchronize() override { ++waits_; }

  private:
    std::atomic<int64_t>& waits_;  ///< as those of CpuStream
};

/// Reads the host's clock, for the same reason.
class CpuTimer : public StreamTimer {
  public:
    void begin(Stream& /*stream*/) override { begin_ = Clock::now(); }
    void end(Stream& /*stream*/) override { end_ = Clock::now(); }
    double ms() override {
        return std::chrono::duration<double, std::milli>(end_ - begin_).count();
    }

  private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point begin_, end_;
};

std::string processor_name() {
    std::ifstream cpuinfo("/proc/cpuinfo");
    for (std::string line; std::getline(cpuinfo, line);) {
        if (line.rfind("model name", 0) != 0) continue;
        const size_t colon = line.find(": ");
        if (colon != std::string::npos) return line.substr(colon + 2);
    }
    return "CPU";
}

bool uses_amx() { return has_amx() && dnnl_channel_block() == 16; }

DeviceInfo describe(int threads) {
    DeviceInfo info;
    info.kind = DeviceKind::cpu;
    info.name = processor_name();
    info.instructions = dnnl_instruction_set();
    info.memory_bytes = static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
    info.threads =
        threads > 0 ? threads : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    info.native_bf16 = uses_amx() || dnnl_has_native_bf16();
    info.prefers_bf16 = uses_amx() || dnnl_prefers_bf16();
    return info;
}

class CpuDevice : public Device {
  public:
    explicit CpuDevice(int threads) : info_(describe(threads)), ops_(make_ops()) {
        omp_set_num_threads(info_.threads);
    }
    const DeviceInfo& info() const override { return info_; }

    void* allocate(size_t bytes) override {
        constexpr size_t kAlignment = 64;
        void* memory =
            std::aligned_alloc(kAlignment, (bytes + kAlignment) / kAlignment * kAlignment);
        if (memory == nullptr) {
            throw OutOfMemory("out of memory: " + std::to_string(bytes >> 20U) +
                              " MB could not be allocated; try a smaller --size or --memory-mb");
        }
        book_.add(memory, bytes);
        return memory;
    }
    void limit_threads(int threads) override { omp_set_num_threads(threads); }
    void make_threads() override {
        std::atomic<int> there = 0;
#pragma omp parallel
        ++there;
    }
    void release(void* memory) noexcept override {
        book_.remove(memory);
        std::free(memory);
    }
    std::unique_ptr<Stream> make_stream() override { return std::make_unique<CpuStream>(waits_); }
    std::unique_ptr<Event> make_event() override { return std::make_unique<CpuEvent>(waits_); }
    std::unique_ptr<StreamTimer> make_timer() override { return std::make_unique<CpuTimer>(); }
    void upload(Stream& /*stream*/, void* device, const void* host, size_t bytes) override {
        std::memcpy(device, host, bytes);
    }
    void download_async(Stream& /*stream*/, void* host, const void* device, size_t bytes) override {
        std::memcpy(host, device, bytes);
    }
    void queue_copy(Stream& /*stream*/, void* dst, const void* src, size_t bytes) override {
        std::memmove(dst, src, bytes);
    }
    void queue_clear(Stream& /*stream*/, void* dst, size_t bytes) override {
        std::memset(dst, 0, bytes);
    }
    DeviceCounters counters() const override { return book_.counters(waits_); }
    Ops& ops() override { return *ops_; }
    std::unique_ptr<ConvEngine> make_conv_engine(DType type, ConvKind kind) override {
        const int block = dnnl_channel_block();
        if (kind == ConvKind::exact) return make_direct_engine(*this, type, {block}, block);
        std::unique_ptr<ConvEngine> engine = make_dnnl_engine(*this, type);
        if (type == DType::bf16 && uses_amx()) return make_amx_engine(*this, std::move(engine));
        // With AVX-512, whose blocks are of 16 channels, oneDNN has such convolutions itself.
        constexpr int kOfAvx2 = 8;
        if (type == DType::f32 && block == kOfAvx2 && has_winograd())
            return make_winograd_engine(*this, std::move(engine));
        return engine;
    }

  private:
    DeviceInfo info_;
    std::unique_ptr<Ops> ops_;
    AllocationBook book_;
    std::atomic<int64_t> waits_ = 0;
};

std::vector<DeviceInfo> list(std::string& /*why*/, bool& /*broken*/) { return {describe(0)}; }

std::unique_ptr<Device> open(int /*index*/, int threads) {
    return std::make_unique<CpuDevice>(threads);
}

constexpr BackendTable kTable{kBackendVersion, list, open};

}  // namespace
}  // namespace reverie

REVERIE_EXPORT const reverie::BackendTable* reverie_backend() { return &reverie::kTable; }
