#include "src/control/mixer.h"

#include <algorithm>

namespace reverie {

void Mixer::follow(const Objective& objective,
                   const std::function<std::string(const std::string&)>& full_name,
                   bool keep_silent) {
    if (objective == seen_ || objective == said_) {
        seen_ = objective;
        return;
    }
    seen_ = said_ = objective;
    const Mixer before = *this;
    strips_.clear();
    for (const Term& term : objective.terms) {
        // Two spellings of one layer are one strip.
        strip(full_name ? full_name(term.layer) : term.layer, term.channel).weight += term.weight;
    }
    if (!keep_silent) return;
    for (Strip& strip : strips_) strip.solo = before.at(strip.layer, strip.channel).solo;
    // Who is heard is not silenced by one who was alone.
    if (!std::all_of(strips_.begin(), strips_.end(), [](const Strip& s) { return s.solo; })) {
        for (Strip& strip : strips_) strip.solo = false;
    }
    const bool alone = any_solo();
    const size_t heard = strips_.size();
    for (const Strip& old : before.strips_) {
        const bool there = std::any_of(
            strips_.begin(), strips_.begin() + static_cast<std::ptrdiff_t>(heard),
            [&](const Strip& s) { return s.layer == old.layer && s.channel == old.channel; });
        if (!there && !old.solo && (old.muted || alone)) strips_.push_back(old);
    }
}

Mixer::Strip Mixer::at(const std::string& layer, int channel) const {
    for (const Strip& strip : strips_) {
        if (strip.layer == layer && strip.channel == channel) return strip;
    }
    return {.layer = layer, .channel = channel};
}

std::vector<int> Mixer::channels_of(const std::string& layer) const {
    std::vector<int> channels;
    for (const Strip& strip : strips_) {
        if (strip.layer == layer && strip.channel >= 0) channels.push_back(strip.channel);
    }
    std::sort(channels.begin(), channels.end());
    return channels;
}

bool Mixer::any_solo() const {
    return std::any_of(strips_.begin(), strips_.end(), [](const Strip& s) { return s.solo; });
}

bool Mixer::is_heard(const Strip& strip) const {
    return !strip.muted && (strip.solo || !any_solo());
}

Mixer::Strip& Mixer::strip(const std::string& layer, int channel) {
    for (Strip& strip : strips_) {
        if (strip.layer == layer && strip.channel == channel) return strip;
    }
    return strips_.emplace_back(Strip{.layer = layer, .channel = channel});
}

void Mixer::set_weight(const std::string& layer, int channel, float weight) {
    strip(layer, channel).weight = weight;
}

void Mixer::set_muted(const std::string& layer, int channel, bool muted) {
    strip(layer, channel).muted = muted;
}

void Mixer::set_solo(const std::string& layer, int channel, bool solo) {
    strip(layer, channel).solo = solo;
}

void Mixer::remove(const std::string& layer, int channel) {
    std::erase_if(strips_,
                  [&](const Strip& s) { return s.layer == layer && s.channel == channel; });
}

void Mixer::clear() { strips_.clear(); }

Objective Mixer::objective() {
    said_ = {};
    for (const Strip& strip : strips_) {
        if (strip.weight != 0 && is_heard(strip))
            said_.terms.push_back({strip.layer, strip.channel, strip.weight});
    }
    return said_;
}

}  // namespace reverie
