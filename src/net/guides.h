// Guide pictures: what a network sees in them, layer by layer, as features that a dream is pulled
// towards. google/deepdream's notebook of 2015 ("Controlling dreams"): at each place, the guide's
// feature that the picture's own one has the largest dot product with.
#pragma once

#include <string>
#include <vector>

namespace reverie {

/// A picture of the user's, small already.
struct GuidePicture {
    int width = 0, height = 0;
    std::vector<float> rgb;  ///< planes R, G, B, 0 … 255
};

/// Features of all guides at one layer, channels in the user's order.
struct GuideFeatures {
    /// Places of the guides beyond this number are left out evenly, which bounds what a step costs:
    /// the fewer of them, the more places the layer itself has. `stride`: the layer's, px.
    static constexpr int most(int stride) { return 16 * (stride < 16 ? stride : 16); }
    int channels = 0;
    std::vector<float> values;  ///< one row of channels a place
    std::vector<float> mean;    ///< of all places, those that were left out too; one a channel
    std::string key;            ///< differs from that of all other features in this process
    int count() const { return static_cast<int>(values.size()) / channels; }
};

/// From a layer's activations on each guide: channels × places each, of which at most `most` are
/// kept. Throws Error if there are none.
GuideFeatures collect_features(const std::vector<std::vector<float>>& activations, int channels,
                               int most);

}  // namespace reverie
