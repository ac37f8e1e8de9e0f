// What cuDNN makes of the GPU that is there: its properties, written down, lead to the same
// proposals where there is no GPU. REVERIE_DEVICE_PROPERTIES names a file that they are written to.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "kernels/cudnn_route.h"

namespace reverie {
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

TEST(CudnnDevice, ItsPropertiesSayWhatItself) {
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
            const auto here = cudnn::ConvGraph(handle.get(), graph).propose(8);
            const auto noted_there = cudnn::ConvGraph(nullptr, graph).propose(8, noted);
            EXPECT_EQ(here.size(), noted_there.size()) << to_text(way);
            proposals += static_cast<int>(here.size());
            std::cout << to_text(way) << (backward ? " back: " : ": ") << here.size()
                      << " engines\n";
        }
    }
    EXPECT_GT(proposals, 0);
}

}  // namespace
}  // namespace reverie
