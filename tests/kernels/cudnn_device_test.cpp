// The properties of the present GPU, as cuDNN writes them, lead to engines that this GPU has, also
// on a machine without one. REVERIE_DEVICE_PROPERTIES names a file to which they are written.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "kernels/cuda/cudnn_route.h"

namespace reverie::cudnn_device_test {
namespace {

RouteShape shape(bool backward) {
    ConvSpec s;
    s.direction = backward ? ConvDirection::backward_data : ConvDirection::forward;
    s.in_channels = 96;
    s.in_parent_channels = 368;
    s.out_channels = 128;
    s.out_parent_channels = 256;
    s.in_height = s.out_height = 45;
    s.in_width = s.out_width = 80;
    s.kernel_height = s.kernel_width = 3;
    s.pad_top = s.pad_left = 1;
    s.relu = !backward;
    return {s, !backward, {TensorLayout::kNhwc, 8}, DType::f16};
}

bool makes_a_plan(const cudnn::ConvGraph& graph, const cudnn::EngineChoice& choice) {
    try {
        const cudnn::ConvPlan plan(graph, choice);
        return true;
    } catch (const cudnn::CudnnError&) {
        return false;
    }
}

/// Which and how many may differ, because cuDNN knows more about a GPU that is present.
TEST(CudnnDevice, ItsPropertiesLeadToEnginesThatItHas) {
    const cudnn::Handle handle;
    const std::string json = cudnn::DeviceProperties::of_device(0).json();
    ASSERT_FALSE(json.empty());
    if (const char* file = std::getenv("REVERIE_DEVICE_PROPERTIES"))
        std::ofstream(file, std::ios::trunc) << json;
    const cudnn::DeviceProperties noted = cudnn::DeviceProperties::from_json(json);
    int proposals = 0;
    for (const bool backward : {false, true}) {
        for (const RouteChoice& way : routes_for(shape(backward))) {
            if (way.api != RouteChoice::Api::graph) continue;
            const cudnn::ConvGraphSpec graph = describe_graph(shape(backward), way);
            const cudnn::ConvGraph on_gpu(handle.get(), graph);
            const auto here = on_gpu.propose(8);
            const auto noted_there = cudnn::ConvGraph(nullptr, graph).propose(8, noted);
            EXPECT_EQ(here.empty(), noted_there.empty()) << to_text(way);
            const auto made = std::count_if(
                noted_there.begin(), noted_there.end(),
                [&](const cudnn::EngineChoice& c) { return makes_a_plan(on_gpu, c); });
            EXPECT_EQ(made > 0, !here.empty()) << to_text(way);
            proposals += static_cast<int>(here.size());
            std::cout << to_text(way) << (backward ? " back: " : ": ") << here.size()
                      << " engines, from its properties " << made << " of " << noted_there.size()
                      << "\n";
        }
    }
    EXPECT_GT(proposals, 0);
}

}  // namespace
}  // namespace reverie::cudnn_device_test
