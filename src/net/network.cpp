#include "src/net/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "src/net/execution_plan.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr size_t kPlansKept = 48;

bool can_be_tapped(NodeKind kind) {
    return kind == NodeKind::convolution || kind == NodeKind::concat ||
           kind == NodeKind::max_pool || kind == NodeKind::average_pool;
}

/// Marks all nodes that `node` is computed from.
void mark_ancestors(const Graph& graph, int node, std::vector<bool>& marked) {
    for (const int input : graph.nodes[node].inputs) {
        if (marked[input]) continue;
        marked[input] = true;
        mark_ancestors(graph, input, marked);
    }
}

/// Other spellings of a name, likeliest first.
std::vector<std::string> aliases(const std::string& name) {
    std::vector<std::string> spellings{name};
    constexpr std::string_view kOutput = "/output";
    if (name.size() > kOutput.size() && name.ends_with(kOutput)) {
        spellings.push_back(name.substr(0, name.size() - kOutput.size()));
    }
    if (!name.empty() && name[0] >= '3' && name[0] <= '5') {
        for (size_t i = 0, plain = spellings.size(); i < plain; ++i)
            spellings.push_back("inception_" + spellings[i]);
    }
    if (name == "conv1") spellings.emplace_back("conv1/7x7_s2");
    if (name == "conv2") spellings.emplace_back("conv2/3x3");
    return spellings;
}

}  // namespace

std::vector<LayerInfo> layers_of(const Graph& graph) {
    const std::vector<ReceptiveField> fields = graph.fields();
    std::vector<LayerInfo> layers;
    for (size_t i = 1; i < graph.nodes.size(); ++i) {
        const Node& node = graph.nodes[i];
        if (!can_be_tapped(node.kind)) continue;
        layers.push_back({node.name, node.kind, static_cast<int>(i), node.channels, fields[i]});
    }
    return layers;
}

const LayerInfo* find_layer(const std::vector<LayerInfo>& layers, const std::string& name) {
    for (const std::string& spelling : aliases(name)) {
        for (const LayerInfo& layer : layers) {
            if (layer.name == spelling) return &layer;
        }
    }
    return nullptr;
}

Network::Network(Device& device, const std::filesystem::path& weights, DType type, ConvKind kind)
    : kind_(kind) {
    parts_.device = &device;
    parts_.weights = load_weights(weights);
    parts_.engine = device.make_conv_engine(type, kind);
    parts_.layout = make_layout(parts_.weights.graph, parts_.engine->channel_block());
    for (int i = 1; i < device.info().parallel_streams; ++i)
        parts_.side_streams.push_back(device.make_stream());
    layers_ = layers_of(parts_.weights.graph);
}

Network::~Network() {
    parts_.stopping = true;
    if (prepared_.result.valid()) prepared_.result.wait();
}

const LayerInfo& Network::find(const std::string& name) const {
    if (const LayerInfo* layer = find_layer(layers_, name)) return *layer;
    const std::string in = "; `reverie list layers` names all";
    for (const std::string& spelling : aliases(name)) {
        const auto& absent = parts_.weights.absent;
        if (std::find(absent.begin(), absent.end(), spelling) == absent.end()) continue;
        throw Error(fmt::format("layer {} is beyond these weights, which end at {}{}", spelling,
                                parts_.weights.graph.deepest_layer(), in));
    }
    std::vector<std::string> names;
    for (const LayerInfo& layer : layers_) names.push_back(layer.name);
    throw Error("unknown layer '" + name + "' in " + parts_.weights.graph.architecture +
                did_you_mean(name, names, in));
}

Tap Network::tap(const std::string& layer, int channel, float weight) const {
    const LayerInfo& info = find(layer);
    if (channel < -1 || channel >= info.channels) {
        throw Error(fmt::format("{} has no channel {}; it has channels 0 to {}", info.name, channel,
                                info.channels - 1));
    }
    return {info.node, channel, weight};
}

int Network::classes() const {
    const std::vector<Node>& nodes = parts_.weights.graph.nodes;
    const Node& last = nodes.back();
    const bool classifies = last.kind == NodeKind::convolution &&
                            nodes[last.inputs[0]].kind == NodeKind::global_average &&
                            parts_.weights.filters.contains(last.name);
    return classifies ? last.channels : 0;
}

std::vector<Tap> Network::class_taps(int number, float weight) const {
    require(number >= 0 && number < classes(), "a class that the network does not have");
    const std::vector<Node>& nodes = parts_.weights.graph.nodes;
    const Node& classifier = nodes.back();
    const int seen = nodes[classifier.inputs[0]].inputs[0];
    const std::vector<float>& filters = parts_.weights.filters.at(classifier.name).weights;
    const int channels = nodes[seen].channels;
    std::vector<Tap> taps;
    for (int c = 0; c < channels; ++c) {
        const float share = filters[static_cast<size_t>(number) * channels + c];
        taps.push_back({.node = seen, .channel = c, .weight = weight * share});
    }
    return taps;
}

Tap Network::guide_tap(const std::string& layer, TapRule rule, float weight) const {
    Tap tap = this->tap(layer, -1, weight);
    require(!guides_.empty(),
            fmt::format("guide({}) has no picture to follow; try --guide PICTURE", layer));
    tap.rule = rule;
    return tap;
}

void Network::set_guides(std::vector<GuidePicture> pictures) {
    take_prepared(true);
    prepared_ = {};
    const std::lock_guard lock(making_);
    plans_.clear();
    parts_.guides.clear();
    guides_ = std::move(pictures);
}

/// What each guide shows at the layers of these taps, by a forward pass each.
void Network::learn_guides(const std::vector<Tap>& taps) {
    for (const Tap& tap : taps) {
        if (tap.rule == TapRule::own || parts_.guides.contains(tap.node)) continue;
        require(!guides_.empty(), "there is no guide; try --guide PICTURE");
        const std::unique_ptr<Stream> stream = parts_.device->make_stream();
        std::vector<std::vector<float>> activations;
        for (const GuidePicture& guide : guides_) {
            const std::unique_ptr<ExecutionPlan> plan =
                make_plan(guide.width, guide.height, {{tap.node}, {}, {}});
            const Buffer<char> memory(*parts_.device, plan->memory_bytes());
            plan->set_memory(memory.data());
            const Image rgb(*parts_.device, guide.width, guide.height, kColours);
            parts_.device->upload(*stream, rgb.view().data, guide.rgb.data(),
                                  guide.rgb.size() * sizeof(float));
            plan->forward(*stream, rgb);
            activations.push_back(plan->activations(*stream, tap.node));
        }
        const auto layer = std::find_if(layers_.begin(), layers_.end(), [&](const LayerInfo& each) {
            return each.node == tap.node;
        });
        GuideFeatures features = collect_features(activations, layer->channels,
                                                  GuideFeatures::most(layer->field.stride));
        const std::lock_guard lock(making_);
        parts_.guides.emplace(tap.node, std::move(features));
    }
}

PlanScope Network::scope_of(const std::vector<Tap>& taps) const {
    const Graph& graph = parts_.weights.graph;
    std::vector<bool> below(graph.nodes.size(), false);
    for (const Tap& tap : taps) mark_ancestors(graph, tap.node, below);
    PlanScope scope;
    for (const Tap& tap : taps) {
        // The gradient of a pool is computed only where the pool is tapped.
        const NodeKind kind = graph.nodes[tap.node].kind;
        const bool always = kind != NodeKind::convolution && kind != NodeKind::concat;
        if (!below[tap.node] || always) scope.nodes.push_back(tap.node);
        if (tap.rule == TapRule::guide)
            scope.guided.push_back(tap.node);
        else if (tap.mask >= 0)
            scope.masked.push_back(tap.node);
    }
    for (std::vector<int>* nodes : {&scope.nodes, &scope.guided, &scope.masked}) {
        std::sort(nodes->begin(), nodes->end());
        nodes->erase(std::unique(nodes->begin(), nodes->end()), nodes->end());
    }
    return scope;
}

void Network::require_picture(int width, int height, const std::vector<Tap>& taps) const {
    require(!taps.empty(), "the objective is empty: nothing to dream");
    require(width > 0 && height > 0,
            fmt::format("a picture of {}x{} has no pixels", width, height));
}

ExecutionPlan& Network::plan(int width, int height, const std::vector<Tap>& taps) {
    require_picture(width, height, taps);
    learn_guides(taps);
    const PlanScope scope = scope_of(taps);
    try {
        return ready_plan(width, height, scope);
    } catch (const OutOfMemory&) {
        wanted_bytes_ = ExecutionPlan::memory_for(parts_, width, height, scope);
        throw;
    }
}

ExecutionPlan& Network::ready_plan(int width, int height, const PlanScope& scope) {
    take_prepared(prepared_.is(width, height, scope));
    if (has_failed(width, height, scope))
        std::rethrow_exception(std::exchange(prepared_.error, nullptr));
    if (!knows(width, height, scope)) keep(make_plan(width, height, scope));
    const auto known = std::find_if(plans_.begin(), plans_.end(), [&](const auto& p) {
        return p->width() == width && p->height() == height && p->scope() == scope;
    });
    std::rotate(plans_.begin(), known, known + 1);
    ExecutionPlan& plan = *plans_.front();
    if (plan.memory_bytes() > arena_.size()) {
        arena_ = Buffer<char>();
        arena_ = Buffer<char>(*parts_.device, plan.memory_bytes());
    }
    plan.set_memory(arena_.data());
    plan.set_masks({}, 0);
    return plan;
}

std::unique_ptr<ExecutionPlan> Network::make_plan(int width, int height, const PlanScope& scope) {
    const std::lock_guard lock(making_);
    return std::make_unique<ExecutionPlan>(parts_, width, height, scope);
}

bool Network::knows(int width, int height, const PlanScope& scope) const {
    return std::any_of(plans_.begin(), plans_.end(), [&](const auto& p) {
        return p->width() == width && p->height() == height && p->scope() == scope;
    });
}

void Network::keep(std::unique_ptr<ExecutionPlan> plan) {
    plans_.insert(plans_.begin(), std::move(plan));
    if (plans_.size() > kPlansKept) plans_.pop_back();
}

/// Takes over the plan that was made in the background: if it is ready, or after waiting for it.
void Network::take_prepared(bool wait) {
    std::future<Prepared::Result>& result = prepared_.result;
    if (!result.valid()) return;
    if (!wait && result.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return;
    Prepared::Result made = result.get();
    prepared_.error = made.error;
    if (made.plan != nullptr) keep(std::move(made.plan));
}

bool Network::has_failed(int width, int height, const PlanScope& scope) const {
    return prepared_.error != nullptr && prepared_.is(width, height, scope);
}

void Network::prepare(int width, int height, const std::vector<Tap>& taps) {
    require_picture(width, height, taps);
    take_prepared(false);
    learn_guides(taps);
    const PlanScope scope = scope_of(taps);
    const bool there = knows(width, height, scope) || has_failed(width, height, scope);
    if (prepared_.result.valid() || there) return;
    const auto make = [=, this]() -> Prepared::Result {
        // On the device that will run it: how a convolution is divided is fixed when it is made.
        parts_.device->limit_threads(parts_.device->info().threads);
        try {
            return {make_plan(width, height, scope), nullptr};
        } catch (...) {
            return {nullptr, std::current_exception()};
        }
    };
    prepared_ = {width, height, scope, nullptr, std::async(std::launch::async, make)};
}

bool Network::ready(int width, int height, const std::vector<Tap>& taps) {
    require_picture(width, height, taps);
    take_prepared(false);
    learn_guides(taps);
    const PlanScope scope = scope_of(taps);
    return knows(width, height, scope) || has_failed(width, height, scope);
}

void Network::make_do(const std::function<void()>& work) {
    while (true) {
        try {
            return work();
        } catch (const OutOfMemory& error) {
            if (!take_less(error)) throw;
        }
    }
}

bool Network::take_less(const OutOfMemory& error) {
    const size_t taken = std::max(arena_.size(), std::exchange(wanted_bytes_, 0));
    take_prepared(false);
    if (!prepared_.result.valid()) prepared_ = {};
    plans_.clear();
    arena_ = {};
    // What could not be had is still to come, beside them.
    const size_t limit = std::min(taken, parts_.device->free_memory()) / 4 * 3;
    if (taken == 0 || limit >= memory_limit_) return false;
    memory_limit_ = limit;
    shortage_ = error.what();
    return true;
}

size_t Network::memory_needed(int width, int height, const std::vector<Tap>& taps) {
    require_picture(width, height, taps);
    learn_guides(taps);
    return ExecutionPlan::memory_for(parts_, width, height, scope_of(taps));
}

}  // namespace reverie
