// What can be known about cuDNN without a GPU: the graph of every convolution of every topology is
// described and accepted, in every way that the engine would try; wrong shapes are refused; and,
// where the properties of real GPUs have been noted in tests/data, there is an engine for each.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <vector>

#include "kernels/cuda/cudnn_route.h"
#include "tests/support/recorded_plan.h"

namespace reverie {
namespace {

const std::vector<const char*> kArchitectureNames{
    "googlenet",   "googlenet_half", "googlenet_torchvision",
    "inception5h", "inception_v3",   "inception_v3_torchvision"};
/// Architectures whose convolutions have all shapes.
const std::vector<const char*> kFewArchitectures{"googlenet", "inception_v3"};
/// cuDNN takes a third of a second to answer, so only one graph in this many is asked about: of a
/// GPU whose properties were read off it, and of one that is described from public figures.
constexpr size_t kAskedOf = 7, kAskedOfDescribed = 41;

struct Size {
    int width, height;
};
const std::vector<Size> kSizes{{321, 187}, {1952, 1112}};
const std::vector<Size> kFewSizes{{321, 187}};

TensorLayout nhwc(DType type) { return {TensorLayout::kNhwc, type == DType::f32 ? 4 : 8}; }

std::string describe(const test::RecordedConv& c, const RouteChoice& way) {
    std::ostringstream text;
    text << c.key << (c.spec.direction == ConvDirection::forward ? " forward " : " backward ")
         << c.spec.in_channels << "x" << c.spec.in_height << "x" << c.spec.in_width << " to "
         << c.spec.out_channels << "x" << c.spec.out_height << "x" << c.spec.out_width << " by "
         << to_text(way);
    return text.str();
}

/// f(what it is, its graph) for each way of each convolution. Many are alike but for their names.
template <class F>
void each_graph(DType type, TensorLayout layout, const std::vector<const char*>& architectures,
                const std::vector<Size>& sizes, F f) {
    const std::unique_ptr<Device> device = open_device({"cpu", 1});
    for (const char* architecture : architectures) {
        for (const Size size : sizes) {
            SCOPED_TRACE(std::string(architecture) + " at " + std::to_string(size.width));
            for (const test::RecordedConv& c : test::convolutions_of(
                     architecture, *device, layout, type, size.width, size.height)) {
                const RouteShape shape{c.spec, c.with_bias, layout, type};
                for (const RouteChoice& way : routes_for(shape)) {
                    if (way.api != RouteChoice::Api::graph) continue;
                    f(describe(c, way), describe_graph(shape, way));
                }
            }
        }
    }
}

TEST(CudnnGraph, EveryConvolutionOfEveryTopologyIsAccepted) {
    for (const DType type : {DType::f16, DType::bf16, DType::f32}) {
        for (const TensorLayout layout : {nhwc(type), TensorLayout{1, 3}}) {
            std::set<cudnn::ConvGraphSpec> graphs;
            each_graph(type, layout, type == DType::f16 ? kArchitectureNames : kFewArchitectures,
                       kSizes, [&](const std::string& what, const auto& spec) {
                           if (!graphs.insert(spec).second) return;
                           try {
                               const cudnn::ConvGraph graph(nullptr, spec);
                           } catch (const Error& error) {
                               ADD_FAILURE() << what << ": " << error.what();
                           }
                       });
            EXPECT_GT(graphs.size(), 300U);
        }
    }
}

cudnn::ConvGraphSpec small_graph() {
    ConvSpec s;
    s.in_channels = 16;
    s.in_parent_channels = 48;
    s.out_channels = 24;
    s.out_parent_channels = 64;
    s.in_height = s.out_height = 17;
    s.in_width = s.out_width = 33;
    s.kernel_height = s.kernel_width = 3;
    s.pad_top = s.pad_left = 1;
    s.relu = true;
    return describe_graph({s, true, nhwc(DType::f16), DType::f16}, {});
}

TEST(CudnnGraph, SlicesAreDescribedWithTheirParentsStrides) {
    const cudnn::ConvGraphSpec g = small_graph();
    EXPECT_EQ(g.x.channel_stride, 1);
    EXPECT_EQ(g.x.column_stride, 48);
    EXPECT_EQ(g.x.row_stride, 48 * 33);
    EXPECT_EQ(g.y.column_stride, 64);
    EXPECT_TRUE(g.bias);
    EXPECT_TRUE(g.relu);
    EXPECT_NO_THROW(cudnn::ConvGraph(nullptr, g));
}

TEST(CudnnGraph, WrongShapesAreRefusedWithTheirReason) {
    const auto expect_refused = [](auto change) {
        cudnn::ConvGraphSpec g = small_graph();
        change(g);
        try {
            const cudnn::ConvGraph graph(nullptr, g);
            ADD_FAILURE() << "accepted";
        } catch (const cudnn::CudnnError& error) {
            EXPECT_NE(error.status(), CUDNN_STATUS_SUCCESS);
            EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
            EXPECT_EQ(std::string(error.what()).rfind("cuDNN: ", 0), 0U) << error.what();
        }
    };
    expect_refused([](cudnn::ConvGraphSpec& g) { g.y.height += 1; });
    expect_refused([](cudnn::ConvGraphSpec& g) { g.pad_top = -1; });
    expect_refused([](cudnn::ConvGraphSpec& g) { g.x.width = 0; });
    expect_refused([](cudnn::ConvGraphSpec& g) { g.stride = 0; });
    expect_refused([](cudnn::ConvGraphSpec& g) {
        g.gradient = true;
        g.relu = g.bias = false;
        g.pad_bottom += 1;
    });
}

TEST(CudnnGraph, WithoutADeviceThereIsNoPlan) {
    const cudnn::ConvGraph graph(nullptr, small_graph());
    EXPECT_TRUE(graph.propose(4).empty());
    EXPECT_THROW(cudnn::ConvPlan(graph, {0, {}}), cudnn::CudnnError);
    EXPECT_THROW(cudnn::DeviceProperties::from_json("{}"), cudnn::CudnnError);
}

TEST(CudnnGraph, EveryNotedGpuHasAnEngineForEveryConvolution) {
    int gpus = 0;
    for (const auto& entry : std::filesystem::directory_iterator(REVERIE_ROOT "/tests/data")) {
        const std::string name = entry.path().filename();
        if (name.rfind("cudnn_device_", 0) != 0) continue;
        ++gpus;
        std::ifstream file(entry.path());
        const std::string json{std::istreambuf_iterator<char>(file), {}};
        const cudnn::DeviceProperties device = cudnn::DeviceProperties::from_json(json);
        const bool described = name.find("_public_figures") != std::string::npos;
        const size_t asked_of = described ? kAskedOfDescribed : kAskedOf;
        // One supported way is enough; the program skips the others. tools/gpu_check measures all.
        std::map<std::string, bool> found;
        std::map<cudnn::ConvGraphSpec, bool> asked;
        each_graph(DType::f16, nhwc(DType::f16), kFewArchitectures, kFewSizes,
                   [&](const std::string& what, const auto& spec) {
                       const std::string convolution = what.substr(0, what.find(" by "));
                       if (std::hash<std::string>{}(convolution) % asked_of != 0) return;
                       bool& there = found[convolution];
                       if (there) return;
                       const auto [answer, is_new] = asked.try_emplace(spec);
                       if (is_new)
                           answer->second =
                               !cudnn::ConvGraph(nullptr, spec).propose(1, device).empty();
                       there = answer->second;
                   });
        EXPECT_GT(found.size(), 140 / asked_of);
        for (const auto& [what, there] : found) EXPECT_TRUE(there) << name << ": " << what;
    }
    if (gpus == 0) GTEST_SKIP() << "no GPU's properties have been noted yet (tools/gpu_check does)";
}

TEST(CudnnRoute, AWayIsTheSameAfterBeingWrittenDown) {
    RouteChoice way;
    way.packed_out = way.transposed = way.storage_bias = true;
    way.engine = {27, {{2, 5}, {13, 0}, {41, 128}}};
    EXPECT_EQ(parse_route(to_text(way)), way);
    way = {};
    way.api = RouteChoice::Api::legacy;
    way.packed_in = way.equal_padding = true;
    way.engine = {1, {}};
    EXPECT_EQ(parse_route(to_text(way)), way);
    way = {};
    way.api = RouteChoice::Api::narrow;
    EXPECT_EQ(parse_route(to_text(way)), way);
    for (const char* damaged :
         {"", "graph", "graph 5", "graph x engine 1", "graph 5 motor 1", "other 5 engine 1",
          "graph 99 engine 1", "graph 5 engine", "graph 5 engine 1 knobs 2", "graph 5 engine 1 2:3",
          "graph 5 engine 1 knobs 2:", "graph 5 engine 1 knobs 2;3"})
        EXPECT_FALSE(parse_route(damaged)) << damaged;
}

TEST(CudnnRoute, SlicesCanBeCopiedWhereTheyCannotBeRead) {
    ConvSpec s;
    s.in_channels = s.out_channels = 16;
    s.in_height = s.in_width = s.out_height = s.out_width = 7;
    const auto any = [&](auto is) {
        const std::vector<RouteChoice> ways = routes_for({s, true, nhwc(DType::f16), DType::f16});
        return std::any_of(ways.begin(), ways.end(), is);
    };
    const auto packs_in = [](const RouteChoice& c) { return c.packed_in; };
    const auto packs_out = [](const RouteChoice& c) { return c.packed_out; };
    EXPECT_FALSE(any(packs_in));
    EXPECT_FALSE(any(packs_out));
    s.in_parent_channels = 32;
    EXPECT_TRUE(any(packs_in));
    s.out_parent_channels = 32;
    EXPECT_TRUE(any(packs_out));
}

}  // namespace
}  // namespace reverie
