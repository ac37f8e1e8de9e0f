#include "src/net/execution_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "kernels/ops.h"
#include "src/util/error.h"

namespace reverie {

ExecutionPlan::~ExecutionPlan() = default;

ExecutionPlan::ExecutionPlan(NetworkParts& parts, int width, int height, PlanScope scope)
    : ExecutionPlan(parts, width, height, std::move(scope), Purpose::run) {}

size_t ExecutionPlan::memory_for(NetworkParts& parts, int width, int height, PlanScope scope) {
    return ExecutionPlan(parts, width, height, std::move(scope), Purpose::measure).memory_bytes();
}

ExecutionPlan::ExecutionPlan(NetworkParts& parts, int width, int height, PlanScope scope,
                             Purpose purpose)
    : parts_(parts),
      graph_(parts.weights.graph),
      layout_(parts.layout),
      width_(width),
      height_(height),
      purpose_(purpose),
      scope_(std::move(scope)),
      extents_(graph_.infer(width, height)) {
    choose_nodes();
    prepare_guides();
    prepare_masks();
    const size_t tensors = layout_.tensor_channels.size();
    const size_t value_bytes = bytes_of(parts_.engine->type());
    size_t coefficients = 0;
    // A tensor without a node of the plan may have no extent.
    std::vector<bool> planned(tensors);
    for (size_t node = 1; node < graph_.nodes.size(); ++node) {
        if (in_plan_[node]) planned[layout_.places[node].tensor] = true;
    }
    for (size_t t = 0; t < tensors; ++t) {
        const Extent e = extents_[layout_.tensor_node[t]];
        const size_t bytes =
            planned[t] ? value_bytes * layout_.tensor_channels[t] * e.height * e.width : 0;
        activation_block_.push_back(planner_.add(bytes));
        gradient_block_.push_back(planner_.add(bytes));
        coefficient_offset_.push_back(coefficients);
        coefficients += layout_.tensor_channels[t];
    }
    argmax_block_.assign(graph_.nodes.size(), -1);
    tapped_.assign(tensors, 0);
    finished_.assign(graph_.nodes.size(), false);
    for (const Step& step : layout_.steps) {
        if (step.input == 0) picture_stride_ = graph_.nodes[step.nodes[0]].stride;
    }
    const Tensor<void> input =
        parts_.engine->picture(nullptr, height, width, picture_stride_).tensor.shape;
    input_block_ = planner_.add(value_bytes * input.blocks * input.block_channels *
                                static_cast<size_t>(input.width) * input.height);

    for (size_t i = 0; i < layout_.steps.size(); ++i) {
        if (in_plan_[layout_.steps[i].nodes[0]]) add_forward(layout_.steps[i], i);
    }
    forward_actions_ = actions_.size();
    for (int node = static_cast<int>(graph_.nodes.size()) - 1; node > 0; --node) {
        if (in_plan_[node] && concat_of_[node] < 0) add_backward(node);
    }
    for (size_t i = 0; i < layout_.steps.size(); ++i) {
        if (layout_.steps[i].input == 0 && in_plan_[layout_.steps[i].nodes[0]])
            add_input_gradient(i);
    }
    plan_memory();
    if (purpose_ == Purpose::measure) return;
    make_events();
    host_guide_weights_.assign(guided_.size() * kGuideWeights, 0.0F);
    guide_weights_ = Buffer<float>(*parts_.device, std::max<size_t>(host_guide_weights_.size(), 1));
    mask_alpha_ = Buffer<float>(*parts_.device, std::max<size_t>(host_mask_alpha_.size(), 1));
    mask_beta_ = Buffer<float>(*parts_.device, std::max<size_t>(host_mask_beta_.size(), 1));
    host_alpha_.assign(coefficients, 0.0F);
    host_beta_.assign(coefficients, 0.0F);
    alpha_ = Buffer<float>(*parts_.device, coefficients);
    beta_ = Buffer<float>(*parts_.device, coefficients);
    loss_ = Buffer<float>(*parts_.device, 1);
    if (parts_.engine->type() != DType::f16) return;
    scale_ = Buffer<GradientScale>(*parts_.device, 1);
    gradient_sum_ = Buffer<float>(*parts_.device, 1);
}

void ExecutionPlan::choose_nodes() {
    in_plan_.assign(graph_.nodes.size(), false);
    for (const int node : scope_.nodes) in_plan_[node] = true;
    std::vector<int> step_of(graph_.nodes.size(), -1);
    for (size_t i = 0; i < layout_.steps.size(); ++i) {
        for (const int node : layout_.steps[i].nodes) step_of[node] = static_cast<int>(i);
    }
    for (int node = static_cast<int>(graph_.nodes.size()) - 1; node > 0; --node) {
        if (!in_plan_[node]) continue;
        for (const int input : graph_.nodes[node].inputs) in_plan_[input] = true;
        if (step_of[node] < 0) continue;
        for (const int member : layout_.steps[step_of[node]].nodes) in_plan_[member] = true;
    }
    concat_of_.assign(graph_.nodes.size(), -1);
    for (size_t node = 1; node < graph_.nodes.size(); ++node) {
        if (!in_plan_[node]) continue;
        const Extent e = extents_[node];
        require(e.height > 0 && e.width > 0,
                fmt::format("a picture of {}x{} is too small for {}; try a larger --size, fewer "
                            "octaves or a layer before it",
                            width_, height_, graph_.nodes[node].name));
        if (graph_.nodes[node].kind != NodeKind::concat) continue;
        for (const int input : graph_.nodes[node].inputs)
            concat_of_[input] = static_cast<int>(node);
    }
}

/// A block stays reserved as long as an action that uses it may run.
void ExecutionPlan::plan_memory() {
    std::vector<std::vector<Use>> uses;
    for (const Action& action : actions_) uses.push_back(action.uses);
    schedule_ = Schedule(uses, parts_.streams());
    const int count = static_cast<int>(actions_.size());
    for (int action = 0; action < count; ++action) {
        const Schedule::Interval interval = schedule_.interval(action);
        for (const Use& use : uses[action]) {
            planner_.touch(use.block, interval.first);
            planner_.touch(use.block, interval.last);
        }
    }
    // Activations stay to the end: objective_value() and activations() look at them after the last
    // action.
    for (size_t node = 1; node < graph_.nodes.size(); ++node) {
        if (in_plan_[node]) planner_.touch(activation_block_[layout_.places[node].tensor], count);
    }
    memory_bytes_ = planner_.solve();
    if (purpose_ == Purpose::run) fit_workspaces();
}

void ExecutionPlan::make_events() {
    Device& device = *parts_.device;
    for (size_t i = 0; i < actions_.size(); ++i) {
        if (schedule_.turn(static_cast<int>(i)).awaited) actions_[i].done = device.make_event();
    }
    for (int k = 1; k < schedule_.streams(); ++k) stream_done_.push_back(device.make_event());
}

Use ExecutionPlan::reads(const std::vector<int>& block_of_tensor, int node) const {
    const Place& p = layout_.places[node];
    return {block_of_tensor[p.tensor], false, p.first_channel, p.channels};
}

Use ExecutionPlan::writes(const std::vector<int>& block_of_tensor, int node) const {
    Use use = reads(block_of_tensor, node);
    use.write = true;
    return use;
}

/// All values that the nodes of a step hold, side by side.
Use ExecutionPlan::reads_step(const std::vector<int>& block_of_tensor, const Step& step) const {
    Use use = reads(block_of_tensor, step.nodes[0]);
    use.channels = step_channels(step);
    return use;
}

TensorRef ExecutionPlan::at(int block, int parent_channels, int first, int channels,
                            Extent extent) const {
    return parts_.engine->slice(memory_ + planner_.offset(block), parent_channels, first, channels,
                                extent.height, extent.width);
}

TensorRef ExecutionPlan::activation_of(int node) const {
    const Place& p = layout_.places[node];
    return at(activation_block_[p.tensor], layout_.tensor_channels[p.tensor], p.first_channel,
              p.channels, extents_[node]);
}

TensorRef ExecutionPlan::gradient_of(int node) const {
    const Place& p = layout_.places[node];
    return at(gradient_block_[p.tensor], layout_.tensor_channels[p.tensor], p.first_channel,
              p.channels, extents_[node]);
}

int ExecutionPlan::step_channels(const Step& step) const {
    int channels = 0;
    for (const int node : step.nodes) channels += layout_.places[node].channels;
    return channels;
}

TensorRef ExecutionPlan::step_gradient(const Step& step) const {
    const Place& p = layout_.places[step.nodes[0]];
    return at(gradient_block_[p.tensor], layout_.tensor_channels[p.tensor], p.first_channel,
              step_channels(step), extents_[step.nodes[0]]);
}

PoolWindow window_of(const Node& node, Extent in) {
    const auto pad = [&](int size) {
        return fit_window(size, node.kernel_height, node.stride, node.padding).pad;
    };
    return {node.kernel_height, node.stride, pad(in.height), pad(in.width), node.count_padding};
}

void ExecutionPlan::add_forward(const Step& step, size_t index) {
    if (step.kind == NodeKind::convolution) return add_convolution(step, index);
    const int from = step.input, to = step.nodes[0];
    const Node& node = graph_.nodes[to];
    const PoolWindow window = window_of(node, extents_[from]);
    std::vector<Use> uses{reads(activation_block_, from), writes(activation_block_, to)};
    if (step.kind == NodeKind::max_pool) {
        const Extent e = extents_[to];
        argmax_block_[to] =
            planner_.add(static_cast<size_t>(layout_.places[to].channels) * e.height * e.width);
        uses.push_back({argmax_block_[to], true});
    }
    actions_.push_back(
        {node.name, uses, [this, from, to, window, kind = step.kind](Stream& stream) {
             LayerOps& ops = parts_.device->ops();
             const TensorRef x = activation_of(from), y = activation_of(to);
             if (kind == NodeKind::max_pool) {
                 auto* argmax =
                     reinterpret_cast<uint8_t*>(memory_ + planner_.offset(argmax_block_[to]));
                 ops.max_pool(stream, x, window, y, argmax);
             } else if (kind == NodeKind::average_pool) {
                 ops.average_pool(stream, x, window, y);
             } else if (kind == NodeKind::global_average) {
                 ops.global_average(stream, x, y);
             } else {
                 ops.lrn(stream, x, graph_.nodes[to].lrn, y);
             }
         }});
}

/// border_px_ in pixels of a node's output, at least 1, at most a third of it.
int ExecutionPlan::border_of(int node) const {
    if (border_px_ == 0) return 0;
    const Extent e = extents_[node];
    const int cells = std::max(1, border_px_ * e.width / width_);
    return std::min(cells, std::min(e.height, e.width) / 3);
}

void ExecutionPlan::set_taps(Stream& stream, const std::vector<Tap>& taps, int border_px) {
    if (taps == taps_ && border_px == border_px_) return;  // the device has them already
    taps_.clear();                                         // for as long as what follows may throw
    border_px_ = border_px;
    std::fill(host_alpha_.begin(), host_alpha_.end(), 0.0F);
    std::fill(host_beta_.begin(), host_beta_.end(), 0.0F);
    std::fill(host_guide_weights_.begin(), host_guide_weights_.end(), 0.0F);
    std::fill(host_mask_alpha_.begin(), host_mask_alpha_.end(), 0.0F);
    std::fill(host_mask_beta_.begin(), host_mask_beta_.end(), 0.0F);
    for (MaskedNode& masked : masked_) masked.masks = 0;
    for (GuidedNode& guided : guided_) guided.masks = 0;
    std::fill(tapped_.begin(), tapped_.end(), 0);
    tapped_nodes_.clear();
    for (const Tap& tap : taps) set_tap(tap);
    std::sort(tapped_nodes_.begin(), tapped_nodes_.end());
    tapped_nodes_.erase(std::unique(tapped_nodes_.begin(), tapped_nodes_.end()),
                        tapped_nodes_.end());
    parts_.device->upload(stream, alpha_.data(), host_alpha_.data(), alpha_.bytes());
    parts_.device->upload(stream, beta_.data(), host_beta_.data(), beta_.bytes());
    if (!guided_.empty()) {
        parts_.device->upload(stream, guide_weights_.data(), host_guide_weights_.data(),
                              guide_weights_.bytes());
    }
    if (!masked_.empty()) {
        parts_.device->upload(stream, mask_alpha_.data(), host_mask_alpha_.data(),
                              mask_alpha_.bytes());
        parts_.device->upload(stream, mask_beta_.data(), host_mask_beta_.data(),
                              mask_beta_.bytes());
    }
    if (scale_.size() > 0) scale_gradients(stream);
    taps_ = taps;
}

void ExecutionPlan::set_tap(const Tap& tap) {
    require(finished_[tap.node], "the plan does not reach " + graph_.nodes[tap.node].name);
    require(tap.mask < kMostMasks, fmt::format("an objective has at most {} masks", kMostMasks));
    const Place& place = layout_.places[tap.node];
    const Extent e = extents_[tap.node];
    const float pixels = static_cast<float>(e.height) * static_cast<float>(e.width);
    const float elements = pixels * static_cast<float>(graph_.nodes[tap.node].channels);
    if (tap.rule == TapRule::guide) {
        const size_t number = guided_number(tap.node);
        guided_[number].masks = std::max(guided_[number].masks, tap.mask + 1);
        host_guide_weights_[number * kGuideWeights + 1 + tap.mask] += tap.weight / elements;
        return;
    }
    float* alpha = host_alpha_.data() + coefficient_offset_[place.tensor] + place.first_channel;
    float* beta = host_beta_.data() + coefficient_offset_[place.tensor] + place.first_channel;
    if (tap.mask >= 0) {
        MaskedNode& masked = masked_[masked_number(tap.node)];
        const size_t first = masked.offset + static_cast<size_t>(tap.mask) * masked.coefficients;
        masked.masks = std::max(masked.masks, tap.mask + 1);
        alpha = host_mask_alpha_.data() + first;
        beta = host_mask_beta_.data() + first;
    } else {
        tapped_[place.tensor] = 1;
        // A concat and its parts share coefficients: they are counted once, as a whole.
        tapped_nodes_.push_back(concat_of_[tap.node] >= 0 ? concat_of_[tap.node] : tap.node);
    }
    if (tap.channel >= 0) {
        beta[place.stored_at[tap.channel]] += tap.weight / pixels;
    } else if (tap.rule == TapRule::guide_mean) {
        const std::vector<float>& mean = parts_.guides.at(tap.node).mean;
        for (size_t c = 0; c < mean.size(); ++c)
            beta[place.stored_at[c]] += tap.weight / elements * mean[c];
    } else {
        for (const int at : place.stored_at) alpha[at] += 2 * tap.weight / elements;
    }
}

/// The largest coefficient becomes kLargest: far from both ends of half precision, with room above
/// for activations that are large and for sums.
void ExecutionPlan::scale_gradients(Stream& stream) {
    constexpr float kLargest = 1.0F;
    float largest = 0;
    for (const std::vector<float>* values :
         {&host_alpha_, &host_beta_, &host_mask_alpha_, &host_mask_beta_}) {
        for (const float v : *values) largest = std::max(largest, std::abs(v));
    }
    for (size_t i = 0; i < host_guide_weights_.size(); ++i)
        largest = std::max(largest,
                           std::abs(host_guide_weights_[i]) * guided_[i / kGuideWeights].largest);
    const float base = largest > 0 ? std::exp2(std::floor(std::log2(kLargest / largest))) : 1.0F;
    if (base == gradient_base_) return;
    // What the device has learned about this network (which engines are fastest) also holds for
    // another objective.
    if (gradient_base_ == 0) {
        const GradientScale fresh{base};
        parts_.device->upload(stream, scale_.data(), &fresh, sizeof fresh);
    } else {
        parts_.device->upload(stream, &scale_.data()->base, &base, sizeof base);
    }
    gradient_base_ = base;
}

void ExecutionPlan::gradient(Stream& stream, Pixels<const float> rgb, int shift_x, int shift_y,
                             Pixels<float> gradient) {
    input_ = parts_.weights.input;
    input_.shift_x = shift_x;
    input_.shift_y = shift_y;
    output_ = input_;
    picture_ = rgb;
    result_ = gradient;
    run(stream, actions_.size());
}

void ExecutionPlan::gradient(Stream& stream, Pixels<const float> rgb, const Roll* roll,
                             Pixels<float> gradient) {
    input_ = parts_.weights.input;
    input_.roll = roll;
    output_ = input_;
    picture_ = rgb;
    result_ = gradient;
    run(stream, actions_.size());
}

void ExecutionPlan::tile_gradient(Stream& stream, Pixels<const float> rgb, int origin_x,
                                  int origin_y, Pixels<float> gradient) {
    output_ = parts_.weights.input;
    input_ = output_;
    input_.shift_x = -origin_x;
    input_.shift_y = -origin_y;
    picture_ = rgb;
    result_ = gradient;
    run(stream, actions_.size());
}

/// Queues the first `actions` of the plan, each on its stream; work that the caller queues
/// afterwards waits for all of them.
void ExecutionPlan::run(Stream& stream, size_t actions) {
    std::vector<bool> used(schedule_.streams(), false);
    const auto stream_of = [&](int k) -> Stream& {
        return k == 0 ? stream : *parts_.side_streams[k - 1];
    };
    for (size_t i = 0; i < actions; ++i) {
        const Schedule::Turn& turn = schedule_.turn(static_cast<int>(i));
        Stream& on = stream_of(turn.stream);
        for (const int other : turn.after) on.wait_on(*actions_[other].done);
        actions_[i].run(on);
        if (turn.awaited) actions_[i].done->record(on);
        used[turn.stream] = true;
    }
    for (int k = 1; k < schedule_.streams(); ++k) {
        if (!used[k]) continue;
        stream_done_[k - 1]->record(stream_of(k));
        stream.wait_on(*stream_done_[k - 1]);
    }
}

/// Undoes the scale of half precision. Where a value has overflowed, all becomes 0.
void ExecutionPlan::settle(Stream& stream) {
    Ops& ops = parts_.device->ops();
    ops.absolute_sum(stream, result_, gradient_sum_.data());
    ops.settle_gradient(stream, gradient_sum_.data(), scale_.data(), result_);
}

std::vector<double> ExecutionPlan::profile(Stream& stream, Pixels<const float> rgb,
                                           Pixels<float> gradient) {
    const std::unique_ptr<StreamTimer> timer = parts_.device->make_timer();
    input_ = output_ = parts_.weights.input;
    picture_ = rgb;
    result_ = gradient;
    std::vector<double> times_ms;
    for (const Action& action : actions_) {
        timer->begin(stream);
        action.run(stream);
        timer->end(stream);
        times_ms.push_back(timer->ms());
    }
    return times_ms;
}

std::vector<std::string> ExecutionPlan::description() const {
    std::vector<std::string> lines;
    for (const Action& action : actions_) lines.push_back(action.name);
    return lines;
}

double ExecutionPlan::objective_value(Stream& stream) {
    double sum = 0;
    for (const int node : tapped_nodes_) {
        const Place& place = layout_.places[node];
        const size_t offset = coefficient_offset_[place.tensor] + place.first_channel;
        parts_.device->ops().objective_value(stream, activation_of(node), alpha_.data() + offset,
                                             beta_.data() + offset, loss_.data());
        float loss = 0;
        parts_.device->download(stream, &loss, loss_.data(), sizeof loss);
        sum += loss;
    }
    for (size_t i = 0; i < guided_.size(); ++i) sum += guide_value(stream, i);
    for (size_t i = 0; i < masked_.size(); ++i) sum += masked_value(stream, i);
    return sum;
}

}  // namespace reverie
