// The part of cuDNN 9's graph API that one fused convolution needs: forward with bias and ReLU, or
// the data gradient. A graph is described and checked without a GPU; its plans are made and run on
// one. NVIDIA's "cuDNN backend API" is the reference.
#pragma once

#include <cudnn.h>

#include <array>
#include <compare>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "kernels/view.h"
#include "src/util/error.h"

namespace reverie::cudnn {

/// An error that cuDNN reports. unsupported(): cuDNN does not support the request; it did not fail.
class CudnnError : public DeviceError {
  public:
    CudnnError(cudnnStatus_t status, const std::string& message)
        : DeviceError(message), status_(status) {}
    cudnnStatus_t status() const { return status_; }
    bool unsupported() const {
        return status_ >= CUDNN_STATUS_NOT_SUPPORTED && status_ < CUDNN_STATUS_INTERNAL_ERROR;
    }

  private:
    cudnnStatus_t status_;
};

/// Throws CudnnError unless `status` is success. `what` names the failed action.
void check(cudnnStatus_t status, const char* what);

cudnnDataType_t data_type_of(DType type);

/// Owns a handle; movable only.
class Handle {
  public:
    /// On the calling thread's current device. Throws CudnnError.
    Handle();
    ~Handle();
    Handle(Handle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    Handle& operator=(Handle&& other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    cudnnHandle_t get() const { return handle_; }

  private:
    cudnnHandle_t handle_ = nullptr;
};

/// Owns one of the API's descriptors; movable only.
class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(cudnnBackendDescriptorType_t type);
    ~Descriptor();
    Descriptor(Descriptor&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(raw_, other.raw_);
        return *this;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    cudnnBackendDescriptor_t get() const { return raw_; }

    /// Sets the values of one attribute. Throws CudnnError.
    void set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, int64_t count,
             const void* values);
    void set_int(cudnnBackendAttributeName_t name, int64_t value);
    void set_ints(cudnnBackendAttributeName_t name, const std::vector<int64_t>& values);
    void set_descriptor(cudnnBackendAttributeName_t name, const Descriptor& value);
    /// `what` names the action in error messages.
    void finalize(const char* what);
    /// Up to `count` values; returns how many there are.
    int64_t get(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, int64_t count,
                void* values) const;
    int64_t get_int(cudnnBackendAttributeName_t name) const;

  private:
    cudnnBackendDescriptor_t raw_ = nullptr;
};

/// One of cuDNN's engines and its settings: enough to make the same plan again.
struct EngineChoice {
    int64_t engine = 0;
    std::vector<std::pair<int64_t, int64_t>> knobs;  ///< type, value
    bool operator==(const EngineChoice&) const = default;
};

/// A tensor of batch 1: its extents, and the distances in values between neighbours.
struct GraphTensor {
    DType type = DType::f32;
    int64_t channels = 0, height = 0, width = 0;
    int64_t channel_stride = 0, row_stride = 0, column_stride = 0;
    auto operator<=>(const GraphTensor&) const = default;
};

/// NHWC, or NCHW: the two layouts that cuDNN takes.
GraphTensor graph_tensor(const TensorRef& ref);

/// One convolution. `x` and `y` are named as in the forward one; gradient: x is computed from y.
struct ConvGraphSpec {
    bool gradient = false;
    GraphTensor x, y;
    DType weights_type = DType::f32;
    bool weights_nhwc = true;  ///< KRSC, else KCRS
    int kernel_height = 1, kernel_width = 1, stride = 1;
    int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
    bool bias = false;
    DType bias_type = DType::f32;
    bool relu = false;
    bool accumulate = false;  ///< y += (not where bias or ReLU are fused); gradient: x +=
    auto operator<=>(const ConvGraphSpec&) const = default;
};

/// The properties of a GPU as cuDNN sees them. With them, cuDNN answers for a GPU that is absent.
class DeviceProperties {
  public:
    /// Those of GPU `index`. Throws CudnnError.
    static DeviceProperties of_device(int index);
    /// Those that json() wrote. Throws CudnnError.
    static DeviceProperties from_json(const std::string& json);
    std::string json() const;
    const Descriptor& descriptor() const { return descriptor_; }

  private:
    Descriptor descriptor_;
};

/// The tensors that a plan runs on; the bias may be null if the graph has none.
struct GraphPointers {
    const void* x = nullptr;
    const void* weights = nullptr;
    const void* bias = nullptr;
    const void* y = nullptr;
    void* workspace = nullptr;
    bool operator==(const GraphPointers&) const = default;
};

class ConvGraph {
  public:
    /// Describes and checks. `handle` may be null: then plans can be asked for with
    /// DeviceProperties only. Throws CudnnError.
    ConvGraph(cudnnHandle_t handle, const ConvGraphSpec& spec);

    /// Engines that cuDNN's heuristics propose, most promising first, at most `limit`. Leaves out
    /// engines whose results differ from run to run or are less precise than float sums of the
    /// stored values (TF32, Winograd in f32).
    std::vector<EngineChoice> propose(size_t limit) const;
    /// The same for a GPU that is absent.
    std::vector<EngineChoice> propose(size_t limit, const DeviceProperties& device) const;

    cudnnHandle_t handle() const { return handle_; }
    const Descriptor& descriptor() const { return graph_; }

  private:
    const Descriptor& own(Descriptor&& descriptor);
    const Descriptor& tensor(int64_t uid, const GraphTensor& t, bool is_virtual);
    const Descriptor& tensor(int64_t uid, cudnnDataType_t type, const std::vector<int64_t>& extents,
                             const std::vector<int64_t>& strides, bool is_virtual);
    void add_convolution(const ConvGraphSpec& spec, const Descriptor& y);
    void add_pointwise(cudnnPointwiseMode_t mode, const Descriptor& x, const Descriptor* b,
                       const Descriptor& y);
    std::vector<EngineChoice> propose(size_t limit, const Descriptor* device) const;
    bool acceptable(const Descriptor& engine) const;

    cudnnHandle_t handle_;
    bool single_precision_;
    std::deque<Descriptor> parts_;        ///< tensors, modes: what operations refer to
    std::vector<Descriptor> operations_;  ///< in order
    Descriptor graph_;
};

/// A graph made ready to run by one engine.
class ConvPlan {
  public:
    /// Throws CudnnError, unsupported() where this engine cannot do it.
    ConvPlan(const ConvGraph& graph, const EngineChoice& choice);
    size_t workspace_bytes() const { return workspace_bytes_; }
    /// `handle` may differ from the graph's, but is of the same device; its stream is used.
    void run(cudnnHandle_t handle, const GraphPointers& pointers);

  private:
    std::vector<Descriptor> knobs_;
    Descriptor engine_, config_, plan_, pack_;
    size_t workspace_bytes_ = 0;
    GraphPointers bound_;  ///< what pack_ holds
};

}  // namespace reverie::cudnn
