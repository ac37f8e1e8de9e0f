#include "src/dream/sight/word_strengths.h"

#include <algorithm>
#include <map>

#include "src/util/error.h"

namespace reverie {
namespace {

constexpr float kLaterWord = 0.5F;  // of what a channel's first word counts
constexpr size_t kWitnesses = 3;    // channels whose mean is a word's strength
constexpr float kMost = 3;          // of one channel, that it does not speak for all

struct Witness {
    float strength = 0;
    size_t channel = 0;
};

/// A word, however it is spelled.
struct Spoken {
    std::string word;  ///< as its first channel spells it
    std::vector<Witness> witnesses;
};

}  // namespace

float beside_usual(const ChannelAnswer& answer, const NamedChannel& channel) {
    if (!channel.usual) return 0;
    const float range = channel.usual->strong - channel.usual->median;
    if (range <= 0) return 0;
    return std::clamp((answer.peak - channel.usual->median) / range, 0.0F, kMost);
}

std::vector<SeenWord> seen_words(const ChannelNames& names,
                                 const std::vector<ChannelAnswer>& answers) {
    const std::vector<NamedChannel>& channels = names.channels();
    require(answers.size() == channels.size(), "an answer for each named channel is needed");
    std::map<std::string, Spoken> all;  // by stem
    for (size_t i = 0; i < channels.size(); ++i) {
        const float strength = channels[i].sure * beside_usual(answers[i], channels[i]);
        float share = 1;
        for (const std::string& word : channels[i].words) {
            Spoken& spoken = all[stem_of(word)];
            if (spoken.word.empty()) spoken.word = word;
            spoken.witnesses.push_back({share * strength, i});
            share = kLaterWord;
        }
    }
    std::vector<SeenWord> seen;
    for (auto& [stem, spoken] : all) {
        std::vector<Witness>& heard = spoken.witnesses;
        std::stable_sort(heard.begin(), heard.end(), [](const Witness& a, const Witness& b) {
            return a.strength > b.strength;
        });
        float sum = 0;
        for (size_t i = 0; i < std::min(heard.size(), kWitnesses); ++i) sum += heard[i].strength;
        const ChannelAnswer& best = answers[heard[0].channel];
        if (sum > 0)
            seen.push_back({spoken.word, sum / kWitnesses, heard[0].channel, best.x, best.y});
    }
    std::stable_sort(seen.begin(), seen.end(),
                     [](const SeenWord& a, const SeenWord& b) { return a.strength > b.strength; });
    return seen;
}

}  // namespace reverie
