// From the answers of a network's channels to the words for what it thinks it sees.
#pragma once

#include <string>
#include <vector>

#include "src/dream/sight/channel_watch.h"
#include "src/net/channel_names.h"

namespace reverie {

/// How strongly a word is seen in a picture.
struct SeenWord {
    std::string word;
    /// Beside what its channels usually answer: 0: no more than in every other photograph, 1: as in
    /// one of fifty.
    float strength = 0;
    size_t channel = 0;  ///< in the list of names: the one that shows it best
    float x = 0, y = 0;  ///< where that one sees it: 0 … 1 of the picture's width and height
};

/// Of a channel's answer, on SeenWord's scale; 0 where what is usual is not known.
float beside_usual(const ChannelAnswer& answer, const NamedChannel& channel);

/// Each word of `names` that more than the usual speaks for, the strongest first. `answers`: by
/// names.channels(). A word that few of its channels speak for is weaker, so that those that many
/// channels have do not win by their number; a channel's first word counts fully, the others by half.
std::vector<SeenWord> seen_words(const ChannelNames& names,
                                 const std::vector<ChannelAnswer>& answers);

}  // namespace reverie
