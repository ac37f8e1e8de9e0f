#include "kernels/cuda/interop_cuda.h"

#include <cuda_gl_interop.h>

#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/stream_cuda.h"

namespace reverie {
namespace {

class CudaSharedBuffer : public SharedBuffer {
  public:
    explicit CudaSharedBuffer(cudaGraphicsResource_t resource) : resource_(resource) {}
    CudaSharedBuffer(const CudaSharedBuffer&) = delete;
    CudaSharedBuffer& operator=(const CudaSharedBuffer&) = delete;
    ~CudaSharedBuffer() override { cudaGraphicsUnregisterResource(resource_); }

    void* map(Stream& stream) override {
        const auto& on = static_cast<CudaStream&>(stream);
        on.make_current();
        cuda_check(cudaGraphicsMapResources(1, &resource_, on.handle()), "taking OpenGL's memory");
        void* memory = nullptr;
        size_t bytes = 0;
        cuda_check(cudaGraphicsResourceGetMappedPointer(&memory, &bytes, resource_),
                   "taking OpenGL's memory");
        return memory;
    }
    void unmap(Stream& stream) override {
        cuda_check(
            cudaGraphicsUnmapResources(1, &resource_, static_cast<CudaStream&>(stream).handle()),
            "giving OpenGL's memory back");
    }

  private:
    cudaGraphicsResource_t resource_;
};

/// Whether the GPU of this index draws for the current context.
bool draws(int index) {
    constexpr unsigned kMost = 16;
    unsigned count = 0;
    int devices[kMost] = {};
    const bool known = cudaGLGetDevices(&count, devices, kMost, cudaGLDeviceListAll) == cudaSuccess;
    for (unsigned i = 0; known && i < count; ++i) {
        if (devices[i] == index) return true;
    }
    return false;
}

}  // namespace

std::unique_ptr<SharedBuffer> share_with_cuda(int device, uint32_t gl_buffer) {
    cudaGraphicsResource_t resource = nullptr;
    if (cudaSetDevice(device) == cudaSuccess && draws(device) &&
        cudaGraphicsGLRegisterBuffer(&resource, gl_buffer, cudaGraphicsRegisterFlagsWriteDiscard) ==
            cudaSuccess)
        return std::make_unique<CudaSharedBuffer>(resource);
    cudaGetLastError();  // else the next launch would report it
    return nullptr;
}

}  // namespace reverie
