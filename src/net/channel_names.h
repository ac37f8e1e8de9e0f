// What people see in a network's channels, in words: "eyes", "dog". A list that somebody wrote after
// looking at the channels' pictures (the atlas), with how sure they were.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reverie {

/// What the largest activation of a channel is in a photograph: of many, the middle one, and what it
/// is or exceeds in one of fifty.
struct UsualAnswer {
    float median = 0, strong = 0;
};

struct NamedChannel {
    std::string layer;  ///< a node's name
    int channel = 0;
    std::vector<std::string> words;  ///< lower case, the likeliest first
    float sure = 1;                  ///< above 0, to 1: of the first word
    int tile = 0;                    ///< its number in the network whose pictures were looked at
    std::optional<UsualAnswer> usual = std::nullopt;  ///< nothing: not known
};

/// What two spellings of a word have in common: lower case, without an English plural's ending.
std::string stem_of(std::string_view word);

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
