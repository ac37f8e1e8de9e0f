// A GPU as a device: memory, streams, copies and the module's entry point. Every call makes its
// device current first, since CUDA keeps the current device by thread. The driver is never linked:
// without one the module loads and says so.
#include <cuda_runtime_api.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <string>

#include "kernels/backend.h"
#ifdef REVERIE_HAS_CUDNN
#include "kernels/cuda/conv_cudnn.h"
#endif
#include "kernels/conv_direct_engine.h"
#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/graph_cuda.h"
#ifdef REVERIE_HAS_GL
#include "kernels/cuda/interop_cuda.h"
#endif
#include "kernels/cuda/stream_cuda.h"
#include "kernels/keyed_ops.h"
#include "kernels/ops_parts.h"

namespace reverie {

constexpr size_t kSmallBytes = size_t{64} << 10U;    // coefficients and the like
constexpr size_t kSmallSlots = 32, kLargeSlots = 3;  // uploads that may be under way at once

CudaStream::CudaStream(int index, Counts& counts, bool urgent)
    : index_(index), counts_(counts), small_(kSmallSlots), large_(kLargeSlots) {
    make_current();
    int lowest = 0, highest = 0;
    cuda_check(cudaDeviceGetStreamPriorityRange(&lowest, &highest), "asking for priorities");
    cuda_check(
        cudaStreamCreateWithPriority(&handle_, cudaStreamNonBlocking, urgent ? highest : lowest),
        "making a stream");
    const cudaError_t status =
        cudaMalloc(reinterpret_cast<void**>(&partials_), kPartials * sizeof(double));
    if (status != cudaSuccess) cudaStreamDestroy(handle_);
    cuda_check(status, "allocating a stream's scratch");
    counts_.book.add(partials_, kPartials * sizeof(double));
}

CudaStream::~CudaStream() {
    cudaSetDevice(index_);
    counts_.book.remove(partials_);
    cudaFree(partials_);
    cudaStreamDestroy(handle_);
}

CudaStream::Staging::~Staging() {
    if (used != nullptr) cudaEventDestroy(used);
    if (memory != nullptr) cudaFreeHost(memory);
}

void CudaStream::reserve(Staging& staging, size_t bytes) {
    if (staging.used == nullptr)
        cuda_check(cudaEventCreateWithFlags(&staging.used, cudaEventDisableTiming),
                   "making an event");
    if (bytes <= staging.size) return;
    if (staging.memory != nullptr) cudaFreeHost(std::exchange(staging.memory, nullptr));
    staging.size = 0;
    counts_.book.add_elsewhere();
    cuda_check(cudaMallocHost(reinterpret_cast<void**>(&staging.memory), bytes),
               "allocating pinned host memory");
    staging.size = bytes;
}

CudaStream::Staging& CudaStream::next_staging(size_t bytes) {
    const bool small = bytes <= kSmallBytes;
    Staging& staging =
        small ? small_[next_small_++ % small_.size()] : large_[next_large_++ % large_.size()];
    // The last upload through this slot is long done, unless the device lags behind.
    if (staging.used != nullptr) {
        const cudaError_t status = cudaEventQuery(staging.used);
        if (status == cudaErrorNotReady) {
            cudaGetLastError();  // else the next launch would report it
            ++counts_.waits;
            cuda_check(cudaEventSynchronize(staging.used), "copying to the GPU");
        } else {
            cuda_check(status, "copying to the GPU");
        }
    }
    // Allocates all small slots at once, so that a steady frame allocates nothing.
    if (small && small_.front().memory == nullptr) {
        for (Staging& each : small_) reserve(each, kSmallBytes);
    }
    reserve(staging, small ? kSmallBytes : bytes);
    return staging;
}

void CudaStream::upload(void* device, const void* host, size_t bytes) {
    if (bytes == 0) return;
    make_current();
    Staging& staging = next_staging(bytes);
    std::memcpy(staging.memory, host, bytes);
    cuda_check(cudaMemcpyAsync(device, staging.memory, bytes, cudaMemcpyHostToDevice, handle_),
               "copying to the GPU");
    cuda_check(cudaEventRecord(staging.used, handle_), "copying to the GPU");
}

void CudaStream::download_async(void* host, const void* device, size_t bytes) {
    if (bytes == 0) return;
    make_current();
    if (free_down_.empty()) {
        free_down_.push_back(down_.size());
        down_.emplace_back();
    }
    const size_t index = free_down_.front();
    Staging& staging = down_[index];
    reserve(staging, bytes);
    cuda_check(cudaMemcpyAsync(staging.memory, device, bytes, cudaMemcpyDeviceToHost, handle_),
               "copying from the GPU");
    free_down_.pop_front();
    queued_downloads_.push_back({host, index, bytes});
    ++downloads_;
}

void CudaStream::synchronize() {
    ++counts_.waits;
    const cudaError_t status = cudaStreamSynchronize(handle_);
    finish_downloads(downloads_, status == cudaSuccess);
    cuda_check(status, "running the queued work");
}

void CudaStream::wait(cudaEvent_t reached, uint64_t downloads) {
    ++counts_.waits;
    const cudaError_t status = cudaEventSynchronize(reached);
    finish_downloads(downloads, status == cudaSuccess);
    cuda_check(status, "running the queued work");
}

/// If not `valid`, forgets the downloads: the host's memory may be gone.
void CudaStream::finish_downloads(uint64_t count, bool valid) {
    while (!queued_downloads_.empty() && downloads_ - queued_downloads_.size() < count) {
        const QueuedDownload& f = queued_downloads_.front();
        if (valid) std::memcpy(f.host, down_[f.staging].memory, f.bytes);
        free_down_.push_back(f.staging);
        queued_downloads_.pop_front();
    }
}

CudaEvent::CudaEvent() {
    cuda_check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming), "making an event");
}

CudaEvent::~CudaEvent() { cudaEventDestroy(event_); }

void CudaEvent::queue_record(Stream& stream) {
    stream_ = &static_cast<CudaStream&>(stream);
    stream_->make_current();
    downloads_ = stream_->downloads();
    cuda_check(cudaEventRecord(event_, stream_->handle()), "recording an event");
}

void CudaEvent::queue_wait(Stream& stream) {
    const auto& later = static_cast<CudaStream&>(stream);
    later.make_current();
    cuda_check(cudaStreamWaitEvent(later.handle(), event_, 0), "waiting for another stream");
}

void CudaEvent::synchronize() {
    if (stream_ != nullptr) stream_->wait(event_, downloads_);
}

CudaTimer::CudaTimer() {
    cuda_check(cudaEventCreate(&begin_), "making an event");
    const cudaError_t status = cudaEventCreate(&end_);
    if (status != cudaSuccess) cudaEventDestroy(begin_);
    cuda_check(status, "making an event");
}

CudaTimer::~CudaTimer() {
    cudaEventDestroy(begin_);
    cudaEventDestroy(end_);
}

void CudaTimer::begin(Stream& stream) {
    const auto& on = static_cast<CudaStream&>(stream);
    on.make_current();
    cuda_check(cudaEventRecord(begin_, on.handle()), "beginning to time");
}

void CudaTimer::end(Stream& stream) {
    cuda_check(cudaEventRecord(end_, static_cast<CudaStream&>(stream).handle()), "timing");
}

double CudaTimer::ms() {
    cuda_check(cudaEventSynchronize(end_), "running what was timed");
    float ms = 0;
    cuda_check(cudaEventElapsedTime(&ms, begin_, end_), "reading a timer");
    return ms;
}

void CudaStream::make_current() const { cuda_check(cudaSetDevice(index_), "choosing the device"); }

namespace {

#ifndef REVERIE_HAS_CUDNN
constexpr const char* kNoCudnn = "this build's CUDA module was built without cuDNN";
#endif

constexpr int kLeastMajor = 7, kLeastMinor = 5;  // the oldest that nvcc 13 and cuDNN 9 support

constexpr int kParallelStreams = 3;  // a module's branches; a fourth gains nothing

size_t to_mb(size_t bytes) { return bytes >> 20U; }

DeviceInfo describe(int index) {
    cudaDeviceProp properties{};
    cuda_check(cudaGetDeviceProperties(&properties, index), "asking for the device's properties");
    DeviceInfo info;
    info.kind = DeviceKind::cuda;
    info.index = index;
    info.name = properties.name;
    info.instructions = "sm_" + std::to_string(properties.major) + std::to_string(properties.minor);
    info.memory_bytes = properties.totalGlobalMem;
    info.native_bf16 = info.prefers_bf16 = properties.major >= 8;
    info.native_f16 = true;
    info.parallel_streams = kParallelStreams;
    return info;
}

class CudaDevice : public Device {
  public:
    explicit CudaDevice(int index) : info_(describe(index)), ops_(make_ops()) {
        make_current();
#ifdef REVERIE_HAS_CUDNN
        // Checked here, where another device can still be chosen instead.
        require_cudnn();
#endif
    }
    const DeviceInfo& info() const override { return info_; }

    void* allocate(size_t bytes) override {
        make_current();
        void* memory = nullptr;
        const cudaError_t status = cudaMalloc(&memory, bytes > 0 ? bytes : 1);
        if (status == cudaErrorMemoryAllocation) {
            cudaGetLastError();  // else the next launch would report it again
            throw OutOfMemory(shortage(bytes));
        }
        cuda_check(status, "allocating device memory");
        counts_.book.add(memory, bytes);
        return memory;
    }
    void release(void* memory) noexcept override {
        cudaSetDevice(info_.index);  // a new thread starts with device 0
        counts_.book.remove(memory);
        cudaFree(memory);  // waits for all queued work, which may still use it
    }
    size_t free_memory() const override {
        make_current();
        size_t free = 0, total = 0;
        cuda_check(cudaMemGetInfo(&free, &total), "asking for the free memory");
        return free;
    }
    std::unique_ptr<Stream> make_stream() override {
        return std::make_unique<CudaStream>(info_.index, counts_);
    }
    std::unique_ptr<Stream> make_urgent_stream() override {
        return std::make_unique<CudaStream>(info_.index, counts_, true);
    }
    std::unique_ptr<StreamTimer> make_timer() override {
        make_current();
        return std::make_unique<CudaTimer>();
    }
    std::unique_ptr<Event> make_event() override {
        make_current();
        return std::make_unique<CudaEvent>();
    }
    bool captures() const override { return cuda_graphs_wanted(); }
    std::unique_ptr<ExecutableGraph> capture(Stream& stream,
                                             const std::function<void()>& work) override {
        return capture_cuda_graph(static_cast<CudaStream&>(stream), work);
    }
    void upload(Stream& stream, void* device, const void* host, size_t bytes) override {
        static_cast<CudaStream&>(stream).upload(device, host, bytes);
    }
    void download_async(Stream& stream, void* host, const void* device, size_t bytes) override {
        static_cast<CudaStream&>(stream).download_async(host, device, bytes);
    }
    DeviceCounters counters() const override { return counts_.book.counters(counts_.waits); }
    void queue_copy(Stream& stream, void* dst, const void* src, size_t bytes) override {
        const auto& on = static_cast<CudaStream&>(stream);
        on.make_current();
        cuda_check(cudaMemcpyAsync(dst, src, bytes, cudaMemcpyDeviceToDevice, on.handle()),
                   "copying on the GPU");
    }
    void queue_clear(Stream& stream, void* dst, size_t bytes) override {
        const auto& on = static_cast<CudaStream&>(stream);
        on.make_current();
        cuda_check(cudaMemsetAsync(dst, 0, bytes, on.handle()), "clearing device memory");
    }
    Ops& ops() override { return keyed_ops_; }
#ifdef REVERIE_HAS_GL
    std::unique_ptr<SharedBuffer> share_buffer(uint32_t gl_buffer) override {
        return share_with_cuda(info_.index, gl_buffer);
    }
#endif
    std::unique_ptr<ConvEngine> make_conv_engine(DType type, ConvKind kind) override {
        // The functors' convolution is exact but slow on a GPU: only on request.
        constexpr int kChannelBlock = 16;
        if (kind == ConvKind::exact)
            return make_direct_engine(*this, type, {kChannelBlock}, kChannelBlock);
#ifdef REVERIE_HAS_CUDNN
        return make_cudnn_engine(*this, type, choices_);
#else
        throw Error(std::string(kNoCudnn) + "; try --device cpu");
#endif
    }
#ifdef REVERIE_HAS_CUDNN
    ConvChoices conv_choices() const override { return choices_.used(); }
    void adopt_conv_choices(const ConvChoices& choices) override { choices_.adopt(choices); }
    std::string conv_choices_lost() const override { return choices_.lost(); }
#endif

  private:
#ifdef REVERIE_HAS_CUDNN
    /// Everything that a measured choice depends on; the last is a hash of the sources of the ways
    /// to compute a convolution.
    std::string identity() const {
        int driver = 0, runtime = 0;
        cuda_check(cudaDriverGetVersion(&driver), "asking for the driver's version");
        cuda_check(cudaRuntimeGetVersion(&runtime), "asking for the runtime's version");
        return info_.name + ", " + info_.instructions + ", " +
               std::to_string(to_mb(info_.memory_bytes)) + " MB, driver " + std::to_string(driver) +
               ", CUDA " + std::to_string(runtime) + ", cuDNN " + cudnn_version() + ", ways " +
               REVERIE_CONV_WAYS;
    }
#endif
    void make_current() const { cuda_check(cudaSetDevice(info_.index), "choosing the device"); }
    std::string shortage(size_t bytes) const {
        size_t free = 0;
        size_t total = 0;
        cudaMemGetInfo(&free, &total);
        return "out of memory on cuda:" + std::to_string(info_.index) + " (" + info_.name +
               "): " + std::to_string(to_mb(bytes)) + " MB were asked for, " +
               std::to_string(to_mb(free)) + " of " + std::to_string(to_mb(total)) +
               " MB are free; try a smaller --size, or close what else uses the GPU";
    }

    DeviceInfo info_;
    std::unique_ptr<Ops> ops_;
    KeyedOps keyed_ops_{*ops_};
    CudaStream::Counts counts_;
#ifdef REVERIE_HAS_CUDNN
    RouteCache choices_{RouteCache::usual_path(identity()), identity()};
#endif
};

/// Why no device can be used, or empty; `broken`: a device may be present. Without a driver the
/// runtime reports version 0, and then an "insufficient driver", which would mislead.
std::string why_no_device(int& count, bool& broken) {
    count = 0;
    broken = false;
    int driver = 0;
    if (cudaDriverGetVersion(&driver) != cudaSuccess || driver == 0)
        return "there is no NVIDIA driver";
    const cudaError_t status = cudaGetDeviceCount(&count);
    if (status == cudaErrorNoDevice || (status == cudaSuccess && count == 0))
        return "there is no NVIDIA GPU";
    broken = status != cudaSuccess;
    if (status == cudaErrorInsufficientDriver) {
        const auto version = [](int v) {
            return std::to_string(v / 1000) + "." + std::to_string(v % 1000 / 10);
        };
        return "the NVIDIA driver is too old: it knows CUDA " + version(driver) +
               ", reverie was built with " + version(CUDART_VERSION) + "; update the driver";
    }
    if (status != cudaSuccess)
        return std::string("the NVIDIA driver says: ") + cudaGetErrorString(status);
    return "";
}

#ifdef REVERIE_HAS_CUDNN
/// Why this device is not offered, or empty.
std::string why_not(const DeviceInfo& device) {
    const int version = std::stoi(device.instructions.substr(3));
    if (version >= 10 * kLeastMajor + kLeastMinor) return "";
    return "cuda:" + std::to_string(device.index) + " (" + device.name +
           ") is too old: " + device.instructions + ", and sm_75 is the oldest that is supported";
}
#endif

std::vector<DeviceInfo> list(std::string& why, bool& broken) {
    int count = 0;
    why = why_no_device(count, broken);
    std::vector<DeviceInfo> devices;
#ifdef REVERIE_HAS_CUDNN
    for (int index = 0; index < count; ++index) {
        try {
            devices.push_back(describe(index));
            const std::string problem = why_not(devices.back());
            if (problem.empty()) continue;
            devices.pop_back();
            why = problem;
        } catch (const Error& error) {
            why = error.what();
        }
        broken = true;
    }
#else
    // Without cuDNN, `auto` would choose a device that then fails, so none is offered.
    if (why.empty()) why = kNoCudnn;
#endif
    return devices;
}

std::unique_ptr<Device> open(int index, int /*threads*/) {
    int count = 0;
    bool broken = false;
    const std::string why = why_no_device(count, broken);
    require(why.empty(),
            "cuda:" + std::to_string(index) + " cannot be used: " + why + "; try --device cpu");
    require(index >= 0 && index < count,
            "there is no cuda:" + std::to_string(index) + "; try --device cuda:0");
    return std::make_unique<CudaDevice>(index);
}

constexpr BackendTable kTable{kBackendVersion, list, open};

}  // namespace
}  // namespace reverie

REVERIE_EXPORT const reverie::BackendTable* reverie_backend() { return &reverie::kTable; }
