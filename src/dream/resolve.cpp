// What an objective's terms are in a network: layers, channels, words and guides as taps.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "src/dream/dreamer.h"
#include "src/dream/masks/mask_name.h"
#include "src/util/error.h"

namespace reverie {
namespace {

/// The channels that a word names, together as strong as one term.
std::vector<Tap> taps_of_word(const Network& network, const std::string& word, float weight) {
    const std::vector<NamedChannel> named = network.names().find(word);
    if (named.empty()) {
        const std::vector<std::string> words = network.names().words();
        require(!words.empty(),
                fmt::format("word:{}: no channel of this network is named; try layers and "
                            "channels, or --weights embedded",
                            word));
        throw Error(fmt::format(
            "word:{}: no channel is called that{}", word,
            did_you_mean(word, words, "; `reverie list channels --find` shows all words")));
    }
    float sum = 0;
    for (const NamedChannel& channel : named) sum += channel.sure;
    std::vector<Tap> taps;
    for (const NamedChannel& channel : named)
        taps.push_back(network.tap(channel.layer, channel.channel, weight * channel.sure / sum));
    return taps;
}

/// "#117", or a name of the labels.
int number_of_class(const Network& network, const std::string& name) {
    const std::string numbers = fmt::format("class:#0 to class:#{}", network.classes() - 1);
    int number = 0;
    if (name.starts_with('#')) {
        const auto [end, status] =
            std::from_chars(name.data() + 1, name.data() + name.size(), number);
        require(status == std::errc() && number < network.classes(),
                fmt::format("class:{}: these weights have {}", name, numbers));
        return number;
    }
    const ClassLabels& labels = network.labels();
    require(!labels.empty(),
            fmt::format("class:{}: these weights have no labels; try {}, or write a label a line "
                        "into {}",
                        name, numbers,
                        std::filesystem::path(network.weights().path)
                            .replace_extension(".labels.txt")
                            .string()));
    const std::vector<int> found = labels.find(name);
    if (found.empty())
        throw Error(fmt::format("class:{}: no class is called that{}", name,
                                did_you_mean(name, labels.names(),
                                             "; `reverie list channels --find` shows all words")));
    if (found.size() > 1)
        throw Error(
            fmt::format("class:{}: {} classes are called that; try class:#{} ({}) or "
                        "class:#{} ({})",
                        name, found.size(), found[0], labels.label(found[0]), found[1],
                        labels.label(found[1])));
    return found[0];
}

std::vector<Tap> taps_of_class(const Network& network, const std::string& name, float weight) {
    require(network.classes() > 0,
            fmt::format("class:{}: these weights have no classifier (they end at {}); try "
                        "--weights with one{}",
                        name, network.weights().graph.deepest_layer(),
                        name.starts_with('#') ? "" : ", or word:" + name));
    return network.class_taps(number_of_class(network, name), weight);
}

}  // namespace

std::vector<Tap> resolve(const Network& network, const Term& term) {
    const Subject subject = subject_of(term);
    if (const std::optional<MaskName> mask = read_mask_name(subject.mask);
        mask && mask->kind == MaskKind::picture) {
        std::error_code unknown;
        require(
            std::filesystem::is_regular_file(mask->file, unknown),
            fmt::format("@{}: there is no such file for a mask; try its whole path", mask->file));
    }
    switch (subject.kind) {
        case Subject::Kind::layer:
            break;
        case Subject::Kind::word:
            return taps_of_word(network, subject.name, term.weight);
        case Subject::Kind::of_class:
            return taps_of_class(network, subject.name, term.weight);
        case Subject::Kind::guide:
            return {network.guide_tap(subject.name, TapRule::guide, term.weight)};
        case Subject::Kind::guide_mean:
            return {network.guide_tap(subject.name, TapRule::guide_mean, term.weight)};
    }
    return {network.tap(subject.name, term.channel, term.weight)};
}

std::vector<Tap> resolve(const Network& network, const Objective& objective) {
    std::vector<Tap> taps;
    const std::vector<std::string> masks = masks_of(objective);
    require(masks.size() <= kMostMasks,
            fmt::format("there are {} masks in the objective, and {} is the most", masks.size(),
                        kMostMasks));
    for (const Term& term : objective.terms) {
        const auto mask = std::find(masks.begin(), masks.end(), subject_of(term).mask);
        for (Tap tap : resolve(network, term)) {
            tap.mask = mask == masks.end() ? -1 : static_cast<int>(mask - masks.begin());
            taps.push_back(tap);
        }
    }
    return taps;
}

}  // namespace reverie
