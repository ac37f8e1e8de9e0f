#include "src/dream/sight/impression.h"

#include <algorithm>
#include <cmath>

namespace reverie {
namespace {

constexpr float kGone = 0.02F;       // of a strength: not to be seen any more
constexpr float kForgotten = 0.01F;  // of a smoothed one: not followed any more

/// Of a distance that is left after `dt_s`.
float left_after(double dt_s, double constant_s) {
    return static_cast<float>(std::exp(-std::max(dt_s, 0.0) / constant_s));
}

}  // namespace

const Impression::Followed* Impression::followed(const std::string& word) const {
    const auto found = followed_.find(word);
    return found == followed_.end() ? nullptr : &found->second;
}

/// The same word, or another one for the same picture.
bool Impression::is_shown(const Followed& waits) const {
    return std::any_of(places_.begin(), places_.end(), [&](const Place& place) {
        const ShownWord& shown = place.shown;
        return !shown.word.empty() &&
               (shown.word == waits.last.word || shown.channel == waits.last.channel);
    });
}

void Impression::follow(const std::vector<SeenWord>& seen, double dt_s) {
    const float kept = followed_.empty() ? 0 : left_after(dt_s, kFollowS);
    for (auto& [word, each] : followed_) each.strength *= kept;
    for (const SeenWord& word : seen) {
        Followed& each = followed_[word.word];
        each.strength += (1 - kept) * word.strength;
        each.last = word;
    }
    std::erase_if(followed_, [](const auto& each) { return each.second.strength < kForgotten; });
}

void Impression::see(const std::vector<SeenWord>& seen, double dt_s) {
    follow(seen, dt_s);
    for (Place& place : places_) {
        const Followed* const now = followed(place.shown.word);
        place.leaves = now == nullptr || now->strength < kStay;
    }
    fill_places();
}

/// Words that wait take places that are empty, and send away those that are much weaker.
void Impression::fill_places() {
    std::vector<const Followed*> waiting;
    for (const auto& [word, each] : followed_) {
        if (each.strength >= kAppear) waiting.push_back(&each);
    }
    std::stable_sort(waiting.begin(), waiting.end(), [](const Followed* a, const Followed* b) {
        return a->strength > b->strength;
    });
    size_t leaving = 0;
    for (const Place& place : places_) leaving += place.leaves && !place.shown.word.empty();
    for (const Followed* next : waiting) {
        if (is_shown(*next)) continue;
        const auto empty = std::find_if(places_.begin(), places_.end(),
                                        [](const Place& p) { return p.shown.word.empty(); });
        if (empty != places_.end()) {
            *empty = {{next->last.word, 0, next->last.channel, next->last.x, next->last.y}, false};
            continue;
        }
        if (leaving > 0) {  // it will have that place
            --leaving;
            continue;
        }
        const auto strength = [this](const Place& place) {
            const Followed* const now = followed(place.shown.word);
            return place.leaves || now == nullptr ? INFINITY : now->strength;
        };
        const auto weakest = std::min_element(
            places_.begin(), places_.end(),
            [&](const Place& a, const Place& b) { return strength(a) < strength(b); });
        if (weakest == places_.end() || next->strength < kStronger * strength(*weakest)) return;
        weakest->leaves = true;
    }
}

void Impression::advance(double dt_s) {
    const float left = left_after(dt_s, kEaseS);
    bool free = false;
    for (Place& place : places_) {
        ShownWord& shown = place.shown;
        if (shown.word.empty()) continue;
        const Followed* const now = followed(shown.word);
        const float goal =
            place.leaves || now == nullptr ? 0 : std::clamp(now->strength, 0.0F, 1.0F);
        shown.strength = goal + left * (shown.strength - goal);
        if (now != nullptr) {
            shown.x = now->last.x + left * (shown.x - now->last.x);
            shown.y = now->last.y + left * (shown.y - now->last.y);
        }
        if (!place.leaves || shown.strength > kGone) continue;
        shown = {};
        free = true;
    }
    if (free) fill_places();
}

std::vector<ShownWord> Impression::shown() const {
    std::vector<ShownWord> all;
    for (const Place& place : places_) all.push_back(place.shown);
    return all;
}

std::vector<std::string> Impression::words() const {
    std::vector<ShownWord> all = shown();
    std::stable_sort(all.begin(), all.end(), [](const ShownWord& a, const ShownWord& b) {
        return a.strength > b.strength;
    });
    std::vector<std::string> words;
    for (const ShownWord& each : all) {
        if (!each.word.empty()) words.push_back(each.word);
    }
    return words;
}

}  // namespace reverie
