#include "kernels/cuda/cudnn_route.h"

#include "kernels/ops.h"

namespace reverie {
namespace {

constexpr size_t kAlignment = 256;
size_t aligned(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

size_t bytes_in(const TensorRef& ref) {
    const Tensor<void>& s = ref.shape;
    return static_cast<size_t>(s.blocks) * s.block_channels * s.height * s.width *
           bytes_of(ref.type);
}

/// Reorders OIHW filters as cuDNN reads them; the channels that pad a picture get zeros.
std::vector<float> stored_filters(const ConvForm& form, const cudnn::ConvGraphSpec& graph) {
    const ConvSpec& s = form.spec;
    const auto stored_in = static_cast<size_t>(graph.x.channels);
    const size_t taps = static_cast<size_t>(s.kernel_height) * s.kernel_width;
    std::vector<float> out(static_cast<size_t>(s.out_channels) * stored_in * taps, 0.0F);
    for (size_t o = 0; o < static_cast<size_t>(s.out_channels); ++o) {
        for (size_t i = 0; i < static_cast<size_t>(s.in_channels); ++i) {
            for (size_t t = 0; t < taps; ++t) {
                const size_t at = graph.weights_nhwc ? (o * taps + t) * stored_in + i
                                                     : (o * stored_in + i) * taps + t;
                out[at] = form.weights[(o * s.in_channels + i) * taps + t];
            }
        }
    }
    return out;
}

/// One of the older API's descriptors.
template <class Raw, cudnnStatus_t (*kCreate)(Raw*), cudnnStatus_t (*kDestroy)(Raw)>
struct Legacy {
    Legacy() { cudnn::check(kCreate(&raw), "making a descriptor"); }
    Legacy(const Legacy&) = delete;
    Legacy& operator=(const Legacy&) = delete;
    ~Legacy() { kDestroy(raw); }
    Raw raw = nullptr;
};

struct LegacyTensor
    : Legacy<cudnnTensorDescriptor_t, cudnnCreateTensorDescriptor, cudnnDestroyTensorDescriptor> {
    explicit LegacyTensor(const cudnn::GraphTensor& t) {
        cudnn::check(
            cudnnSetTensor4dDescriptorEx(
                raw, cudnn::data_type_of(t.type), 1, static_cast<int>(t.channels),
                static_cast<int>(t.height), static_cast<int>(t.width),
                static_cast<int>(std::max(t.height * t.row_stride, t.channels * t.channel_stride)),
                static_cast<int>(t.channel_stride), static_cast<int>(t.row_stride),
                static_cast<int>(t.column_stride)),
            "describing a tensor");
    }
};

/// The calls from before graphs.
struct LegacyConvolution {
    LegacyTensor x, y, bias;
    Legacy<cudnnFilterDescriptor_t, cudnnCreateFilterDescriptor, cudnnDestroyFilterDescriptor>
        filter;
    Legacy<cudnnConvolutionDescriptor_t, cudnnCreateConvolutionDescriptor,
           cudnnDestroyConvolutionDescriptor>
        how;
    Legacy<cudnnActivationDescriptor_t, cudnnCreateActivationDescriptor,
           cudnnDestroyActivationDescriptor>
        activation;

    explicit LegacyConvolution(const cudnn::ConvGraphSpec& g)
        : x(g.x),
          y(g.y),
          bias(cudnn::GraphTensor{g.bias_type, g.y.channels, 1, 1, 1, g.y.channels, g.y.channels}) {
        using cudnn::check;
        const cudnnDataType_t type = cudnn::data_type_of(g.weights_type);
        check(cudnnSetFilter4dDescriptor(
                  filter.raw, type, g.weights_nhwc ? CUDNN_TENSOR_NHWC : CUDNN_TENSOR_NCHW,
                  static_cast<int>(g.y.channels), static_cast<int>(g.x.channels), g.kernel_height,
                  g.kernel_width),
              "describing filters");
        check(cudnnSetConvolution2dDescriptor(how.raw, g.pad_top, g.pad_left, g.stride, g.stride, 1,
                                              1, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT),
              "describing a convolution");
        // With floats, anything but FMA_MATH would be TF32.
        check(cudnnSetConvolutionMathType(
                  how.raw, type == CUDNN_DATA_FLOAT ? CUDNN_FMA_MATH : CUDNN_TENSOR_OP_MATH),
              "describing a convolution");
        check(cudnnSetActivationDescriptor(
                  activation.raw, g.relu ? CUDNN_ACTIVATION_RELU : CUDNN_ACTIVATION_IDENTITY,
                  CUDNN_NOT_PROPAGATE_NAN, 0),
              "describing a rectifier");
    }
    /// Whether these calls would compute the given sizes: they do not support unequal padding.
    bool fits(const cudnn::ConvGraphSpec& g) const {
        int n = 0, c = 0, h = 0, w = 0;
        if (cudnnGetConvolution2dForwardOutputDim(how.raw, x.raw, filter.raw, &n, &c, &h, &w) !=
            CUDNN_STATUS_SUCCESS)
            return false;
        return h == g.y.height && w == g.y.width;
    }
};

/// Algorithms whose results are the same every time, most promising first.
template <class Performance, class Ask>
std::vector<cudnn::EngineChoice> legacy_algorithms(size_t limit, Ask ask) {
    constexpr int kMost = 12;
    std::array<Performance, kMost> results{};
    int count = 0;
    std::vector<cudnn::EngineChoice> choices;
    if (ask(kMost, &count, results.data()) != CUDNN_STATUS_SUCCESS) return choices;
    for (int i = 0; i < count && choices.size() < limit; ++i) {
        if (results[i].status != CUDNN_STATUS_SUCCESS ||
            results[i].determinism != CUDNN_DETERMINISTIC)
            continue;
        choices.push_back({results[i].algo, {}});
    }
    return choices;
}

}  // namespace

class Route::Runner {
  public:
    virtual ~Runner() = default;
    virtual size_t workspace_bytes() const = 0;
    /// in, out: those of the forward convolution or of the gradient. The handle's stream is
    /// `stream`.
    virtual void run(cudnnHandle_t handle, Stream& stream, const void* in, void* out,
                     void* workspace) = 0;
};

class Route::GraphRunner : public Route::Runner {
  public:
    GraphRunner(cudnnHandle_t handle, const cudnn::ConvGraphSpec& spec,
                const cudnn::EngineChoice& engine, const void* weights, const void* bias)
        : graph_(handle, spec), plan_(graph_, engine), gradient_(spec.gradient) {
        pointers_.weights = weights;
        pointers_.bias = bias;
    }
    size_t workspace_bytes() const override { return plan_.workspace_bytes(); }
    void run(cudnnHandle_t handle, Stream& /*stream*/, const void* in, void* out,
             void* workspace) override {
        cudnn::GraphPointers p = pointers_;
        p.x = gradient_ ? out : in;
        p.y = gradient_ ? in : out;
        p.workspace = workspace;
        plan_.run(handle, p);
    }

  private:
    cudnn::ConvGraph graph_;
    cudnn::ConvPlan plan_;
    bool gradient_;
    cudnn::GraphPointers pointers_;
};

class Route::LegacyRunner : public Route::Runner {
  public:
    LegacyRunner(cudnnHandle_t handle, const cudnn::ConvGraphSpec& spec, int64_t algorithm,
                 const void* weights, const void* bias)
        : spec_(spec), calls_(spec), algorithm_(algorithm), weights_(weights), bias_(bias) {
        if (!calls_.fits(spec) || (spec.relu && !spec.bias)) {
            throw cudnn::CudnnError(CUDNN_STATUS_NOT_SUPPORTED,
                                    "cuDNN's legacy calls do not have this convolution");
        }
        const cudnnStatus_t status =
            spec.gradient
                ? cudnnGetConvolutionBackwardDataWorkspaceSize(
                      handle, calls_.filter.raw, calls_.y.raw, calls_.how.raw, calls_.x.raw,
                      static_cast<cudnnConvolutionBwdDataAlgo_t>(algorithm), &workspace_bytes_)
                : cudnnGetConvolutionForwardWorkspaceSize(
                      handle, calls_.x.raw, calls_.filter.raw, calls_.how.raw, calls_.y.raw,
                      static_cast<cudnnConvolutionFwdAlgo_t>(algorithm), &workspace_bytes_);
        cudnn::check(status, "asking for a convolution's workspace");
    }
    size_t workspace_bytes() const override { return workspace_bytes_; }
    void run(cudnnHandle_t handle, Stream& /*stream*/, const void* in, void* out,
             void* workspace) override {
        const float one = 1, none = 0, before = spec_.accumulate ? 1 : 0;
        const auto& c = calls_;
        cudnnStatus_t status = CUDNN_STATUS_SUCCESS;
        if (spec_.gradient) {
            status = cudnnConvolutionBackwardData(
                handle, &one, c.filter.raw, weights_, c.y.raw, in, c.how.raw,
                static_cast<cudnnConvolutionBwdDataAlgo_t>(algorithm_), workspace, workspace_bytes_,
                &before, c.x.raw, out);
        } else if (bias_ == nullptr) {
            status = cudnnConvolutionForward(handle, &one, c.x.raw, in, c.filter.raw, weights_,
                                             c.how.raw,
                                             static_cast<cudnnConvolutionFwdAlgo_t>(algorithm_),
                                             workspace, workspace_bytes_, &before, c.y.raw, out);
        } else {
            status = cudnnConvolutionBiasActivationForward(
                handle, &one, c.x.raw, in, c.filter.raw, weights_, c.how.raw,
                static_cast<cudnnConvolutionFwdAlgo_t>(algorithm_), workspace, workspace_bytes_,
                &none, c.y.raw, out, c.bias.raw, bias_, c.activation.raw, c.y.raw, out);
        }
        cudnn::check(status, "running a convolution");
    }

  private:
    cudnn::ConvGraphSpec spec_;
    LegacyConvolution calls_;
    int64_t algorithm_;
    const void* weights_;
    const void* bias_;
    size_t workspace_bytes_ = 0;
};

class Route::NarrowRunner : public Route::Runner {
  public:
    NarrowRunner(const RouteParts& parts, const NarrowConvolution& convolution) {
        if (parts.narrow != nullptr) queue_ = parts.narrow(convolution);
        if (!queue_)
            throw cudnn::CudnnError(CUDNN_STATUS_NOT_SUPPORTED,
                                    "there are no narrow convolutions here");
    }
    size_t workspace_bytes() const override { return 0; }
    void run(cudnnHandle_t /*handle*/, Stream& stream, const void* in, void* out,
             void* /*workspace*/) override {
        queue_(stream, in, out);
    }

  private:
    QueueNarrow queue_;
};

Route::Route(const RouteParts& parts, const RouteTask& task, const RouteChoice& choice)
    : parts_(parts), choice_(choice) {
    const ConvSpec& s = task.spec;
    const cudnn::ConvGraphSpec graph =
        describe_graph({s, !task.bias.empty(), parts.layout, parts.type}, choice);
    const auto view = [&](int channels, int parent, int height, int width) {
        return slice_of(parts.layout, nullptr, parts.type, parent > 0 ? parent : channels, 0,
                        channels, height, width);
    };
    const bool forward = s.direction == ConvDirection::forward;
    TensorRef x = view(s.in_channels, s.in_parent_channels, s.in_height, s.in_width);
    TensorRef y = view(s.out_channels, s.out_parent_channels, s.out_height, s.out_width);
    in_ = forward ? x : y;
    out_ = forward ? y : x;
    if (s.float_output) out_.type = DType::f32;
    if (choice.packed_in) {
        packed_in_ =
            view(in_.shape.blocks * in_.shape.block_channels, 0, in_.shape.height, in_.shape.width);
        packed_in_bytes_ = aligned(bytes_in(packed_in_));
    }
    if (choice.packed_out) {
        packed_out_ = view(out_.shape.blocks * out_.shape.block_channels, 0, out_.shape.height,
                           out_.shape.width);
        packed_out_bytes_ = aligned(bytes_in(packed_out_));
        accumulate_apart_ = s.accumulate;
    }
    // A data gradient reads the filters as its forward convolution stores them, so they are shared.
    const auto filters = [&] {
        ConvForm form{s, task.weights};
        if (choice.transposed) form = transposed_form(form.spec, form.weights);
        if (choice.equal_padding) form = equal_padding_form(form.spec, form.weights);
        return stored_filters(form, graph);
    };
    // The name holds how much they are enlarged, because that depends on the picture's size.
    std::string form = choice.transposed ? "t:" : "w:";
    if (choice.equal_padding && !has_equal_padding(s)) {
        for (const int part :
             {graph.kernel_height, graph.kernel_width, graph.pad_top, graph.pad_left})
            form += std::to_string(part) + ":";
    }
    const void* weights = parts.constant(form + task.key, parts.type, filters);
    const void* bias = nullptr;
    if (graph.bias) {
        bias = parts.constant((choice.storage_bias ? "sb:" : "b:") + task.key, graph.bias_type,
                              [&] { return task.bias; });
    }
    if (choice.api == RouteChoice::Api::narrow) {
        runner_ = std::make_unique<NarrowRunner>(
            parts,
            NarrowConvolution{s, parts.type, out_.type, weights, static_cast<const float*>(bias)});
    } else if (choice.api == RouteChoice::Api::graph) {
        runner_ = std::make_unique<GraphRunner>(parts.handle, graph, choice.engine, weights, bias);
    } else {
        runner_ = std::make_unique<LegacyRunner>(parts.handle, graph, choice.engine.engine, weights,
                                                 bias);
    }
}

Route::~Route() = default;

std::vector<cudnn::EngineChoice> Route::engines(cudnnHandle_t handle, const RouteShape& shape,
                                                const RouteChoice& choice, size_t limit) {
    if (choice.api == RouteChoice::Api::narrow) return {cudnn::EngineChoice()};
    const cudnn::ConvGraphSpec g = describe_graph(shape, choice);
    if (choice.api == RouteChoice::Api::graph) return cudnn::ConvGraph(handle, g).propose(limit);
    const LegacyConvolution c(g);
    if (!c.fits(g)) return {};
    if (g.gradient) {
        return legacy_algorithms<cudnnConvolutionBwdDataAlgoPerf_t>(
            limit, [&](int most, int* count, cudnnConvolutionBwdDataAlgoPerf_t* results) {
                return cudnnGetConvolutionBackwardDataAlgorithm_v7(
                    handle, c.filter.raw, c.y.raw, c.how.raw, c.x.raw, most, count, results);
            });
    }
    return legacy_algorithms<cudnnConvolutionFwdAlgoPerf_t>(
        limit, [&](int most, int* count, cudnnConvolutionFwdAlgoPerf_t* results) {
            return cudnnGetConvolutionForwardAlgorithm_v7(handle, c.x.raw, c.filter.raw, c.how.raw,
                                                          c.y.raw, most, count, results);
        });
}

size_t Route::workspace_bytes() const {
    return packed_in_bytes_ + packed_out_bytes_ + aligned(runner_->workspace_bytes());
}

void Route::run(cudnnHandle_t handle, Stream& stream, const void* in, void* out, void* workspace) {
    LayerOps& ops = parts_.device->ops();
    char* const scratch = static_cast<char*>(workspace);
    char* const packed_out = scratch + packed_in_bytes_;
    char* const inner = packed_out + packed_out_bytes_;
    const void* from = in;
    if (choice_.packed_in) {
        TensorRef slice = in_, packed = packed_in_;
        slice.shape.data = const_cast<void*>(in);
        packed.shape.data = scratch;
        ops.copy_tensor(stream, slice, packed, false);
        from = scratch;
    }
    runner_->run(handle, stream, from, choice_.packed_out ? packed_out : out,
                 runner_->workspace_bytes() > 0 ? inner : nullptr);
    if (choice_.packed_out) {
        TensorRef slice = out_, packed = packed_out_;
        slice.shape.data = out;
        packed.shape.data = packed_out;
        ops.copy_tensor(stream, packed, slice, accumulate_apart_);
    }
}

}  // namespace reverie
