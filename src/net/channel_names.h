// What people see in a network's channels, in words: "eyes", "dog". A list that somebody wrote after
// looking at the channels' pictures (the atlas), with how sure they were.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace reverie {

struct NamedChannel {
    std::string layer;  ///< a node's name
    int channel = 0;
    std::vector<std::string> words;  ///< lower case, the likeliest first
    float sure = 1;                  ///< above 0, to 1: of the first word
};

class ChannelNames {
  public:
    ChannelNames() = default;
    explicit ChannelNames(std::vector<NamedChannel> channels) : channels_(std::move(channels)) {}

    const std::vector<NamedChannel>& channels() const { return channels_; }
    /// Those that a word names, in the order of the list. Upper case and an English plural make no
    /// difference.
    std::vector<NamedChannel> find(std::string_view word) const;
    /// All words, each once, sorted.
    std::vector<std::string> words() const;

  private:
    std::vector<NamedChannel> channels_;
};

}  // namespace reverie
