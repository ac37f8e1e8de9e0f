// The convolutions of a whole network at a size, as a plan asks for them, without weights or much
// memory: for tests of how a vendor's library handles each.
#pragma once

#include <vector>

#include "kernels/conv_forms.h"
#include "src/net/execution_plan.h"
#include "src/net/network.h"
#include "tests/support/forwarding_device.h"

namespace reverie::test {

struct RecordedConv {
    ConvSpec spec;
    std::string key;
    bool with_bias = false;
};

/// Notes what it is asked for.
class RecordingEngine : public ConvEngine {
  public:
    RecordingEngine(TensorLayout layout, DType type, int block)
        : layout_(layout), type_(type), block_(block) {}
    DType type() const override { return type_; }
    int channel_block() const override { return block_; }
    TensorRef slice(void* data, int parent_channels, int first_channel, int channels, int height,
                    int width) const override {
        return slice_of(layout_, data, type_, parent_channels, first_channel, channels, height,
                        width);
    }
    PictureRef picture(void* data, int height, int width, int stride) const override {
        return picture_of(layout_, data, type_, height, width, stride);
    }
    std::unique_ptr<Conv> make(const ConvSpec& spec, const std::string& key,
                               const std::vector<float>& weights,
                               const std::vector<float>& bias) override {
        const auto form = phase_picture_form(layout_, spec, weights);
        recorded.push_back({form ? form->spec : spec, key, !bias.empty()});
        return std::make_unique<Nothing>();
    }

    std::vector<RecordedConv> recorded;

  private:
    class Nothing : public Conv {
        void queue(Stream& /*stream*/, const void* /*in*/, void* /*out*/,
                   void* /*workspace*/) override {}
        std::string algorithm() const override { return "none"; }
    };

    TensorLayout layout_;
    DType type_;
    int block_;
};

/// All convolutions, forward and backward, that are needed to dream the deepest layer of an
/// architecture. Its weights are zeros.
inline std::vector<RecordedConv> convolutions_of(const std::string& architecture, Device& device,
                                                 TensorLayout layout, DType type, int width,
                                                 int height) {
    NetworkParts parts;
    parts.device = &device;
    parts.weights.graph = make_graph(architecture, std::nullopt);
    const Graph& graph = parts.weights.graph;
    for (const Node& node : graph.nodes) {
        if (node.kind != NodeKind::convolution) continue;
        Filters& filters = parts.weights.filters[node.name];
        const size_t in = graph.nodes[node.inputs[0]].channels;
        filters.weights.assign(in * node.channels * node.kernel_height * node.kernel_width, 0.0F);
        filters.bias.assign(node.channels, 0.0F);
    }
    auto engine = std::make_unique<RecordingEngine>(layout, type, 8);
    RecordingEngine& recording = *engine;
    parts.engine = std::move(engine);
    parts.layout = make_layout(graph, recording.channel_block());
    const PlanScope deepest{{graph.find(graph.deepest_layer())}, {}, {}};
    const ExecutionPlan plan(parts, width, height, deepest);
    return recording.recorded;
}

}  // namespace reverie::test
