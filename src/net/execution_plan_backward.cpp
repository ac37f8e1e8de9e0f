// How a plan's backward pass is put together: what comes back from each node's readers, in which
// order, and the gradient of the picture itself.
#include <algorithm>

#include "kernels/conv_forms.h"
#include "kernels/ops.h"
#include "src/net/execution_plan.h"
#include "src/util/error.h"

namespace reverie {
namespace {

PoolKind pool_kind(NodeKind kind) {
    switch (kind) {
        case NodeKind::max_pool:
            return PoolKind::max;
        case NodeKind::average_pool:
            return PoolKind::average;
        case NodeKind::global_average:
            return PoolKind::global_average;
        default:
            return PoolKind::none;
    }
}

/// The data gradient of a strided convolution into few channels, written as a convolution with
/// stride 1: the stride² pixels that share a cell become stride² · 3 output channels (a sub-pixel
/// convolution). With 3 input channels this is many times faster than computing it as what it is.
struct PhaseKernel {
    int size = 0;  ///< of the square kernel
    int pad = 0;   ///< before
    std::vector<float> weights;
};

PhaseKernel make_phase_kernel(const Node& node, const ConvSpec& forward, int stored_channels,
                              int phases_stored, const std::vector<float>& filters) {
    // Input row s·i + a receives from output row o through kernel row a + p − s·(o − i), which must
    // lie in 0 … k−1; columns likewise. The kernel is large enough for both paddings.
    const int s = node.stride, k = node.kernel_height;
    const int first = -floor_div(k - 1 - std::min(forward.pad_top, forward.pad_left), s);
    const int last = floor_div(s - 1 + std::max(forward.pad_top, forward.pad_left), s);
    PhaseKernel kernel{last - first + 1, -first, {}};
    kernel.weights.assign(
        static_cast<size_t>(phases_stored) * stored_channels * kernel.size * kernel.size, 0.0F);
    for (int phase = 0; phase < s * s; ++phase) {
        for (int t = 0; t < kernel.size * kernel.size; ++t) {
            const int ky = phase / s + forward.pad_top - s * (first + t / kernel.size);
            const int kx = phase % s + forward.pad_left - s * (first + t % kernel.size);
            if (ky < 0 || ky >= k || kx < 0 || kx >= k) continue;
            for (int o = 0; o < node.channels; ++o) {
                for (int c = 0; c < kColours; ++c) {
                    const size_t row =
                        static_cast<size_t>(phase * kColours + c) * stored_channels + o;
                    kernel.weights[row * kernel.size * kernel.size + t] =
                        filters[((static_cast<size_t>(o) * kColours + c) * k + ky) * k + kx];
                }
            }
        }
    }
    return kernel;
}

}  // namespace

/// Everything that the finished gradient of `node` needs: the gradients of its readers, the share
/// of the objective, the mask of the ReLU.
void ExecutionPlan::add_backward(int node) {
    std::vector<size_t> convolutions;
    std::vector<const Step*> pools;
    const Step* normalised = nullptr;
    for (size_t i = 0; i < layout_.steps.size(); ++i) {
        const Step& step = layout_.steps[i];
        if (step.input != node || !in_plan_[step.nodes[0]]) continue;
        if (step.kind == NodeKind::convolution)
            convolutions.push_back(i);
        else if (step.kind == NodeKind::lrn)
            normalised = &step;
        else
            pools.push_back(&step);
    }
    // Operations that cannot accumulate go first.
    std::stable_partition(convolutions.begin(), convolutions.end(), [&](size_t i) {
        return graph_.nodes[layout_.steps[i].nodes[0]].stride > 1;
    });
    bool accumulate = false;
    if (normalised != nullptr) {
        const int to = normalised->nodes[0];
        actions_.push_back({graph_.nodes[to].name + " back",
                            {reads(activation_block_, node), reads(gradient_block_, to),
                             writes(gradient_block_, node)},
                            [this, node, to](Stream& stream) {
                                parts_.device->ops().lrn_backward(
                                    stream, activation_of(node), gradient_of(to),
                                    graph_.nodes[to].lrn, gradient_of(node));
                            }});
        accumulate = true;
    }
    for (const size_t step : convolutions) {
        add_convolution_backward(step, accumulate);
        accumulate = true;
    }
    accumulate = add_pulls(node, accumulate);
    const NodeKind kind = graph_.nodes[node].kind;
    const bool masked =
        (kind == NodeKind::convolution && graph_.nodes[node].relu) || kind == NodeKind::concat;
    const std::vector<int>& tops = scope_.nodes;
    const bool wanted = std::find(tops.begin(), tops.end(), node) != tops.end();
    if (pools.empty() && !masked && !wanted && accumulate) return;
    for (size_t i = 0; i + 1 < pools.size(); ++i) {
        throw Error("two pools read " + graph_.nodes[node].name + ": no topology here has that");
    }
    add_finish(node, accumulate, pools.empty() ? nullptr : pools[0]);
    finished_[node] = true;
    if (kind == NodeKind::concat) {
        for (const int part : graph_.nodes[node].inputs) finished_[part] = true;
    }
}

void ExecutionPlan::add_convolution_backward(size_t step_index, bool accumulate) {
    const Step& step = layout_.steps[step_index];
    ConvSpec spec = spec_of(step);
    spec.direction = ConvDirection::backward_data;
    spec.accumulate = accumulate;
    const std::string& name = graph_.nodes[step.nodes[0]].name;
    const size_t conv = make_convolution(spec, name, parts_.filters(step_index).weights, {});
    actions_.push_back({name + (step.nodes.size() > 1 ? "+" : "") + " back " + algorithm_of(conv),
                        with_workspace(conv, {reads_step(gradient_block_, step),
                                              writes(gradient_block_, step.input)}),
                        [this, conv, &step](Stream& stream) {
                            convolve(stream, conv, step_gradient(step).shape.data,
                                     gradient_of(step.input).shape.data);
                        }});
}

void ExecutionPlan::add_finish(int node, bool accumulate, const Step* pool) {
    const Place& place = layout_.places[node];
    std::vector<Use> uses{reads(activation_block_, node), writes(gradient_block_, node)};
    GradientFinish finish;
    finish.accumulate = accumulate;
    const NodeKind kind = graph_.nodes[node].kind;
    const bool masked =
        (kind == NodeKind::convolution && graph_.nodes[node].relu) || kind == NodeKind::concat;
    int pooled = -1;
    if (pool != nullptr) {
        pooled = pool->nodes[0];
        finish.pool = pool_kind(graph_.nodes[pooled].kind);
        finish.window = window_of(graph_.nodes[pooled], extents_[node]);
        uses.push_back(reads(gradient_block_, pooled));
        if (argmax_block_[pooled] >= 0) uses.push_back({argmax_block_[pooled]});
    }
    // The argmax of max pooling carries the mask already (kNoArgmax): where nothing else comes in,
    // x need not be read.
    const bool mask_in_winners = finish.pool == PoolKind::max && !accumulate;
    actions_.push_back({graph_.nodes[node].name + " finish", uses,
                        [this, node, pooled, finish, masked, mask_in_winners, tensor = place.tensor,
                         first = place.first_channel](Stream& stream) mutable {
                            finish.x = activation_of(node);
                            finish.dx = gradient_of(node);
                            if (pooled >= 0) {
                                finish.pool_dy = gradient_of(pooled);
                                if (argmax_block_[pooled] >= 0) {
                                    finish.argmax = reinterpret_cast<const uint8_t*>(
                                        memory_ + planner_.offset(argmax_block_[pooled]));
                                }
                            }
                            const bool tapped = tapped_[tensor] != 0;
                            const size_t offset = coefficient_offset_[tensor] + first;
                            finish.alpha = tapped ? alpha_.data() + offset : nullptr;
                            finish.beta = tapped ? beta_.data() + offset : nullptr;
                            finish.scale = scale_.data();
                            finish.edges = edges_of(node);
                            finish.relu = masked && (tapped || !mask_in_winners);
                            parts_.device->ops().finish_gradient(stream, finish);
                        }});
}

void ExecutionPlan::add_input_gradient(size_t step_index) {
    const Step& step = layout_.steps[step_index];
    const Node& node = graph_.nodes[step.nodes[0]];
    const ConvSpec forward = spec_of(step);
    require(node.kernel_height == node.kernel_width, "the first convolution must be square");
    const int block = parts_.engine->channel_block();
    const int phase_channels = kColours * node.stride * node.stride;
    ConvSpec spec;
    spec.in_channels = forward.out_channels;
    spec.in_height = forward.out_height;
    spec.in_width = forward.out_width;
    spec.in_parent_channels = forward.out_parent_channels;
    spec.out_channels = (phase_channels + block - 1) / block * block;
    spec.out_height = (height_ + node.stride - 1) / node.stride;
    spec.out_width = (width_ + node.stride - 1) / node.stride;
    // The gradient's last sum; half precision has bits enough for it.
    spec.float_output = parts_.engine->type() != DType::f16;
    const PhaseKernel kernel = make_phase_kernel(node, forward, spec.in_channels, spec.out_channels,
                                                 parts_.filters(step_index).weights);
    spec.kernel_height = spec.kernel_width = kernel.size;
    spec.pad_top = spec.pad_left = kernel.pad;
    const size_t conv = make_convolution(spec, node.name + " phases", kernel.weights, {});
    const DType type = spec.float_output ? DType::f32 : parts_.engine->type();
    phases_block_ =
        planner_.add(bytes_of(type) * spec.out_channels * spec.out_height * spec.out_width);
    const Extent extent{spec.out_height, spec.out_width};
    const int channels = spec.out_channels, stride = node.stride;
    actions_.push_back(
        {node.name + " back " + algorithm_of(conv),
         with_workspace(conv, {reads_step(gradient_block_, step), {phases_block_, true}}),
         [this, conv, &step](Stream& stream) {
             convolve(stream, conv, step_gradient(step).shape.data,
                      memory_ + planner_.offset(phases_block_));
         }});
    actions_.push_back(
        {"gradient", {{phases_block_}}, [this, extent, channels, stride, type](Stream& stream) {
             TensorRef phases = at(phases_block_, channels, 0, channels, extent);
             phases.type = type;
             parts_.device->ops().collect_gradient(stream, phases, stride, output_, result_);
             if (scale_.size() > 0) settle(stream);
         }});
}

}  // namespace reverie
