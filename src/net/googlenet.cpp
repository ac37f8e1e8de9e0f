// GoogLeNet: Szegedy et al., "Going deeper with convolutions", 2014, table 1, and how the published
// networks differ from it. A branch keeps its name where a variant changes its kernel.
#include <algorithm>

#include "src/net/graph.h"

namespace reverie {
namespace {

struct Module {
    const char* name;
    int one, reduce3, three, reduce5, five,
        projection;  ///< #1×1, #3×3 reduce, #3×3, #5×5 reduce, #5×5, pool proj
};

constexpr Module kModules[] = {
    {"inception_3a", 64, 96, 128, 16, 32, 32},     {"inception_3b", 128, 128, 192, 32, 96, 64},
    {"inception_4a", 192, 96, 208, 16, 48, 64},    {"inception_4b", 160, 112, 224, 24, 64, 64},
    {"inception_4c", 128, 128, 256, 24, 64, 64},   {"inception_4d", 112, 144, 288, 32, 64, 64},
    {"inception_4e", 256, 160, 320, 32, 128, 128}, {"inception_5a", 256, 160, 320, 32, 128, 128},
    {"inception_5b", 384, 192, 384, 48, 128, 128},
};

/// What differs in a variant.
struct Details {
    const char* architecture;
    Padding convolution, pool;  ///< of what has stride 2
    int kernel_five;            ///< of the branch 5x5
    int kernel_pool4;
    int classes;
};

Details details_of(GoogLeNetVariant variant) {
    switch (variant) {
        case GoogLeNetVariant::bvlc:
            break;
        case GoogLeNetVariant::inception5h:
            return {"inception5h", Padding::centred, Padding::centred, 5, 3, 1008};
        case GoogLeNetVariant::torchvision:
            return {"googlenet_torchvision", Padding::same, Padding::ceil, 3, 2, 1000};
        case GoogLeNetVariant::half:
            return {"googlenet_half", Padding::same, Padding::ceil, 5, 3, 1000};
    }
    return {"googlenet", Padding::same, Padding::ceil, 5, 3, 1000};
}

/// A width of the half network: whole blocks of 16, the most that a CPU's convolution takes at
/// once.
int half_of(int channels) { return std::max(16, (channels / 2 + 15) / 16 * 16); }

/// inception5h is narrower in one place and wider in another, the half network everywhere.
Module module_of(const Module& published, GoogLeNetVariant variant) {
    Module m = published;
    if (variant == GoogLeNetVariant::half) {
        for (int Module::*width : {&Module::one, &Module::reduce3, &Module::three, &Module::reduce5,
                                   &Module::five, &Module::projection})
            m.*width = half_of(m.*width);
    }
    if (variant != GoogLeNetVariant::inception5h) return m;
    const std::string name = m.name;
    if (name == "inception_4a") m.three = 204;
    if (name == "inception_5a") m.reduce5 = 48;
    return m;
}

int add_module(GraphBuilder& g, const Module& m, int kernel_five, int x) {
    const std::string name = m.name;
    const int one = g.convolution(name + "/1x1", x, m.one, 1, 1);
    const int reduce3 = g.convolution(name + "/3x3_reduce", x, m.reduce3, 1, 1);
    const int three = g.convolution(name + "/3x3", reduce3, m.three, 3, 3);
    const int reduce5 = g.convolution(name + "/5x5_reduce", x, m.reduce5, 1, 1);
    const int five = g.convolution(name + "/5x5", reduce5, m.five, kernel_five, kernel_five);
    const int pool = g.pool(name + "/pool", NodeKind::max_pool, x, 3, 1, Padding::same);
    const int projection = g.convolution(name + "/pool_proj", pool, m.projection, 1, 1);
    return g.concat(name, {one, three, five, projection});
}

}  // namespace

Graph make_googlenet(const std::optional<LrnConstants>& lrn, GoogLeNetVariant variant) {
    const Details d = details_of(variant);
    GraphBuilder g(d.architecture);
    const auto width = [variant](int channels) {
        return variant == GoogLeNetVariant::half ? half_of(channels) : channels;
    };
    int x = g.convolution("conv1/7x7_s2", 0, width(64), 7, 7, 2, d.convolution);
    x = g.pool("pool1/3x3_s2", NodeKind::max_pool, x, 3, 2, d.pool);
    if (lrn) x = g.lrn("pool1/norm1", x, *lrn);
    x = g.convolution("conv2/3x3_reduce", x, width(64), 1, 1);
    x = g.convolution("conv2/3x3", x, width(192), 3, 3);
    if (lrn) x = g.lrn("conv2/norm2", x, *lrn);
    x = g.pool("pool2/3x3_s2", NodeKind::max_pool, x, 3, 2, d.pool);
    for (const Module& m : kModules) {
        const std::string name = m.name;
        if (name == "inception_4a") x = g.pool("pool3/3x3_s2", NodeKind::max_pool, x, 3, 2, d.pool);
        if (name == "inception_5a")
            x = g.pool("pool4/3x3_s2", NodeKind::max_pool, x, d.kernel_pool4, 2, d.pool);
        x = add_module(g, module_of(m, variant), d.kernel_five, x);
    }
    // The published classifier sees a 7×7 map; over the mean of a map of any size it is a 1×1
    // convolution.
    x = g.global_average("pool5/7x7_s1", x);
    g.convolution("loss3/classifier", x, d.classes, 1, 1, 1, Padding::same, false);
    return g.take();
}

}  // namespace reverie
