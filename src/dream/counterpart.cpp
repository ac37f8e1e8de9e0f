#include "src/dream/counterpart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "src/util/error.h"

namespace reverie {
namespace {

bool has(const Network& network, const Term& term) {
    try {
        network.tap(term.layer, term.channel, term.weight);
        return true;
    } catch (const Error&) {
        return false;
    }
}

const LayerInfo& nearest(const LayerInfo& layer, const Network& to) {
    const auto nearer = [&](const LayerInfo& a, const LayerInfo& b) {
        const auto distance = [&](const LayerInfo& other) {
            const double kind = other.kind == layer.kind ? 0 : 1e3;  // only where there is no other
            return kind + std::abs(std::log(static_cast<double>(other.field.size) /
                                            static_cast<double>(layer.field.size)));
        };
        return distance(a) < distance(b);
    };
    return *std::min_element(to.layers().begin(), to.layers().end(), nearer);
}

Term translated(const Term& term, const Network& network) {
    static const std::vector<LayerInfo> googlenet = layers_of(make_googlenet({}));
    const LayerInfo* layer = find_layer(googlenet, term.layer);
    const bool speaks_it = find_layer(network.layers(), "inception_3a") != nullptr;
    const bool one_channel = term.channel >= 0;
    if (layer == nullptr || find_layer(network.layers(), term.layer) != nullptr ||
        (speaks_it && one_channel)) {
        network.tap(term.layer, term.channel, term.weight);  // throws what is amiss
        return term;
    }
    if (one_channel) {
        throw Error(fmt::format(
            "{}:{} is a channel of GoogLeNet, and {} has no such; try whole layers, or --weights "
            "embedded",
            layer->name, term.channel, network.weights().graph.architecture));
    }
    return {nearest(*layer, network).name, -1, term.weight};
}

}  // namespace

Objective counterpart(const Objective& objective, const Network& from, const Network& to) {
    Objective result;
    for (const Term& term : objective.terms) {
        add(result,
            has(to, term) ? term : Term{nearest(from.find(term.layer), to).name, -1, term.weight});
    }
    std::erase_if(result.terms, [](const Term& term) { return term.weight == 0; });
    return result;
}

Objective translated(const Objective& objective, const Network& network) {
    Objective result;
    for (const Term& term : objective.terms) add(result, translated(term, network));
    return result;
}

}  // namespace reverie
