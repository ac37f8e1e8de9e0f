// Whole networks in the layouts of a GPU, run by the functors on the CPU, against the CPU's own
// layout: NHWC in any precision, with strided slices and a padded picture, and NCHW.
#include <gtest/gtest.h>

#include "kernels/conv_direct_engine.h"
#include "src/net/execution_plan.h"
#include "src/net/network.h"
#include "tests/support/forwarding_device.h"

namespace reverie {
namespace {

/// A CPU whose convolutions are the functors' in a layout of the test's choice.
class LaidOut : public test::ForwardingDevice {
  public:
    explicit LaidOut(TensorLayout layout)
        : ForwardingDevice(open_device({"cpu", 2})), layout_(layout) {}
    std::unique_ptr<ConvEngine> make_conv_engine(DType type, ConvKind /*kind*/) override {
        constexpr int kBlock = 8;
        return make_direct_engine(inner(), type, layout_, kBlock);
    }

  private:
    TensorLayout layout_;
};

struct Result {
    std::vector<float> gradient, activations;
    double objective = 0;
};

Result run(Device& device, const char* weights, DType type, const std::vector<Tap>& taps) {
    constexpr int kWidth = 141, kHeight = 105;
    const std::unique_ptr<Stream> stream = device.make_stream();
    Network network(device, weights, type, ConvKind::exact);
    std::vector<float> picture;
    for (int i = 0; i < 3 * kWidth * kHeight; ++i)
        picture.push_back(128 + 100 * std::sin(0.37F * static_cast<float>(i % 5003)));
    const Image rgb(device, kWidth, kHeight, 3), gradient(device, kWidth, kHeight, 3);
    device.upload(*stream, rgb.view().data, picture.data(), picture.size() * sizeof(float));
    ExecutionPlan& plan = network.plan(kWidth, kHeight, taps);
    plan.set_taps(*stream, taps, 4);
    plan.gradient(*stream, rgb.cview(), 5, -3, gradient.view());
    Result result;
    result.gradient.resize(picture.size());
    device.download(*stream, result.gradient.data(), gradient.view().data,
                    picture.size() * sizeof(float));
    result.objective = plan.objective_value(*stream);
    result.activations = plan.activations(*stream, taps[0].node);
    return result;
}

double relative_l2(const std::vector<float>& got, const std::vector<float>& want) {
    double difference = 0, size = 0;
    for (size_t i = 0; i < want.size(); ++i) {
        difference += (got[i] - want[i]) * static_cast<double>(got[i] - want[i]);
        size += static_cast<double>(want[i]) * want[i];
    }
    return std::sqrt(difference / size);
}

void check(const char* weights, const std::vector<std::pair<const char*, int>>& terms) {
    const std::unique_ptr<Device> plain = open_device({"cpu", 2});
    std::vector<Tap> taps;
    {
        const Network network(*plain, weights, DType::f32, ConvKind::exact);
        for (const auto& [layer, channel] : terms) taps.push_back(network.tap(layer, channel, 1));
    }
    struct Case {
        const char* name;
        TensorLayout layout;
        DType type;
        double limit;  ///< sums are added in another order, and seldom round to another value
    };
    for (const Case& c : {Case{"NHWC f32", {TensorLayout::kNhwc, 4}, DType::f32, 1e-6},
                          Case{"NCHW f32", {1, 3}, DType::f32, 1e-6},
                          Case{"NHWC f16", {TensorLayout::kNhwc, 8}, DType::f16, 1e-3},
                          Case{"NCHW f16", {1, 3}, DType::f16, 1e-3},
                          Case{"NHWC bf16", {TensorLayout::kNhwc, 8}, DType::bf16, 1e-3}}) {
        SCOPED_TRACE(c.name);
        const Result want = run(*plain, weights, c.type, taps);
        LaidOut device(c.layout);
        const Result got = run(device, weights, c.type, taps);
        ASSERT_EQ(got.gradient.size(), want.gradient.size());
        ASSERT_EQ(got.activations.size(), want.activations.size());
        EXPECT_LE(relative_l2(got.activations, want.activations), c.limit);
        EXPECT_LE(relative_l2(got.gradient, want.gradient), c.limit);
        EXPECT_NEAR(got.objective, want.objective, c.limit * std::abs(want.objective));
    }
}

TEST(GpuLayouts, GoogLeNetIsTheSame) {
    check(REVERIE_ROOT "/weights/googlenet.safetensors",
          {{"inception_4c", -1}, {"inception_3a/5x5_reduce", 3}, {"pool3/3x3_s2", -1}});
}

}  // namespace
}  // namespace reverie
