// All forms of a convolution compute the same; the functors' convolution runs them.
#include "kernels/conv_forms.h"

#include <gtest/gtest.h>

#include "tests/support/tensor.h"

namespace reverie::conv_forms_test {
namespace {

using test::Array;

/// y or dx of ones round a random input.
std::vector<float> run(Device& device, const ConvSpec& s, const std::string& key,
                       const std::vector<float>& weights) {
    const std::unique_ptr<Stream> stream = device.make_stream();
    const std::unique_ptr<ConvEngine> engine = device.make_conv_engine(DType::f32, ConvKind::exact);
    const bool forward = s.direction == ConvDirection::forward;
    const size_t x = static_cast<size_t>(s.in_channels) * s.in_height * s.in_width;
    const size_t y = static_cast<size_t>(s.out_channels) * s.out_height * s.out_width;
    std::vector<float> in(forward ? x : y), out(forward ? y : x);
    for (size_t i = 0; i < in.size(); ++i)
        in[i] = std::sin(1.7F * static_cast<float>(i * i % 1009));
    const Buffer<float> from(device, in.size()), to(device, out.size());
    device.upload(*stream, from.data(), in.data(), from.bytes());
    ConvAlone(device, engine->make(s, key, weights, {})).run(*stream, from.data(), to.data());
    device.download(*stream, out.data(), to.data(), to.bytes());
    return out;
}

/// All sizes, strides and paddings; f(spec, weights).
template <class F>
void each_spec(F f) {
    for (const int kernel : {1, 2, 3, 4, 7}) {
        for (const int stride : {1, 2, 3}) {
            for (int before = 0; before < kernel; ++before) {
                for (int after = 0; after < kernel; ++after) {
                    for (const int size : {7, 12}) {
                        ConvSpec s;
                        s.in_channels = 16;
                        s.out_channels = 16;
                        s.in_height = size;
                        s.in_width = 9;
                        s.kernel_height = kernel;
                        s.kernel_width = 3;
                        s.stride = stride;
                        s.pad_top = before;
                        s.pad_left = 1;
                        s.out_height = (size + before + after - kernel) / stride + 1;
                        s.out_width = (9 + 2 - 3) / stride + 1;
                        if (s.out_height <= 0) continue;
                        const Array w = test::random_array(16, 16, kernel * 3, 5);
                        f(s, std::vector<float>(w.values.begin(), w.values.end()));
                    }
                }
            }
        }
    }
}

void expect_same(const std::vector<float>& got, const std::vector<float>& want, const ConvSpec& s) {
    ASSERT_EQ(got.size(), want.size());
    for (size_t i = 0; i < got.size(); ++i) {
        if (std::abs(got[i] - want[i]) <= 1e-5F) continue;
        ADD_FAILURE() << "kernel " << s.kernel_height << " stride " << s.stride << " padded by "
                      << s.pad_top << " at " << i << ": " << got[i] << ", not " << want[i];
        return;
    }
}

TEST(ConvForms, EqualPaddingComputesTheSame) {
    const std::unique_ptr<Device> device = open_device({"cpu", 2});
    int enlarged = 0;
    each_spec([&](ConvSpec s, const std::vector<float>& weights) {
        for (const ConvDirection direction :
             {ConvDirection::forward, ConvDirection::backward_data}) {
            s.direction = direction;
            const ConvForm form = equal_padding_form(s, weights);
            ASSERT_TRUE(has_equal_padding(form.spec));
            enlarged += form.weights.size() > weights.size() ? 1 : 0;
            // What a library that knows only equal padding would compute.
            EXPECT_EQ(
                (s.in_height + 2 * form.spec.pad_top - form.spec.kernel_height) / s.stride + 1,
                s.out_height);
            expect_same(run(*device, form.spec, "form", form.weights),
                        run(*device, s, "plain", weights), s);
        }
    });
    EXPECT_GT(enlarged, 20);
}

TEST(ConvForms, ATransposedFormIsTheGradient) {
    const std::unique_ptr<Device> device = open_device({"cpu", 2});
    each_spec([&](ConvSpec s, const std::vector<float>& weights) {
        if (s.stride != 1) return;
        s.direction = ConvDirection::backward_data;
        s.in_parent_channels = 48;
        s.out_parent_channels = 32;
        ConvForm form = transposed_form(s, weights);
        EXPECT_EQ(form.spec.in_parent_channels, 32);
        EXPECT_EQ(form.spec.out_parent_channels, 48);
        expect_same(run(*device, form.spec, "form", form.weights),
                    run(*device, s, "plain", weights), s);
        expect_same(run(*device, transposed_spec(s), "spec", form.weights),
                    run(*device, s, "plain", weights), s);
        form = equal_padding_form(form.spec, form.weights);
        expect_same(run(*device, form.spec, "both", form.weights),
                    run(*device, s, "plain", weights), s);
    });
}

}  // namespace
}  // namespace reverie::conv_forms_test
