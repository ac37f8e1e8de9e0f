#include "kernels/cuda/cudnn_graph.h"

#include <algorithm>

namespace reverie::cudnn {
namespace {

enum Uid : int64_t { kX = 1, kWeights, kY, kBias, kConvolved, kBiased };

/// The description of a virtual tensor, which is never in memory: float, packed NHWC.
GraphTensor packed_like(const GraphTensor& t) {
    return {DType::f32, t.channels, t.height, t.width, 1, t.width * t.channels, t.channels};
}

}  // namespace

void check(cudnnStatus_t status, const char* what) {
    if (status == CUDNN_STATUS_SUCCESS) return;
    std::array<char, 512> details{};
    cudnnGetLastErrorString(details.data(), details.size());
    std::string message = std::string("cuDNN: ") + what + " failed: " + cudnnGetErrorString(status);
    if (details[0] != '\0') message += " (" + one_line(details.data()) + ")";
    throw CudnnError(status, message);
}

cudnnDataType_t data_type_of(DType type) {
    switch (type) {
        case DType::f32:
            return CUDNN_DATA_FLOAT;
        case DType::bf16:
            return CUDNN_DATA_BFLOAT16;
        case DType::f16:
            return CUDNN_DATA_HALF;
    }
    throw Error("cuDNN has no such storage type");
}

Handle::Handle() { check(cudnnCreate(&handle_), "starting"); }

Handle::~Handle() {
    if (handle_ != nullptr) cudnnDestroy(handle_);
}

Descriptor::Descriptor(cudnnBackendDescriptorType_t type) {
    check(cudnnBackendCreateDescriptor(type, &raw_), "making a descriptor");
}

Descriptor::~Descriptor() {
    if (raw_ != nullptr) cudnnBackendDestroyDescriptor(raw_);
}

void Descriptor::set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                     int64_t count, const void* values) {
    check(cudnnBackendSetAttribute(raw_, name, type, count, values), "describing a convolution");
}

void Descriptor::set_int(cudnnBackendAttributeName_t name, int64_t value) {
    set(name, CUDNN_TYPE_INT64, 1, &value);
}

void Descriptor::set_ints(cudnnBackendAttributeName_t name, const std::vector<int64_t>& values) {
    set(name, CUDNN_TYPE_INT64, static_cast<int64_t>(values.size()), values.data());
}

void Descriptor::set_descriptor(cudnnBackendAttributeName_t name, const Descriptor& value) {
    const cudnnBackendDescriptor_t raw = value.get();
    set(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, static_cast<const void*>(&raw));
}

void Descriptor::finalize(const char* what) { check(cudnnBackendFinalize(raw_), what); }

int64_t Descriptor::get(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                        int64_t count, void* values) const {
    int64_t there = 0;
    check(cudnnBackendGetAttribute(raw_, name, type, count, &there, values),
          "asking for an attribute");
    return there;
}

int64_t Descriptor::get_int(cudnnBackendAttributeName_t name) const {
    int64_t value = 0;
    get(name, CUDNN_TYPE_INT64, 1, &value);
    return value;
}

GraphTensor graph_tensor(const TensorRef& ref) {
    const Tensor<void>& s = ref.shape;
    const bool nhwc = s.blocks == 1 && s.block_channels > 1;
    require(nhwc || s.block_channels == 1, "cuDNN takes NHWC and NCHW tensors only");
    return {ref.type,      s.blocks * s.block_channels, s.height,
            s.width,       nhwc ? 1 : s.block_stride,   s.width * s.pixel_stride,
            s.pixel_stride};
}

DeviceProperties DeviceProperties::of_device(int index) {
    DeviceProperties made;
    made.descriptor_ = Descriptor(CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR);
    const auto id = static_cast<int32_t>(index);
    made.descriptor_.set(CUDNN_ATTR_DEVICEPROP_DEVICE_ID, CUDNN_TYPE_INT32, 1, &id);
    made.descriptor_.finalize("asking for the GPU's properties");
    return made;
}

DeviceProperties DeviceProperties::from_json(const std::string& json) {
    DeviceProperties made;
    made.descriptor_ = Descriptor(CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR);
    made.descriptor_.set(CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, CUDNN_TYPE_CHAR,
                         static_cast<int64_t>(json.size()), json.data());
    made.descriptor_.finalize("reading a GPU's properties");
    return made;
}

std::string DeviceProperties::json() const {
    const int64_t size =
        descriptor_.get(CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, CUDNN_TYPE_CHAR, 0, nullptr);
    std::string text(static_cast<size_t>(size), '\0');
    descriptor_.get(CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, CUDNN_TYPE_CHAR, size, text.data());
    while (!text.empty() && text.back() == '\0') text.pop_back();
    return text;
}

ConvGraph::ConvGraph(cudnnHandle_t handle, const ConvGraphSpec& spec)
    : handle_(handle), single_precision_(spec.x.type == DType::f32) {
    const Descriptor& y = tensor(kY, spec.y, false);
    const GraphTensor between = packed_like(spec.y);
    const Descriptor* result = &y;
    if (spec.bias || spec.relu) result = &tensor(kConvolved, between, true);
    add_convolution(spec, *result);
    if (spec.bias) {
        const int64_t k = spec.y.channels;
        const Descriptor& bias =
            tensor(kBias, data_type_of(spec.bias_type), {1, k, 1, 1}, {k, 1, k, k}, false);
        const Descriptor* biased = spec.relu ? &tensor(kBiased, between, true) : &y;
        add_pointwise(CUDNN_POINTWISE_ADD, *result, &bias, *biased);
        result = biased;
    }
    if (spec.relu) add_pointwise(CUDNN_POINTWISE_RELU_FWD, *result, nullptr, y);

    graph_ = Descriptor(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
    std::vector<cudnnBackendDescriptor_t> raw;
    for (const Descriptor& operation : operations_) raw.push_back(operation.get());
    graph_.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, CUDNN_TYPE_BACKEND_DESCRIPTOR,
               static_cast<int64_t>(raw.size()), static_cast<const void*>(raw.data()));
    if (handle != nullptr) {
        graph_.set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE, 1,
                   static_cast<const void*>(&handle));
    }
    graph_.finalize("putting a convolution's graph together");
}

const Descriptor& ConvGraph::own(Descriptor&& descriptor) {
    parts_.push_back(std::move(descriptor));
    return parts_.back();
}

const Descriptor& ConvGraph::tensor(int64_t uid, const GraphTensor& t, bool is_virtual) {
    return tensor(uid, data_type_of(t.type), {1, t.channels, t.height, t.width},
                  {std::max(t.height * t.row_stride, t.channels * t.channel_stride),
                   t.channel_stride, t.row_stride, t.column_stride},
                  is_virtual);
}

const Descriptor& ConvGraph::tensor(int64_t uid, cudnnDataType_t type,
                                    const std::vector<int64_t>& extents,
                                    const std::vector<int64_t>& strides, bool is_virtual) {
    constexpr int64_t kAlignment = 16;  // slices begin at multiples of 8 channels
    Descriptor d(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
    d.set_int(CUDNN_ATTR_TENSOR_UNIQUE_ID, uid);
    d.set(CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &type);
    d.set_ints(CUDNN_ATTR_TENSOR_DIMENSIONS, extents);
    d.set_ints(CUDNN_ATTR_TENSOR_STRIDES, strides);
    d.set_int(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, kAlignment);
    if (is_virtual) d.set(CUDNN_ATTR_TENSOR_IS_VIRTUAL, CUDNN_TYPE_BOOLEAN, 1, &is_virtual);
    d.finalize("describing a tensor");
    return own(std::move(d));
}

void ConvGraph::add_convolution(const ConvGraphSpec& spec, const Descriptor& y) {
    const int64_t r = spec.kernel_height, s = spec.kernel_width;
    const int64_t in = spec.x.channels, out = spec.y.channels;
    const Descriptor& x = tensor(kX, spec.x, false);
    const std::vector<int64_t> krsc{r * s * in, 1, s * in, in}, kcrs{in * r * s, r * s, s, 1};
    const Descriptor& w = tensor(kWeights, data_type_of(spec.weights_type), {out, in, r, s},
                                 spec.weights_nhwc ? krsc : kcrs, false);

    Descriptor c(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
    const cudnnDataType_t sums = CUDNN_DATA_FLOAT;
    const cudnnConvolutionMode_t mode = CUDNN_CROSS_CORRELATION;
    c.set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &sums);
    c.set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, 1, &mode);
    c.set_int(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, 2);
    c.set_ints(CUDNN_ATTR_CONVOLUTION_DILATIONS, {1, 1});
    c.set_ints(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, {spec.stride, spec.stride});
    c.set_ints(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, {spec.pad_top, spec.pad_left});
    c.set_ints(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, {spec.pad_bottom, spec.pad_right});
    c.finalize("describing a convolution");
    const Descriptor& convolution = own(std::move(c));

    Descriptor op(spec.gradient ? CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR
                                : CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR);
    // As wide as the sums: engines for float would read the lower half of a double, which is 0.
    const float one = 1, before = spec.accumulate ? 1 : 0;
    if (spec.gradient) {
        op.set_descriptor(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC, convolution);
        op.set_descriptor(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W, w);
        op.set_descriptor(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, x);
        op.set_descriptor(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, y);
        op.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA, CUDNN_TYPE_FLOAT, 1, &one);
        op.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA, CUDNN_TYPE_FLOAT, 1, &before);
    } else {
        op.set_descriptor(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, convolution);
        op.set_descriptor(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, w);
        op.set_descriptor(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, x);
        op.set_descriptor(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, y);
        op.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, CUDNN_TYPE_FLOAT, 1, &one);
        op.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, CUDNN_TYPE_FLOAT, 1, &before);
    }
    op.finalize("describing a convolution's operation");
    operations_.push_back(std::move(op));
}

void ConvGraph::add_pointwise(cudnnPointwiseMode_t mode, const Descriptor& x, const Descriptor* b,
                              const Descriptor& y) {
    Descriptor how(CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
    const cudnnDataType_t arithmetic = CUDNN_DATA_FLOAT;
    how.set(CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, 1, &mode);
    how.set(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, 1, &arithmetic);
    how.finalize("describing what is done to each value");
    Descriptor op(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
    op.set_descriptor(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, own(std::move(how)));
    op.set_descriptor(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, x);
    if (b != nullptr) op.set_descriptor(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, *b);
    op.set_descriptor(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, y);
    op.finalize("fusing an operation to a convolution");
    operations_.push_back(std::move(op));
}

/// Whether an engine adds the stored values in float and in a fixed order.
bool ConvGraph::acceptable(const Descriptor& engine) const {
    std::array<cudnnBackendNumericalNote_t, CUDNN_NUMERICAL_NOTE_TYPE_COUNT> notes{};
    const int64_t count = engine.get(CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE,
                                     static_cast<int64_t>(notes.size()), notes.data());
    return std::none_of(notes.begin(), notes.begin() + count, [&](cudnnBackendNumericalNote_t n) {
        switch (n) {
            case CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC:
            case CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS:
            case CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION:
                return true;
            case CUDNN_NUMERICAL_NOTE_TENSOR_CORE:  // with floats: TF32
            case CUDNN_NUMERICAL_NOTE_WINOGRAD:
            case CUDNN_NUMERICAL_NOTE_FFT:
                return single_precision_;
            default:
                return false;
        }
    });
}

std::vector<EngineChoice> ConvGraph::propose(size_t limit) const { return propose(limit, nullptr); }

std::vector<EngineChoice> ConvGraph::propose(size_t limit, const DeviceProperties& device) const {
    return propose(limit, &device.descriptor());
}

namespace {

EngineChoice choice_of(const Descriptor& config, const Descriptor& engine) {
    EngineChoice choice{engine.get_int(CUDNN_ATTR_ENGINE_GLOBAL_INDEX), {}};
    std::vector<Descriptor> knobs;
    std::vector<cudnnBackendDescriptor_t> raw;
    for (int i = 0; i < CUDNN_KNOB_TYPE_COUNTS; ++i) {
        knobs.emplace_back(CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR);
        raw.push_back(knobs.back().get());
    }
    const int64_t count =
        config.get(CUDNN_ATTR_ENGINECFG_KNOB_CHOICES, CUDNN_TYPE_BACKEND_DESCRIPTOR,
                   static_cast<int64_t>(raw.size()), static_cast<void*>(raw.data()));
    for (int64_t i = 0; i < count; ++i) {
        cudnnBackendKnobType_t type{};
        knobs[i].get(CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE, CUDNN_TYPE_KNOB_TYPE, 1, &type);
        choice.knobs.emplace_back(type, knobs[i].get_int(CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE));
    }
    return choice;
}

/// The engine configurations that one of cuDNN's heuristics proposes; empty if it does not know
/// such a graph.
std::vector<Descriptor> ask(cudnnBackendHeurMode_t mode, const Descriptor& graph,
                            const Descriptor* device) {
    Descriptor heuristics(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
    heuristics.set_descriptor(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph);
    heuristics.set(CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, 1, &mode);
    if (device != nullptr) heuristics.set_descriptor(CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, *device);
    std::vector<Descriptor> configs;
    if (cudnnBackendFinalize(heuristics.get()) != CUDNN_STATUS_SUCCESS) return configs;
    const int64_t count =
        heuristics.get(CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_TYPE_BACKEND_DESCRIPTOR, 0, nullptr);
    std::vector<cudnnBackendDescriptor_t> raw;
    for (int64_t i = 0; i < count; ++i) {
        configs.emplace_back(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
        raw.push_back(configs.back().get());
    }
    const int64_t got = heuristics.get(CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_TYPE_BACKEND_DESCRIPTOR,
                                       count, static_cast<void*>(raw.data()));
    configs.erase(configs.begin() + std::min(got, count), configs.end());
    return configs;
}

}  // namespace

std::vector<EngineChoice> ConvGraph::propose(size_t limit, const Descriptor* device) const {
    std::vector<EngineChoice> proposed;
    for (const cudnnBackendHeurMode_t mode : {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK}) {
        if (!proposed.empty()) break;
        for (const Descriptor& config : ask(mode, graph_, device)) {
            const Descriptor engine(CUDNN_BACKEND_ENGINE_DESCRIPTOR);
            cudnnBackendDescriptor_t raw = engine.get();
            config.get(CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1,
                       static_cast<void*>(&raw));
            if (!acceptable(engine)) continue;
            proposed.push_back(choice_of(config, engine));
            if (proposed.size() == limit) return proposed;
        }
    }
    return proposed;
}

ConvPlan::ConvPlan(const ConvGraph& graph, const EngineChoice& choice)
    : engine_(CUDNN_BACKEND_ENGINE_DESCRIPTOR),
      config_(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR),
      plan_(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR) {
    engine_.set_descriptor(CUDNN_ATTR_ENGINE_OPERATION_GRAPH, graph.descriptor());
    engine_.set_int(CUDNN_ATTR_ENGINE_GLOBAL_INDEX, choice.engine);
    engine_.finalize("choosing an engine");
    config_.set_descriptor(CUDNN_ATTR_ENGINECFG_ENGINE, engine_);
    std::vector<cudnnBackendDescriptor_t> raw;
    for (const auto& [type, value] : choice.knobs) {
        Descriptor knob(CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR);
        const auto knob_type = static_cast<cudnnBackendKnobType_t>(type);
        knob.set(CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE, CUDNN_TYPE_KNOB_TYPE, 1, &knob_type);
        knob.set_int(CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE, value);
        knob.finalize("setting an engine up");
        knobs_.push_back(std::move(knob));
        raw.push_back(knobs_.back().get());
    }
    if (!raw.empty()) {
        config_.set(CUDNN_ATTR_ENGINECFG_KNOB_CHOICES, CUDNN_TYPE_BACKEND_DESCRIPTOR,
                    static_cast<int64_t>(raw.size()), static_cast<const void*>(raw.data()));
    }
    config_.finalize("setting an engine up");
    const cudnnHandle_t handle = graph.handle();
    plan_.set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, 1,
              static_cast<const void*>(&handle));
    plan_.set_descriptor(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, config_);
    plan_.finalize("making a plan");
    workspace_bytes_ = static_cast<size_t>(plan_.get_int(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE));
}

void ConvPlan::run(cudnnHandle_t handle, const GraphPointers& pointers) {
    if (pack_.get() == nullptr || !(pointers == bound_)) {
        std::vector<int64_t> uids{kX, kWeights, kY};
        std::vector<const void*> data{pointers.x, pointers.weights, pointers.y};
        if (pointers.bias != nullptr) {
            uids.push_back(kBias);
            data.push_back(pointers.bias);
        }
        Descriptor pack(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
        pack.set_ints(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, uids);
        pack.set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR,
                 static_cast<int64_t>(data.size()), static_cast<const void*>(data.data()));
        pack.set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, 1,
                 static_cast<const void*>(&pointers.workspace));
        pack.finalize("binding memory to a plan");
        pack_ = std::move(pack);
        bound_ = pointers;
    }
    check(cudnnBackendExecute(handle, plan_.get(), pack_.get()), "running a convolution");
}

}  // namespace reverie::cudnn
