// The ways to compute a convolution, most of them with cuDNN (RouteChoice), and one of them, ready
// to run (Route). Which one is the fastest depends on the GPU and on the shape, so the engine
// (conv_cudnn.h) measures them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernels/conv_forms.h"
#include "kernels/cuda/conv_narrow.h"
#include "kernels/cuda/cudnn_graph.h"

namespace reverie {

/// A way, short enough to be kept in a file.
struct RouteChoice {
    enum class Api : uint8_t {
        graph,   ///< everything fused to the convolution, by one of cuDNN's engines
        legacy,  ///< the calls from before graphs; the engine is their algorithm
        narrow   ///< conv_narrow.h's; there is one engine
    };
    Api api = Api::graph;
    bool packed_in = false;   ///< a slice is copied to a tensor of its own first
    bool packed_out = false;  ///< the result is computed apart, then copied or added to its slice
    bool equal_padding = false;  ///< see equal_padding_form
    bool transposed = false;     ///< a data gradient as a forward convolution
    bool storage_bias = false;   ///< the bias is stored as the tensors are, not as float
    cudnn::EngineChoice engine;
    bool operator==(const RouteChoice&) const = default;
};

/// One line, "graph 5 engine 12 knobs 1:2 3:4", and back; none if the text is not a way.
std::string to_text(const RouteChoice& choice);
std::optional<RouteChoice> parse_route(const std::string& text);

/// The convolution that a way computes.
struct RouteShape {
    ConvSpec spec;
    bool with_bias = false;
    TensorLayout layout;
    DType type = DType::f32;
};

/// All ways that make sense, most promising first; their engines are not chosen yet.
std::vector<RouteChoice> routes_for(const RouteShape& shape);
/// The graph that computes the convolution by the way `choice`: sizes, layouts and types.
cudnn::ConvGraphSpec describe_graph(const RouteShape& shape, const RouteChoice& choice);

/// What a way is made of.
struct RouteParts {
    Device* device = nullptr;
    cudnnHandle_t handle = nullptr;  ///< of any stream; null: graphs can be described only
    TensorLayout layout;
    DType type = DType::f32;
    /// Device memory with these values, stored as the given type; one copy for each name.
    std::function<const void*(const std::string& name, DType stored,
                              const std::function<std::vector<float>()>& values)>
        constant;
    /// prepare_narrow, or null where there are no kernels.
    QueueNarrow (*narrow)(const NarrowConvolution&) = nullptr;
};

/// One convolution as a caller asks for it.
struct RouteTask {
    const ConvSpec& spec;
    const std::string& key;
    const std::vector<float>& weights;
    const std::vector<float>& bias;
};

class Route {
  public:
    /// Throws CudnnError if cuDNN does not support this way, Error if memory is short.
    Route(const RouteParts& parts, const RouteTask& task, const RouteChoice& choice);
    ~Route();
    /// Engines that could be chosen for this way.
    static std::vector<cudnn::EngineChoice> engines(cudnnHandle_t handle, const RouteShape& shape,
                                                    const RouteChoice& choice, size_t limit);

    /// Size of the workspace that run() needs.
    size_t workspace_bytes() const;
    void run(cudnnHandle_t handle, Stream& stream, const void* in, void* out, void* workspace);
    const RouteChoice& choice() const { return choice_; }

  private:
    class Runner;
    class GraphRunner;
    class LegacyRunner;
    class NarrowRunner;

    RouteParts parts_;
    RouteChoice choice_;
    bool accumulate_apart_ = false;
    TensorRef in_, out_, packed_in_, packed_out_;
    size_t packed_in_bytes_ = 0, packed_out_bytes_ = 0;
    std::unique_ptr<Runner> runner_;
};

}  // namespace reverie
