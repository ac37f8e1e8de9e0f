// The CUDA module's memory and ops against the CPU's, at odd sizes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/conv.h"
#include "kernels/ops.h"
#include "src/util/error.h"

namespace reverie {
namespace {

class Cuda : public testing::Test {
  protected:
    std::unique_ptr<Device> gpu_ = open_device({.device = REVERIE_TEST_DEVICE});
    std::unique_ptr<Device> cpu_ = open_device({.device = "cpu"});
};

/// A picture without symmetry.
std::vector<float> picture(int width, int height, int channels) {
    std::vector<float> values(static_cast<size_t>(width) * height * channels);
    for (size_t i = 0; i < values.size(); ++i) {
        values[i] = 128.0F + 120.0F * std::sin(0.7F * static_cast<float>(i % 977));
    }
    return values;
}

std::vector<float> resized(Device& device, const std::vector<float>& values, Pixels<float> from,
                           Pixels<float> to) {
    const std::unique_ptr<Stream> stream = device.make_stream();
    const Image src(device, from.width, from.height, from.channels);
    const Image dst(device, to.width, to.height, to.channels);
    const Buffer<float> scratch(device, resize_scratch_size(src.cview(), dst.view()));
    device.upload(*stream, src.view().data, values.data(), values.size() * sizeof(float));
    device.ops().resize(*stream, src.cview(), dst.view(), scratch.data());
    std::vector<float> out(static_cast<size_t>(dst.view().size()));
    device.download(*stream, out.data(), dst.view().data, out.size() * sizeof(float));
    return out;
}

TEST_F(Cuda, MemoryHoldsWhatWasUploaded) {
    const std::unique_ptr<Stream> stream = gpu_->make_stream();
    for (const size_t size : {size_t{1}, size_t{35}, size_t{561}}) {
        std::vector<float> in(size);
        for (size_t i = 0; i < size; ++i) in[i] = static_cast<float>(i) - 0.5F;
        const Buffer<float> a(*gpu_, size);
        const Buffer<float> b(*gpu_, size);
        gpu_->upload(*stream, a.data(), in.data(), a.bytes());
        gpu_->copy(*stream, b.data(), a.data(), a.bytes());
        gpu_->clear(*stream, a.data(), a.bytes());
        std::vector<float> kept(size, 1);
        std::vector<float> cleared(size, 1);
        gpu_->download(*stream, kept.data(), b.data(), b.bytes());
        gpu_->download(*stream, cleared.data(), a.data(), a.bytes());
        EXPECT_EQ(kept, in);
        EXPECT_EQ(cleared, std::vector<float>(size, 0));
    }
}

TEST_F(Cuda, ResizesAsTheCpuDoes) {
    struct Case {
        int src_width, src_height, dst_width, dst_height;
    };
    for (const Case c : {Case{1, 1, 7, 5}, Case{7, 5, 1, 1}, Case{33, 17, 7, 5}, Case{7, 5, 33, 17},
                         Case{33, 17, 33, 17}, Case{640, 360, 457, 257}}) {
        const Pixels<float> from{nullptr, c.src_width, c.src_height, 3};
        const Pixels<float> to{nullptr, c.dst_width, c.dst_height, 3};
        const std::vector<float> values = picture(c.src_width, c.src_height, 3);
        const std::vector<float> a = resized(*cpu_, values, from, to);
        const std::vector<float> b = resized(*gpu_, values, from, to);
        EXPECT_EQ(b, resized(*gpu_, values, from, to)) << "not the same bits twice";
        float worst = 0;
        for (size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
        EXPECT_LE(worst, 1e-2F) << c.src_width << "x" << c.src_height << " to " << c.dst_width
                                << "x" << c.dst_height;
    }
}

TEST_F(Cuda, MoreMemoryThanThereIsIsAnErrorThatSaysHowMuch) {
    try {
        gpu_->allocate(gpu_->info().memory_bytes * 2);
        FAIL() << "twice the device's memory was given";
    } catch (const OutOfMemory& error) {
        EXPECT_NE(std::string(error.what()).find("MB were asked for"), std::string::npos)
            << error.what();
    }
    EXPECT_NO_THROW(Buffer<float>(*gpu_, 33));  // the failure does not stick
}

}  // namespace
}  // namespace reverie
