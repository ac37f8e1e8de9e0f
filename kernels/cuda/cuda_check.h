// A CUDA call's status, turned into an Error that says what failed, on what, and what to try.
#pragma once

#include <cuda_runtime_api.h>

#include <string>

#include "src/util/error.h"

namespace reverie {

/// Advice to the user about `status`, as the end of a sentence.
inline const char* cuda_advice(cudaError_t status) {
    switch (status) {
        case cudaErrorMemoryAllocation:
            return "try a smaller --size, or close what else uses the GPU";
        case cudaErrorInsufficientDriver:
            return "try a newer NVIDIA driver, or --device cpu";
        case cudaErrorNoKernelImageForDevice:
            return "this build holds no code for this GPU: build reverie with "
                   "REVERIE_CUDA_ARCHITECTURES=native";
        default:
            return "try --device cpu";
    }
}

/// Throws DeviceError unless `status` is cudaSuccess, OutOfMemory if that is the reason. `what`
/// names the failed action, as in "copying to the GPU"; it is read only on failure, so that a check
/// costs a comparison.
inline void cuda_check(cudaError_t status, const char* what) {
    if (status == cudaSuccess) return;
    const std::string message = std::string("CUDA: ") + what +
                                " failed: " + cudaGetErrorString(status) + "; " +
                                cuda_advice(status);
    if (status != cudaErrorMemoryAllocation) throw DeviceError(message);
    cudaGetLastError();  // else the next launch would report it again
    throw OutOfMemory(message);
}

}  // namespace reverie
