// What an objective's terms are in a network: layers, channels, words and guides as taps.
#include <fmt/format.h>

#include "src/dream/dreamer.h"
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

}  // namespace

std::vector<Tap> resolve(const Network& network, const Term& term) {
    const Subject subject = subject_of(term);
    switch (subject.kind) {
        case Subject::Kind::layer:
            break;
        case Subject::Kind::word:
            return taps_of_word(network, subject.name, term.weight);
        case Subject::Kind::guide:
            return {network.guide_tap(subject.name, TapRule::guide, term.weight)};
        case Subject::Kind::guide_mean:
            return {network.guide_tap(subject.name, TapRule::guide_mean, term.weight)};
    }
    return {network.tap(term.layer, term.channel, term.weight)};
}

std::vector<Tap> resolve(const Network& network, const Objective& objective) {
    std::vector<Tap> taps;
    for (const Term& term : objective.terms) {
        for (const Tap& tap : resolve(network, term)) taps.push_back(tap);
    }
    return taps;
}

}  // namespace reverie
