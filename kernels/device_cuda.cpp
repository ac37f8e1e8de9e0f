// A GPU as a device: memory, streams, copies and the module's door. Every call makes its device
// current first, since CUDA keeps the current device by thread. The driver is never linked: without
// one the module loads and says so.
#include <cuda_runtime_api.h>

#include <memory>
#include <string>

#include "kernels/backend.h"
#include "kernels/conv_direct_engine.h"
#include "kernels/cuda_check.h"
#include "kernels/ops.h"
#include "kernels/stream_cuda.h"

namespace reverie {

std::unique_ptr<Ops> make_cuda_ops();  // ops_cuda.cu

CudaStream::CudaStream(int index) : index_(index) {
    make_current();
    cuda_check(cudaStreamCreateWithFlags(&handle_, cudaStreamNonBlocking), "making a stream");
    const cudaError_t status =
        cudaMalloc(reinterpret_cast<void**>(&partials_), kPartials * sizeof(double));
    if (status != cudaSuccess) cudaStreamDestroy(handle_);
    cuda_check(status, "allocating a stream's scratch");
}

CudaStream::~CudaStream() {
    cudaFree(partials_);
    cudaStreamDestroy(handle_);
}

void CudaStream::synchronize() {
    cuda_check(cudaStreamSynchronize(handle_), "running the queued work");
}

void CudaStream::make_current() const { cuda_check(cudaSetDevice(index_), "choosing the device"); }

namespace {

constexpr const char* kNoNetwork = "this build's CUDA module has no fast network yet";

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
    info.native_bf16 = properties.major >= 8;
    return info;
}

class CudaDevice : public Device {
  public:
    explicit CudaDevice(int index) : info_(describe(index)), ops_(make_cuda_ops()) {}
    const DeviceInfo& info() const override { return info_; }

    void* allocate(size_t bytes) override {
        make_current();
        void* memory = nullptr;
        const cudaError_t status = cudaMalloc(&memory, bytes > 0 ? bytes : 1);
        if (status == cudaErrorMemoryAllocation) {
            cudaGetLastError();  // else the next launch would report it again
            throw Error(shortage(bytes));
        }
        cuda_check(status, "allocating device memory");
        return memory;
    }
    void release(void* memory) noexcept override { cudaFree(memory); }
    std::unique_ptr<Stream> make_stream() override {
        return std::make_unique<CudaStream>(info_.index);
    }
    void upload(Stream& stream, void* device, const void* host, size_t bytes) override {
        // From pageable memory this returns when the bytes are staged, so `host` may be reused.
        copy_async(stream, device, host, bytes, cudaMemcpyHostToDevice, "copying to the GPU");
    }
    void download(Stream& stream, void* host, const void* device, size_t bytes) override {
        copy_async(stream, host, device, bytes, cudaMemcpyDeviceToHost, "copying from the GPU");
        stream.synchronize();
    }
    void copy(Stream& stream, void* dst, const void* src, size_t bytes) override {
        copy_async(stream, dst, src, bytes, cudaMemcpyDeviceToDevice, "copying on the GPU");
    }
    void clear(Stream& stream, void* dst, size_t bytes) override {
        const auto& on = static_cast<CudaStream&>(stream);
        on.make_current();
        cuda_check(cudaMemsetAsync(dst, 0, bytes, on.handle()), "clearing device memory");
    }
    Ops& ops() override { return *ops_; }
    std::unique_ptr<ConvEngine> make_conv_engine(DType type, ConvKind kind) override {
        // The functors' convolution is right, but no GPU's pace: it is given to those who ask for
        // it.
        require(kind == ConvKind::exact, std::string(kNoNetwork) + "; try --device cpu");
        constexpr int kChannelBlock = 16;
        return make_direct_engine(*this, type, kChannelBlock);
    }

  private:
    static void copy_async(Stream& stream, void* dst, const void* src, size_t bytes,
                           cudaMemcpyKind kind, const char* what) {
        const auto& on = static_cast<CudaStream&>(stream);
        on.make_current();
        cuda_check(cudaMemcpyAsync(dst, src, bytes, kind, on.handle()), what);
    }
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
};

/// Why no device can be used, or nothing. Without a driver the runtime reports version 0, and then
/// an "insufficient driver" that would mislead.
std::string why_no_device(int& count) {
    count = 0;
    int driver = 0;
    if (cudaDriverGetVersion(&driver) != cudaSuccess || driver == 0)
        return "there is no NVIDIA driver";
    const cudaError_t status = cudaGetDeviceCount(&count);
    if (status == cudaErrorInsufficientDriver) {
        const auto version = [](int v) {
            return std::to_string(v / 1000) + "." + std::to_string(v % 1000 / 10);
        };
        return "the NVIDIA driver is too old: it knows CUDA " + version(driver) +
               ", reverie was built with " + version(CUDART_VERSION) + "; update the driver";
    }
    if (status == cudaErrorNoDevice || (status == cudaSuccess && count == 0))
        return "there is no NVIDIA GPU";
    if (status != cudaSuccess)
        return std::string("the NVIDIA driver says: ") + cudaGetErrorString(status);
    return "";
}

std::vector<DeviceInfo> list(std::string& why) {
    int count = 0;
    why = why_no_device(count);
    // A device without a network would be chosen by `auto` and then fail: it is not offered.
    if (why.empty()) why = kNoNetwork;
    return {};
}

std::unique_ptr<Device> open(int index, int /*threads*/) {
    int count = 0;
    const std::string why = why_no_device(count);
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
