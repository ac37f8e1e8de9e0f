// The convolutions of a plan, and the memory that they work in.
//
// A workspace is a block of the plan's memory that lives as long as its convolution runs, so that it
// is counted and shared like any other. What a plan takes is asked for without making it: then each
// workspace has the most that the engine may want. A plan that is made has what was wanted, and
// never takes more than was said.
#include <utility>

#include "kernels/ops.h"
#include "src/net/execution_plan.h"
#include "src/util/error.h"

namespace reverie {

size_t ExecutionPlan::make_convolution(const ConvSpec& spec, const std::string& key,
                                       const std::vector<float>& weights,
                                       const std::vector<float>& bias) {
    Convolution made;
    const size_t most = parts_.engine->most_workspace_bytes(spec);
    if (most > 0) made.workspace_block = planner_.add(most);
    if (purpose_ == Purpose::run) {
        if (parts_.stopping) throw Interrupted("a plan was given up");
        made.conv = parts_.engine->make(spec, key, weights, bias);
        require(made.conv->workspace_bytes() <= most,
                "a convolution wants more memory than its engine said");
    }
    convolutions_.push_back(std::move(made));
    return convolutions_.size() - 1;
}

std::string ExecutionPlan::algorithm_of(size_t convolution) const {
    const Conv* const conv = convolutions_[convolution].conv.get();
    return conv != nullptr ? conv->algorithm() : "";
}

std::vector<Use> ExecutionPlan::with_workspace(size_t convolution, std::vector<Use> uses) const {
    const int block = convolutions_[convolution].workspace_block;
    if (block >= 0) uses.push_back({block, true});
    return uses;
}

void ExecutionPlan::convolve(Stream& stream, size_t convolution, const void* in, void* out) {
    const Convolution& made = convolutions_[convolution];
    const bool works = made.conv->workspace_bytes() > 0;
    made.conv->run(stream, in, out,
                   works ? memory_ + planner_.offset(made.workspace_block) : nullptr);
}

/// Smaller blocks may lie worse, in theory: then they stay as large as was said.
void ExecutionPlan::fit_workspaces() {
    MemoryPlanner fitted = planner_;
    for (const Convolution& made : convolutions_) {
        if (made.workspace_block >= 0)
            fitted.resize(made.workspace_block, made.conv->workspace_bytes());
    }
    const size_t bytes = fitted.solve();
    if (bytes > memory_bytes_) return;
    planner_ = std::move(fitted);
    memory_bytes_ = bytes;
}

ConvSpec ExecutionPlan::spec_of(const Step& step) const {
    const Node& node = graph_.nodes[step.nodes[0]];
    const Extent in = extents_[step.input], out = extents_[step.nodes[0]];
    ConvSpec spec;
    spec.picture_input = step.input == 0;
    spec.in_channels = spec.picture_input ? kColours : layout_.places[step.input].channels;
    spec.in_height = in.height;
    spec.in_width = in.width;
    spec.out_channels = step_channels(step);
    spec.out_height = out.height;
    spec.out_width = out.width;
    spec.kernel_height = node.kernel_height;
    spec.kernel_width = node.kernel_width;
    spec.stride = node.stride;
    spec.pad_top = fit_window(in.height, node.kernel_height, node.stride, node.padding).pad;
    spec.pad_left = fit_window(in.width, node.kernel_width, node.stride, node.padding).pad;
    spec.relu = node.relu;
    spec.in_parent_channels =
        spec.picture_input ? kColours : layout_.tensor_channels[layout_.places[step.input].tensor];
    spec.out_parent_channels = layout_.tensor_channels[layout_.places[step.nodes[0]].tensor];
    return spec;
}

void ExecutionPlan::add_convolution(const Step& step, size_t index) {
    const Filters& filters = parts_.filters(index);
    const Node& node = graph_.nodes[step.nodes[0]];
    const size_t conv = make_convolution(spec_of(step), node.name, filters.weights, filters.bias);
    const Extent out = extents_[step.nodes[0]];
    for (const int member : step.nodes) {
        flop_ += 2.0 * 2.0 * graph_.nodes[member].channels * graph_.nodes[step.input].channels *
                 node.kernel_height * node.kernel_width * out.height * out.width;
    }
    if (step.input == 0) {
        actions_.push_back({"input", {{input_block_, true}}, [this](Stream& stream) {
                                char* const data = memory_ + planner_.offset(input_block_);
                                parts_.device->ops().prepare_input(
                                    stream, picture_, input_,
                                    parts_.engine->picture(data, height_, width_, picture_stride_));
                            }});
    }
    const int from = step.input, to = step.nodes[0];
    Use written = reads_step(activation_block_, step);
    written.write = true;
    actions_.push_back(
        {node.name + (step.nodes.size() > 1 ? "+" : "") + " " + algorithm_of(conv),
         with_workspace(conv,
                        {from == 0 ? Use{input_block_} : reads(activation_block_, from), written}),
         [this, conv, from, to](Stream& stream) {
             const void* x = from == 0 ? memory_ + planner_.offset(input_block_)
                                       : activation_of(from).shape.data;
             convolve(stream, conv, x, activation_of(to).shape.data);
         }});
}

}  // namespace reverie
