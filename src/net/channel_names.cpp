#include "src/net/channel_names.h"

#include <algorithm>
#include <cctype>
#include <set>

namespace reverie {

std::string stem_of(std::string_view word) {
    std::string stem;
    for (const char c : word)
        stem += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (stem.size() <= 3 || stem.back() != 's') return stem;
    if (stem.ends_with("ies")) return stem.substr(0, stem.size() - 3) + "y";
    const bool hissed = stem.ends_with("ches") || stem.ends_with("shes") || stem.ends_with("xes");
    return stem.substr(0, stem.size() - (hissed ? 2 : 1));
}

std::vector<NamedChannel> ChannelNames::find(std::string_view word) const {
    const std::string stem = stem_of(word);
    std::vector<NamedChannel> found;
    for (const NamedChannel& channel : channels_) {
        const bool named =
            std::any_of(channel.words.begin(), channel.words.end(),
                        [&](const std::string& each) { return stem_of(each) == stem; });
        if (named) found.push_back(channel);
    }
    return found;
}

std::vector<std::string> ChannelNames::words() const {
    std::set<std::string> all;
    for (const NamedChannel& channel : channels_)
        all.insert(channel.words.begin(), channel.words.end());
    return {all.begin(), all.end()};
}

}  // namespace reverie
