#include "src/dream/objective_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "src/dream/dreamer.h"
#include "src/util/error.h"

namespace reverie {
namespace {

bool has(const Network& network, const Term& term) {
    try {
        resolve(network, term);
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

const std::vector<LayerInfo>& googlenet_layers() {
    static const std::vector<LayerInfo> layers = layers_of(make_googlenet({}));
    return layers;
}

/// `term`, one channel of the parent's, as a sum of what the network was made of; empty where that
/// has nothing for it.
std::vector<Term> own_terms(const Term& term, const Network& network) {
    const LayerInfo* layer = find_layer(network.layers(), term.layer);
    if (layer == nullptr) return {};
    std::vector<Term> terms;
    for (const ChannelShare& share : network.weights().kept.from_parent(layer->name, term.channel))
        terms.push_back({share.layer == layer->name ? term.layer : share.layer, share.channel,
                         term.weight * share.weight});
    return terms;
}

bool is_of_parent(const Term& term, const Network& network) {
    return term.channel >= 0 && network.weights().kept.has_parent() &&
           find_layer(googlenet_layers(), term.layer) != nullptr;
}

/// A term of `from` that `to` lacks, at the layer that is nearest to its own: a channel, a word and
/// a class become all of it.
Term elsewhere(const Term& term, const Network& from, const Network& to) {
    const int node = resolve(from, term)[0].node;
    const auto layer = std::find_if(from.layers().begin(), from.layers().end(),
                                    [&](const LayerInfo& each) { return each.node == node; });
    Term mapped{nearest(*layer, to).name, -1, term.weight};
    const Subject subject = subject_of(term);
    if (subject.kind == Subject::Kind::guide || subject.kind == Subject::Kind::guide_mean)
        mapped.layer = name_of({subject.kind, mapped.layer});
    return mapped;
}

std::vector<Term> from_portable(const Term& term, const Network& network) {
    if (subject_of(term).kind != Subject::Kind::layer) {
        resolve(network, term);  // throws what is amiss
        return {term};
    }
    const LayerInfo* layer = find_layer(googlenet_layers(), term.layer);
    const bool has_layer = find_layer(network.layers(), term.layer) != nullptr;
    if (is_of_parent(term, network) && has_layer) {
        std::vector<Term> own = own_terms(term, network);
        require(!own.empty() || term.channel < layer->channels,
                fmt::format("{} has no channel {}; it has channels 0 to {}", layer->name,
                            term.channel, layer->channels - 1));
        require(!own.empty(),
                fmt::format("{}:{} is a channel that {} has not kept, and nothing stands in for "
                            "it; try whole layers, or --weights embedded",
                            layer->name, term.channel, network.weights().graph.architecture));
        return own;
    }
    const bool speaks_it = find_layer(network.layers(), "inception_3a") != nullptr;
    const bool one_channel = term.channel >= 0;
    if (layer == nullptr || has_layer || (speaks_it && one_channel)) {
        network.tap(term.layer, term.channel, term.weight);  // throws what is amiss
        return {term};
    }
    if (one_channel) {
        throw Error(fmt::format(
            "{}:{} is a channel of GoogLeNet, and {} has no such; try whole layers, or --weights "
            "embedded",
            layer->name, term.channel, network.weights().graph.architecture));
    }
    return {{nearest(*layer, network).name, -1, term.weight}};
}

}  // namespace

Objective map_objective(const Objective& objective, const Network& from, const Network& to) {
    Objective result;
    for (const Term& masked : to_portable(objective, from).terms) {
        const std::string mask = subject_of(masked).mask;
        const Term term = everywhere(masked);
        std::vector<Term> mapped{term};
        if (is_of_parent(term, to))
            mapped = own_terms(term, to);
        else if (!has(to, term))
            mapped.clear();
        if (mapped.empty()) mapped = {elsewhere(term, from, to)};
        for (const Term& one : mapped) add(result, at_mask(one, mask));
    }
    std::erase_if(result.terms, [](const Term& term) { return term.weight == 0; });
    return result;
}

Objective from_portable(const Objective& objective, const Network& network) {
    Objective result;
    for (const Term& term : objective.terms) {
        for (const Term& own : from_portable(everywhere(term), network))
            add(result, at_mask(own, subject_of(term).mask));
    }
    return result;
}

Objective to_portable(const Objective& objective, const Network& network) {
    const KeptChannels& kept = network.weights().kept;
    Objective result;
    for (const Term& masked : objective.terms) {
        Term term = everywhere(masked);
        if (is_of_parent(term, network) && has(network, term))
            term.channel = kept.to_parent(network.find(term.layer).name, term.channel);
        add(result, at_mask(term, subject_of(masked).mask));
    }
    return result;
}

std::string substitution_note(const Objective& objective, const Network& network) {
    std::string missing;
    for (const Term& masked : objective.terms) {
        const Term term = everywhere(masked);
        if (!is_of_parent(term, network)) continue;
        const std::vector<Term> own = own_terms(term, network);
        const bool kept = own.size() == 1 && to_portable({own}, network).terms[0] == term;
        if (own.empty() || kept) continue;
        missing += fmt::format("{}{}:{}", missing.empty() ? "" : ", ", term.layer, term.channel);
    }
    if (missing.empty()) return "";
    return fmt::format("{} has not kept {}: channels that see much the same stand in",
                       network.weights().graph.architecture, missing);
}

}  // namespace reverie
