// What is added to the gradients of a plan's layers before they are finished. Guides: scores of all
// features at all places are one convolution of 1 × 1, whose filters are the features; the best one
// is added. Masked terms: the objective's coefficients, as much as the mask has at each pixel.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

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

/// Calls add(i, accumulate) for each of `nodes` that is `node` or one of those that it joins.
/// `accumulate`: whether the gradient holds a sum, before and after.
template <class Nodes, class Add>
void ExecutionPlan::add_at(int node, const Nodes& nodes, bool& accumulate, const Add& add) {
    for (size_t i = 0; i < nodes.size(); ++i) {
        const int at = nodes[i].node;
        if (at != node && concat_of_[at] != node) continue;
        if (at != node && !accumulate) {  // the other parts have nothing
            accumulate = true;
            actions_.push_back({graph_.nodes[node].name + " clear",
                                {writes(gradient_block_, node)},
                                [this, node](Stream& stream) { clear_gradient(stream, node); }});
        }
        add(i, accumulate);
        accumulate = true;
    }
}

/// Adds what guides and masked terms pull at in `node`, or in those that it joins, whether its
/// gradient holds a sum already or not. True if it holds one afterwards.
bool ExecutionPlan::add_pulls(int node, bool accumulate) {
    add_at(node, guided_, accumulate, [&](size_t i, bool sum) { add_guide(i, sum); });
    add_at(node, masked_, accumulate, [&](size_t i, bool sum) { add_mask(i, sum); });
    return accumulate;
}

/// Its tensor may hold other nodes' gradients, too: the reductions that one convolution computes.
void ExecutionPlan::clear_gradient(Stream& stream, int node) {
    MaskedGradient nothing;
    nothing.x = activation_of(node);
    nothing.dx = gradient_of(node);
    parts_.device->ops().add_masked(stream, nothing);
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
    const size_t conv =
        make_convolution(spec, features.key, filters, std::vector<float>(stored, 0.0F));
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
    actions_.push_back(
        {name + " guide " + algorithm_of(conv),
         with_workspace(conv, {reads(activation_block_, node), {guided.scores_block, true}}),
         [this, conv, node, number](Stream& stream) {
             convolve(stream, conv, activation_of(node).shape.data,
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
    add.weight = guide_weights_.data() + number * kGuideWeights;
    add.scale = scale_.data();
    add.masks = layer_masks();
    add.masks.count = guided.masks;
    add.edges = edges_of(guided.node);
    ops.add_matched(stream, add);
}

/// The guide's share of the objective at the last gradient(). Synchronises.
double ExecutionPlan::guide_value(Stream& stream, size_t number) {
    const GuidedNode& guided = guided_[number];
    const std::vector<float> a = activations(stream, guided.node);
    std::vector<int> match(guided.match.size());
    parts_.device->download(stream, match.data(), guided.match.data(), guided.match.bytes());
    const float* const weights = host_guide_weights_.data() + number * kGuideWeights;
    std::vector<float> here(match.size(), weights[0]);
    for (int k = 0; k < guided.masks; ++k) {
        const std::vector<float> mask = mask_values(stream, guided.node, k);
        for (size_t i = 0; i < here.size(); ++i) here[i] += weights[1 + k] * mask[i];
    }
    const size_t channels = guided.features->channels;
    double sum = 0;
    for (size_t i = 0; i < match.size(); ++i) {
        const float* const feature = guided.features->values.data() + match[i] * channels;
        for (size_t c = 0; c < channels; ++c)
            sum += double{here[i]} * a[c * match.size() + i] * feature[c];
    }
    return sum;
}

void ExecutionPlan::prepare_masks() {
    size_t coefficients = 0;
    for (const int node : scope_.masked) {
        MaskedNode masked;
        masked.node = node;
        masked.offset = coefficients;
        masked.coefficients = layout_.places[node].channels;
        coefficients += static_cast<size_t>(masked.coefficients) * kMostMasks;
        masked_.push_back(masked);
    }
    host_mask_alpha_.assign(coefficients, 0.0F);
    host_mask_beta_.assign(coefficients, 0.0F);
}

size_t ExecutionPlan::masked_number(int node) const {
    const auto found = std::lower_bound(scope_.masked.begin(), scope_.masked.end(), node);
    require(found != scope_.masked.end() && *found == node,
            "the plan has no masks at " + graph_.nodes[node].name);
    return static_cast<size_t>(found - scope_.masked.begin());
}

void ExecutionPlan::add_mask(size_t number, bool accumulate) {
    const int node = masked_[number].node;
    actions_.push_back(
        {graph_.nodes[node].name + " masked",
         {reads(activation_block_, node), writes(gradient_block_, node)},
         [this, number, accumulate](Stream& stream) { follow_masks(stream, number, accumulate); }});
}

void ExecutionPlan::follow_masks(Stream& stream, size_t number, bool accumulate) {
    const MaskedNode& masked = masked_[number];
    MaskedGradient add;
    add.x = activation_of(masked.node);
    add.dx = gradient_of(masked.node);
    add.accumulate = accumulate;
    add.alpha = mask_alpha_.data() + masked.offset;
    add.beta = mask_beta_.data() + masked.offset;
    add.stride = masked.coefficients;
    add.scale = scale_.data();
    add.masks = layer_masks();
    add.masks.count = masked.masks;
    add.edges = edges_of(masked.node);
    parts_.device->ops().add_masked(stream, add);
}

void ExecutionPlan::set_masks(const std::vector<Pixels<const float>>& masks, int margin) {
    require(masks.size() <= kMostMasks,
            "an objective has at most " + std::to_string(kMostMasks) + " masks");
    masks_ = {};
    std::copy(masks.begin(), masks.end(), masks_.mask);
    masks_.count = static_cast<int>(masks.size());
    masks_.margin = margin;
}

/// The masks as this gradient() sees the picture.
LayerMasks ExecutionPlan::layer_masks() const {
    LayerMasks masks = masks_;
    masks.seen_width = picture_.width;
    masks.seen_height = picture_.height;
    masks.plan_width = width_;
    masks.plan_height = height_;
    masks.shift_x = input_.shift_x;
    masks.shift_y = input_.shift_y;
    masks.roll = input_.roll;
    return masks;
}

ObjectiveEdges ExecutionPlan::edges_of(int node) const {
    ObjectiveEdges edges;
    edges.border = border_of(node);
    edges.seam_x = seam_of(output_.shift_x, width_, extents_[node].width);
    edges.seam_y = seam_of(output_.shift_y, height_, extents_[node].height);
    edges.roll = output_.roll;
    edges.picture_width = width_;
    edges.picture_height = height_;
    return edges;
}

/// A mask at each pixel of a node, as the last gradient() saw it. Synchronises.
std::vector<float> ExecutionPlan::mask_values(Stream& stream, int node, int mask) {
    LayerMasks masks = layer_masks();
    Roll roll;
    if (masks.roll != nullptr) {
        parts_.device->download(stream, &roll, masks.roll, sizeof roll);
        masks.roll = &roll;
    }
    Pixels<const float>& plane = masks.mask[mask];
    std::vector<float> values(static_cast<size_t>(plane.size()));
    if (plane.data != nullptr) {
        parts_.device->download(stream, values.data(), plane.data, values.size() * sizeof(float));
        plane.data = values.data();
    }
    const Extent e = extents_[node];
    std::vector<float> at;
    for (int y = 0; y < e.height; ++y) {
        for (int x = 0; x < e.width; ++x)
            at.push_back(mask_at(masks, mask, x, y, e.width, e.height));
    }
    return at;
}

/// The masked terms' share of the objective at the last gradient(). Synchronises.
double ExecutionPlan::masked_value(Stream& stream, size_t number) {
    const MaskedNode& masked = masked_[number];
    const Place& place = layout_.places[masked.node];
    const std::vector<float> a = activations(stream, masked.node);
    double sum = 0;
    for (int k = 0; k < masked.masks; ++k) {
        const std::vector<float> mask = mask_values(stream, masked.node, k);
        const size_t first = masked.offset + static_cast<size_t>(k) * masked.coefficients;
        for (size_t i = 0; i < a.size(); ++i) {
            const size_t at = first + place.stored_at[i / mask.size()];
            sum += double{mask[i % mask.size()]} *
                   (0.5 * host_mask_alpha_[at] * a[i] * a[i] + double{host_mask_beta_[at]} * a[i]);
        }
    }
    return sum;
}

}  // namespace reverie
