// A network made of channels of a larger one: the mapping of each channel, by hand for a network of
// three convolutions, and for the embedded pair from the shapes and lists in their files.
#include "src/net/kept_channels.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "src/net/safetensors.h"
#include "src/net/weights.h"
#include "src/util/error.h"

namespace reverie {
namespace {

using Shares = std::vector<ChannelShare>;

/// a and b side by side in m, a pool over both, c behind it.
Graph three_convolutions(int a, int b, int c) {
    GraphBuilder g("three");
    const int of_a = g.convolution("a", 0, a, 1, 1);
    const int of_b = g.convolution("b", 0, b, 3, 3);
    const int m = g.concat("m", {of_a, of_b});
    g.convolution("c", g.pool("p", NodeKind::max_pool, m, 3, 2, Padding::ceil), c, 1, 1);
    return g.take();
}

KeptChannels three_kept(const std::string& channels, const std::string& substitutes) {
    return {three_convolutions(2, 3, 7), three_convolutions(5, 4, 7), channels, substitutes, "f: "};
}

TEST(KeptChannels, GoWhereTheirConvolutionGoes) {
    const KeptChannels kept = three_kept(R"({"a":[1,4],"b":[0,2,3]})",
                                         R"({"m":{"0":[4,0.5,1,-2],"6":[0,3]},"gone":{"0":[]}})");
    EXPECT_TRUE(kept.has_parent());
    EXPECT_EQ(kept.from_parent("a", 4), (Shares{{"a", 1, 1}}));
    EXPECT_EQ(kept.from_parent("b", 2), (Shares{{"b", 1, 1}}));
    EXPECT_EQ(kept.from_parent("m", 4), (Shares{{"m", 1, 1}}));
    EXPECT_EQ(kept.from_parent("m", 5 + 3), (Shares{{"m", 2 + 2, 1}}));
    EXPECT_EQ(kept.from_parent("p", 5), (Shares{{"p", 2, 1}}));
    EXPECT_EQ(kept.from_parent("c", 6), (Shares{{"c", 6, 1}})) << "a list that is not there: all";
    // Channels that are gone, in each layer that passes them on.
    EXPECT_EQ(kept.from_parent("m", 0), (Shares{{"m", 4, 0.5F}, {"m", 1, -2}}));
    EXPECT_EQ(kept.from_parent("p", 0), (Shares{{"p", 4, 0.5F}, {"p", 1, -2}}));
    EXPECT_EQ(kept.from_parent("a", 0), (Shares{{"m", 4, 0.5F}, {"a", 1, -2}}));
    EXPECT_EQ(kept.from_parent("b", 1), (Shares{{"m", 0, 3}}));
    // A channel without a substitute, and one that does not exist.
    EXPECT_EQ(kept.from_parent("a", 2), Shares{});
    EXPECT_EQ(kept.from_parent("m", 9), Shares{});
    EXPECT_EQ(kept.from_parent("m", -1), Shares{});
    EXPECT_EQ(kept.from_parent("x", 0), Shares{});
    EXPECT_EQ(kept.to_parent("a", 1), 4);
    EXPECT_EQ(kept.to_parent("m", 1), 4);
    EXPECT_EQ(kept.to_parent("m", 3), 5 + 2);
    EXPECT_EQ(kept.to_parent("p", 4), 5 + 3);
    EXPECT_EQ(kept.to_parent("c", 3), 3);
    EXPECT_THROW(kept.to_parent("m", 5), Error);
    EXPECT_THROW(kept.to_parent("x", 0), Error);
    EXPECT_FALSE(KeptChannels().has_parent());
}

TEST(KeptChannels, DamageIsSaidInOneLine) {
    const std::string sound = R"({"a":[1,4],"b":[0,2,3]})";
    for (const char* channels :
         {"", "[]", "{", R"({"a":[1]})", R"({"a":[1,5]})", R"({"a":[4,1]})", R"({"a":[1,1]})",
          R"({"a":[-1,1]})", R"({"a":[1,18446744073709551615]})", R"({"a":[0,1.5]})",
          R"({"a":"01"})", R"({"b":[0,1,null]})"})
        EXPECT_THROW(three_kept(channels, "{}"), Error) << channels;
    for (const char* substitutes :
         {"", "7", R"({"m":[]})", R"({"m":{"9":[]}})", R"({"m":{"-1":[]}})", R"({"m":{"0x":[]}})",
          R"({"m":{"":[]}})", R"({"m":{"0":[1]}})", R"({"m":{"0":[5,1]}})",
          R"({"m":{"0":[1,"1"]}})", R"({"m":{"0":[1,1e9]}})", R"({"m":{"0":{}}})",
          R"({"m":{"0":[1,1]},"a":{"0":[1,1]}})"})
        EXPECT_THROW(three_kept(sound, substitutes), Error) << substitutes;
    try {
        three_kept(sound, R"({"m":{"0":[5,1]}})");
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(),
                     "f: the metadata substitutes of m are not channels with weights");
    }
}

TEST(KeptChannels, OfTheEmbeddedPairAreThoseOfTheFile) {
    const SafetensorsFile full(REVERIE_ROOT "/weights/googlenet.safetensors");
    const Weights small = load_weights(REVERIE_ROOT "/weights/googlenet_half.safetensors");
    const auto lists = nlohmann::json::parse(small.metadata.at("channels"));
    for (const char* module : {"3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"}) {
        const std::string layer = std::string("inception_") + module;
        std::vector<int> of_parent;  // of each of the small one's channels
        int first = 0;
        for (const char* branch : {"/1x1", "/3x3", "/5x5", "/pool_proj"}) {
            for (const int channel : lists[layer + branch].get<std::vector<int>>())
                of_parent.push_back(first + channel);
            first += static_cast<int>(full.shape(layer + branch + ".bias")[0]);
        }
        const std::set<int> there(of_parent.begin(), of_parent.end());
        ASSERT_EQ(there.size(), of_parent.size());
        for (int i = 0; i < static_cast<int>(of_parent.size()); ++i) {
            EXPECT_EQ(small.kept.from_parent(layer, of_parent[i]), (Shares{{layer, i, 1}}));
            EXPECT_EQ(small.kept.to_parent(layer, i), of_parent[i]);
        }
        for (int channel = 0; channel < first; ++channel) {
            if (there.count(channel) != 0) continue;
            const Shares shares = small.kept.from_parent(layer, channel);
            ASSERT_FALSE(shares.empty()) << layer << ":" << channel << " has no substitute";
            for (const ChannelShare& share : shares) {
                EXPECT_EQ(share.layer, layer);
                EXPECT_LT(share.channel, static_cast<int>(of_parent.size()));
                EXPECT_NE(share.weight, 0);
            }
        }
    }
}

}  // namespace
}  // namespace reverie
