// How guides pull at a plan's layers: scores of all features at all places are one convolution of
// 1 × 1, whose filters are the features; the best one is added to the layer's gradient.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/ops.h"
#include "src/net/execution_plan.h"
#include "src/util/error.h"

namespace reverie {

size_t ExecutionPlan::guided_number(int node) const {
    const auto found = std::lower_bound(scope_.guided.begin(), scope_.guided.end(), node);
    require(found != scope_.guided.end() && *found == node,
            "the plan has no guide at " + graph_.nodes[node].name);
    return static_cast<size_t>(found - scope_.guided.begin());
}

/// Adds what guides pull at in `node`, or in those that it joins, whether its gradient holds a sum
/// already or not. True if it holds one afterwards.
bool ExecutionPlan::add_guides(int node, bool accumulate) {
    for (size_t i = 0; i < guided_.size(); ++i) {
        const int at = guided_[i].node;
        if (at != node && concat_of_[at] != node) continue;
        if (at != node && !accumulate) {  // the other parts have nothing
            accumulate = true;
            actions_.push_back({graph_.nodes[node].name + " clear",
                                {writes(gradient_block_, node)},
                                [this, node](Stream& stream) { clear_gradient(stream, node); }});
        }
        add_guide(i, accumulate);
        accumulate = true;
    }
    return accumulate;
}

void ExecutionPlan::clear_gradient(Stream& stream, int node) {
    const TensorRef dx = gradient_of(node);
    const Place& place = layout_.places[node];
    const Extent e = extents_[node];
    require(place.channels == layout_.tensor_channels[place.tensor],
            "a gradient is cleared as a whole tensor");
    const size_t values = static_cast<size_t>(place.channels) * e.height * e.width;
    parts_.device->clear(stream, dx.shape.data, values * bytes_of(dx.type));
}

void ExecutionPlan::prepare_guides() {
    for (const int node : scope_.guided) {
        GuidedNode guided;
        guided.node = node;
        guided.features = &parts_.guides.at(node);
        for (const float v : guided.features->values)
            guided.largest = std::max(guided.largest, std::abs(v));
        guided_.push_back(std::move(guided));
    }
}

void ExecutionPlan::add_guide(size_t number, bool accumulate) {
    GuidedNode& guided = guided_[number];
    const int node = guided.node;
    const GuideFeatures& features = *guided.features;
    const Place& place = layout_.places[node];
    const Extent e = extents_[node];
    const int block = parts_.engine->channel_block();
    const int stored = (features.count() + block - 1) / block * block;
    // Rows as the tensor stores channels. As filters, all are scaled alike, so that no score leaves
    // the range of half precision; which one is the largest stays the same.
    std::vector<float> rows(static_cast<size_t>(stored) * place.channels, 0.0F);
    double longest = 0;
    for (int n = 0; n < features.count(); ++n) {
        double squares = 0;
        for (int c = 0; c < features.channels; ++c) {
            const float v = features.values[static_cast<size_t>(n) * features.channels + c];
            rows[static_cast<size_t>(n) * place.channels + place.stored_at[c]] = v;
            squares += double{v} * v;
        }
        longest = std::max(longest, squares);
    }
    std::vector<float> filters = rows;
    const auto scale = static_cast<float>(longest > 0 ? 1 / std::sqrt(longest) : 1);
    for (float& v : filters) v *= scale;

    ConvSpec spec;
    spec.in_channels = place.channels;
    spec.in_parent_channels = layout_.tensor_channels[place.tensor];
    spec.out_channels = stored;
    spec.in_height = spec.out_height = e.height;
    spec.in_width = spec.out_width = e.width;
    Conv* conv = make_convolution(spec, features.key, filters, std::vector<float>(stored, 0.0F));
    flop_ += 2.0 * features.count() * features.channels * e.height * e.width;
    guided.scores_block = planner_.add(bytes_of(parts_.engine->type()) * stored *
                                       static_cast<size_t>(e.height) * e.width);
    if (purpose_ == Purpose::run) {
        const std::unique_ptr<Stream> stream = parts_.device->make_stream();
        guided.rows = Buffer<float>(*parts_.device, rows.size());
        parts_.device->upload(*stream, guided.rows.data(), rows.data(), guided.rows.bytes());
        stream->synchronize();
        guided.match = Buffer<int>(*parts_.device, static_cast<size_t>(e.height) * e.width);
    }
    const std::string& name = graph_.nodes[node].name;
    actions_.push_back({name + " guide " + algorithm_of(conv),
                        {reads(activation_block_, node), {guided.scores_block, true}},
                        [this, conv, node, number](Stream& stream) {
                            conv->run(stream, activation_of(node).shape.data,
                                      memory_ + planner_.offset(guided_[number].scores_block));
                        }});
    actions_.push_back({name + " guided",
                        {{guided.scores_block}, writes(gradient_block_, node)},
                        [this, number, stored, accumulate](Stream& stream) {
                            follow_guide(stream, number, stored, accumulate);
                        }});
}

void ExecutionPlan::follow_guide(Stream& stream, size_t number, int stored, bool accumulate) {
    const GuidedNode& guided = guided_[number];
    const Extent e = extents_[guided.node];
    const Pixels<int> match{guided.match.data(), e.width, e.height, 1};
    const TensorRef scores = at(guided.scores_block, stored, 0, stored, e);
    LayerOps& ops = parts_.device->ops();
    ops.strongest_channel(stream, scores, guided.features->count(), match);
    GuideGradient add;
    add.match = match;
    add.dx = gradient_of(guided.node);
    add.accumulate = accumulate;
    add.features = guided.rows.data();
    add.weight = guide_weights_.data() + number;
    add.scale = scale_.data();
    add.border = border_of(guided.node);
    add.seam_x = seam_of(output_.shift_x, width_, e.width);
    add.seam_y = seam_of(output_.shift_y, height_, e.height);
    add.roll = output_.roll;
    add.picture_width = width_;
    add.picture_height = height_;
    ops.add_matched(stream, add);
}

/// The guide's share of the objective at the last gradient(). Synchronises.
double ExecutionPlan::guide_value(Stream& stream, size_t number) {
    const GuidedNode& guided = guided_[number];
    const std::vector<float> a = activations(stream, guided.node);
    std::vector<int> match(guided.match.size());
    parts_.device->download(stream, match.data(), guided.match.data(), guided.match.bytes());
    const size_t channels = guided.features->channels;
    double sum = 0;
    for (size_t i = 0; i < match.size(); ++i) {
        const float* const feature = guided.features->values.data() + match[i] * channels;
        for (size_t c = 0; c < channels; ++c) sum += double{a[c * match.size() + i]} * feature[c];
    }
    return sum * host_guide_weights_[number];
}

}  // namespace reverie
