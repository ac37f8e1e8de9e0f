// Inception v3: Szegedy et al., "Rethinking the Inception architecture for computer vision", 2015,
// as in the TensorFlow graph of 2015-12-05, or with torchvision's changes. Each module is a table
// of branches; a branch is a chain of convolutions, perhaps behind a pool.
#include "src/net/graph.h"

namespace reverie {
namespace {

struct Link {
    int channels, kernel_height, kernel_width;
    int stride = 1;  ///< 2 means valid padding too, in this network
};

enum class Head : uint8_t { none, average, average_padded, max, max_stride_2 };

struct Branch {
    const char* name;  ///< "" for the module itself
    Head head;
    std::vector<Link> links;
    std::vector<Link>
        fork;  ///< where not empty: all of them read the last link and stand side by side
};

/// "conv", "conv_1", "conv_2", …
std::string numbered(const std::string& base, size_t i) {
    return i == 0 ? base : base + "_" + std::to_string(i);
}

int add_link(GraphBuilder& g, const std::string& name, int x, const Link& link) {
    return g.convolution(name, x, link.channels, link.kernel_height, link.kernel_width, link.stride,
                         link.stride == 2 ? Padding::valid : Padding::same);
}

int add_head(GraphBuilder& g, const std::string& prefix, int x, Head head) {
    switch (head) {
        case Head::none:
            return x;
        case Head::average:
            return g.pool(prefix + "/pool", NodeKind::average_pool, x, 3, 1, Padding::same);
        case Head::average_padded:
            return g.pool(prefix + "/pool", NodeKind::average_pool, x, 3, 1, Padding::same, true);
        case Head::max:
            return g.pool(prefix + "/pool", NodeKind::max_pool, x, 3, 1, Padding::same);
        case Head::max_stride_2:
            return g.pool(prefix + "/pool", NodeKind::max_pool, x, 3, 2, Padding::valid);
    }
    return x;
}

int add_module(GraphBuilder& g, const std::string& module, const std::vector<Branch>& branches,
               int x) {
    std::vector<int> ends;
    for (const Branch& branch : branches) {
        const std::string prefix = *branch.name == '\0' ? module : module + "/" + branch.name;
        int end = add_head(g, prefix, x, branch.head);
        for (size_t i = 0; i < branch.links.size(); ++i) {
            end = add_link(g, prefix + "/" + numbered("conv", i), end, branch.links[i]);
        }
        if (branch.fork.empty()) ends.push_back(end);
        for (size_t i = 0; i < branch.fork.size(); ++i) {
            ends.push_back(
                add_link(g, prefix + "/mixed/" + numbered("conv", i), end, branch.fork[i]));
        }
    }
    return g.concat(module, ends);
}

std::vector<Branch> module_35(Head average, int pool_channels) {
    return {{"", Head::none, {{64, 1, 1}}, {}},
            {"tower", Head::none, {{48, 1, 1}, {64, 5, 5}}, {}},
            {"tower_1", Head::none, {{64, 1, 1}, {96, 3, 3}, {96, 3, 3}}, {}},
            {"tower_2", average, {{pool_channels, 1, 1}}, {}}};
}

std::vector<Branch> module_17(Head average, int c) {
    return {{"", Head::none, {{192, 1, 1}}, {}},
            {"tower", Head::none, {{c, 1, 1}, {c, 1, 7}, {192, 7, 1}}, {}},
            {"tower_1", Head::none, {{c, 1, 1}, {c, 7, 1}, {c, 1, 7}, {c, 7, 1}, {192, 1, 7}}, {}},
            {"tower_2", average, {{192, 1, 1}}, {}}};
}

std::vector<Branch> module_8(Head head) {
    return {{"", Head::none, {{320, 1, 1}}, {}},
            {"tower", Head::none, {{384, 1, 1}}, {{384, 1, 3}, {384, 3, 1}}},
            {"tower_1", Head::none, {{448, 1, 1}, {384, 3, 3}}, {{384, 1, 3}, {384, 3, 1}}},
            {"tower_2", head, {{192, 1, 1}}, {}}};
}

}  // namespace

Graph make_inception_v3(InceptionV3Variant variant) {
    const bool torchvision = variant == InceptionV3Variant::torchvision;
    const Head average = torchvision ? Head::average_padded : Head::average;
    GraphBuilder g(torchvision ? "inception_v3_torchvision" : "inception_v3");
    int x = g.convolution("conv", 0, 32, 3, 3, 2, Padding::valid);
    x = g.convolution("conv_1", x, 32, 3, 3, 1, Padding::valid);
    x = g.convolution("conv_2", x, 64, 3, 3);
    x = g.pool("pool", NodeKind::max_pool, x, 3, 2, Padding::valid);
    x = g.convolution("conv_3", x, 80, 1, 1);
    x = g.convolution("conv_4", x, 192, 3, 3, 1, Padding::valid);
    x = g.pool("pool_1", NodeKind::max_pool, x, 3, 2, Padding::valid);
    x = add_module(g, "mixed", module_35(average, 32), x);
    x = add_module(g, "mixed_1", module_35(average, 64), x);
    x = add_module(g, "mixed_2", module_35(average, 64), x);
    x = add_module(g, "mixed_3",
                   {{"", Head::none, {{384, 3, 3, 2}}, {}},
                    {"tower", Head::none, {{64, 1, 1}, {96, 3, 3}, {96, 3, 3, 2}}, {}},
                    {"tower_1", Head::max_stride_2, {}, {}}},
                   x);
    x = add_module(g, "mixed_4", module_17(average, 128), x);
    x = add_module(g, "mixed_5", module_17(average, 160), x);
    x = add_module(g, "mixed_6", module_17(average, 160), x);
    x = add_module(g, "mixed_7", module_17(average, 192), x);
    x = add_module(
        g, "mixed_8",
        {{"tower", Head::none, {{192, 1, 1}, {320, 3, 3, 2}}, {}},
         {"tower_1", Head::none, {{192, 1, 1}, {192, 1, 7}, {192, 7, 1}, {192, 3, 3, 2}}, {}},
         {"tower_2", Head::max_stride_2, {}, {}}},
        x);
    x = add_module(g, "mixed_9", module_8(average), x);
    x = add_module(g, "mixed_10", module_8(torchvision ? average : Head::max), x);
    x = g.global_average("pool_3", x);
    g.convolution("softmax/logits", x, torchvision ? 1000 : 1008, 1, 1, 1, Padding::same, false);
    return g.take();
}

}  // namespace reverie
