// A CUDA stream, as the Execs and the copies of the CUDA module see it. It owns the few bytes in
// which a reduction keeps its partial sums, so that no op allocates.
#pragma once

#include <cuda_runtime_api.h>

#include "kernels/device.h"

namespace reverie {

class CudaStream : public Stream {
  public:
    /// Partial sums of one reduction. Streams run in order, so one set a stream is enough.
    static constexpr int kPartials = 256;

    /// On device `index`. Throws Error.
    explicit CudaStream(int index);
    CudaStream(const CudaStream&) = delete;
    CudaStream& operator=(const CudaStream&) = delete;
    ~CudaStream() override;

    void synchronize() override;

    cudaStream_t handle() const { return handle_; }
    /// Device memory for kPartials values.
    double* partials() const { return partials_; }
    /// Makes this stream's device the calling thread's: launches and copies need it.
    void make_current() const;

  private:
    int index_;
    cudaStream_t handle_ = nullptr;
    double* partials_ = nullptr;
};

}  // namespace reverie
