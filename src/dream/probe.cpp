#include "src/dream/probe.h"

#include <algorithm>
#include <cmath>

#include "kernels/ops.h"
#include "src/dream/dreamer.h"
#include "src/net/execution_plan.h"

namespace reverie {
namespace {

/// Cuts off the part that comes from the mirrored margin of a picture of `width` × `height`.
void crop_margin(ProbeResult& probe, int width, int height) {
    const auto margin = [](int cells, int size) {
        const double share =
            static_cast<double>(Dreamer::kMirrored) / (size + 2 * Dreamer::kMirrored);
        return static_cast<int>(std::lround(share * cells));
    };
    const int left = margin(probe.map_width, width), top = margin(probe.map_height, height);
    const int across = probe.map_width - 2 * left, down = probe.map_height - 2 * top;
    std::vector<float> inner;
    for (int y = 0; y < down; ++y) {
        const auto row = probe.map.begin() + (y + top) * probe.map_width + left;
        inner.insert(inner.end(), row, row + across);
    }
    probe.map = std::move(inner);
    probe.map_width = across;
    probe.map_height = down;
}

float rms_of(const std::vector<float>& channels) {
    double sum = 0;
    for (const float rms : channels) sum += double{rms} * rms;
    return static_cast<float>(
        std::sqrt(sum / std::max<double>(1, static_cast<double>(channels.size()))));
}

class Probe {
  public:
    Probe(Stream& stream, Network& network, Pixels<const float> frame, Image& seen)
        : stream_(stream), network_(network), seen_(seen) {
        seen.resize(network.device(), frame.width + 2 * Dreamer::kMirrored,
                    frame.height + 2 * Dreamer::kMirrored, frame.channels);
    }

    /// The plan of the dream itself if it computes that layer, else a plan of its own.
    ExecutionPlan* plan_for(const Objective& objective, const LayerInfo* layer,
                            size_t memory_bytes) {
        std::vector<Tap> taps = resolve(network_, objective);
        if (!fits(taps, memory_bytes)) return nullptr;
        ExecutionPlan* plan = &network_.plan(seen_.width(), seen_.height(), taps);
        if (layer == nullptr || plan->computes(layer->node)) return plan;
        taps.push_back({layer->node});
        if (!fits(taps, memory_bytes)) return plan;
        return &network_.plan(seen_.width(), seen_.height(), taps);
    }

    void run(ExecutionPlan& plan, Pixels<const float> picture) {
        network_.device().ops().mirror(stream_, picture, Dreamer::kMirrored, seen_);
        plan.forward(stream_, seen_);
    }

  private:
    bool fits(const std::vector<Tap>& taps, size_t memory_bytes) {
        return network_.memory_needed(seen_.width(), seen_.height(), taps) <= memory_bytes;
    }

    Stream& stream_;
    Network& network_;
    Image& seen_;
};

const LayerInfo* layer_of(const Network& network, const Objective& objective,
                          const std::string& name) {
    for (const LayerInfo& layer : network.layers()) {
        if (layer.name == name) return &layer;
    }
    const int node = resolve(network, objective.terms[0])[0].node;
    return &*std::find_if(network.layers().begin(), network.layers().end(),
                          [&](const LayerInfo& layer) { return layer.node == node; });
}

}  // namespace

ProbeResult probe_activations(Stream& stream, Network& network, size_t memory_bytes,
                              Pixels<const float> frame, Pixels<const float> residual,
                              const Objective& objective, const ProbeRequest& request,
                              ProbePictures& pictures) {
    ProbeResult probe;
    if (!request.any() || objective.terms.empty()) return probe;
    const LayerInfo* layer = layer_of(network, objective, request.layer);
    Probe on_network(stream, network, frame, pictures.seen);
    ExecutionPlan* plan =
        on_network.plan_for(objective, request.map ? layer : nullptr, memory_bytes);
    if (plan == nullptr) return probe;
    if (request.layers) {
        on_network.run(*plan, frame);
        for (const LayerInfo& each : network.layers()) {
            if (!plan->computes(each.node)) continue;
            probe.layers.push_back({each.name, rms_of(plan->channel_rms(stream, each.node)), 0.0F});
        }
    }
    Image& dream = pictures.dream;
    dream.resize(network.device(), frame.width, frame.height, frame.channels);
    network.device().ops().composite(stream, frame, residual, 1.0F, dream);
    on_network.run(*plan, dream);
    for (ProbeResult::Layer& each : probe.layers)
        each.dream = rms_of(plan->channel_rms(stream, network.find(each.name).node));
    if (!plan->computes(layer->node)) return probe;
    probe.layer = layer->name;
    if (request.layers) probe.channels = plan->channel_rms(stream, layer->node);
    if (request.map) {
        probe.map = plan->activation_map(stream, layer->node, request.channel);
        probe.map_width = plan->extent(layer->node).width;
        probe.map_height = plan->extent(layer->node).height;
        crop_margin(probe, frame.width, frame.height);
    }
    return probe;
}

}  // namespace reverie
