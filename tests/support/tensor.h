// Tensors for tests: plain arrays of doubles to compute on by hand, and slices of channels of
// larger device tensors in which everything outside the slice is a guard.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "kernels/device.h"

namespace reverie::test {

/// channels × height × width values.
struct Array {
    int channels = 0, height = 0, width = 0;
    std::vector<double> values;

    Array() = default;
    Array(int c, int h, int w)
        : channels(c), height(h), width(w), values(static_cast<size_t>(c) * h * w, 0.0) {}
    double& at(int c, int y, int x) {
        return values[(static_cast<size_t>(c) * height + y) * width + x];
    }
    double at(int c, int y, int x) const {
        return values[(static_cast<size_t>(c) * height + y) * width + x];
    }
    bool contains(int y, int x) const { return y >= 0 && y < height && x >= 0 && x < width; }
};

/// Normal values, of mean 0.
inline Array random_array(int c, int h, int w, uint32_t seed, double spread = 1) {
    Array a(c, h, w);
    std::mt19937 generator(seed);
    std::normal_distribution<double> normal(0, spread);
    for (double& v : a.values) v = normal(generator);
    return a;
}

/// What a ReLU leaves, in steps of 1/4: with many zeros and many ties.
inline Array rectified_array(int c, int h, int w, uint32_t seed) {
    Array a = random_array(c, h, w, seed);
    for (double& v : a.values) v = v > 0 ? std::round(4 * v) / 4 : 0;
    return a;
}

inline float rounded_to(DType type, double v) {
    const auto f = static_cast<float>(v);
    if (type == DType::f16) return to_float(from_float<Half>(f));
    return type == DType::f32 ? f : to_float(from_float<Bf16>(f));
}

/// The layouts that a Tensor can describe: 1 is NCHW, 8 and 16 are blocked, 0 is NHWC.
constexpr int kNhwc = 0;
constexpr int kLayouts[] = {1, 8, 16, kNhwc};

/// A slice of channels in a tensor with `kGuardChannels` more before and behind it.
class SliceOnDevice {
  public:
    static constexpr int kGuardChannels = 16;

    /// Values go there and come back in the order of `stream`'s other work.
    SliceOnDevice(Device& device, Stream& stream, int layout, const Array& values, DType type)
        : device_(device),
          stream_(stream),
          type_(type),
          lanes_(layout == kNhwc ? values.channels : layout),
          parent_(values.channels + 2 * kGuardChannels),
          shape_(values.channels, values.height, values.width),
          memory_(device, bytes_of(type) * parent_ * values.height * values.width) {
        const int64_t plane = static_cast<int64_t>(values.height) * values.width;
        const bool nhwc = layout == kNhwc;
        const int64_t first = nhwc ? kGuardChannels : kGuardChannels * plane;
        ref_ = {{memory_.data() + first * static_cast<int64_t>(bytes_of(type)),
                 values.channels / lanes_, lanes_, values.height, values.width, plane * lanes_,
                 nhwc ? parent_ : lanes_},
                type};
        first_ = first;
        set(values);
    }

    TensorRef ref() const { return ref_; }
    void* data() const { return ref_.shape.data; }

    void set(const Array& values) {
        std::vector<char> bytes(memory_.size());
        for (size_t i = 0; i < memory_.size() / bytes_of(type_); ++i) put(bytes, i, kGuard);
        each([&](int c, int y, int x, size_t i) { put(bytes, i, values.at(c, y, x)); });
        device_.upload(stream_, memory_.data(), bytes.data(), bytes.size());
    }

    /// The slice's values; fails the test if a value outside the slice has changed.
    Array get() {
        std::vector<char> bytes(memory_.size());
        device_.download(stream_, bytes.data(), memory_.data(), bytes.size());
        Array values(shape_.channels, shape_.height, shape_.width);
        std::vector<bool> inside(memory_.size() / bytes_of(type_), false);
        each([&](int c, int y, int x, size_t i) {
            values.at(c, y, x) = take(bytes, i);
            inside[i] = true;
        });
        for (size_t i = 0; i < inside.size(); ++i) {
            if (inside[i] || take(bytes, i) == kGuard) continue;
            ADD_FAILURE() << "element " << i << " outside the slice was overwritten";
            break;
        }
        return values;
    }

  private:
    static constexpr float kGuard = 1216;  ///< exact in bf16 and fp16

    void put(std::vector<char>& bytes, size_t i, double v) const {
        const auto f = static_cast<float>(v);
        const uint16_t half =
            type_ == DType::f16 ? from_float<Half>(f).bits : from_float<Bf16>(f).bits;
        std::memcpy(&bytes[i * bytes_of(type_)],
                    type_ == DType::f32 ? static_cast<const void*>(&f) : &half, bytes_of(type_));
    }
    float take(const std::vector<char>& bytes, size_t i) const {
        float f = 0;
        if (type_ == DType::f32) {
            std::memcpy(&f, &bytes[i * 4], 4);
            return f;
        }
        uint16_t half = 0;
        std::memcpy(&half, &bytes[i * 2], 2);
        return type_ == DType::f16 ? to_float(Half{half}) : to_float(Bf16{half});
    }
    void each(const std::function<void(int, int, int, size_t)>& f) const {
        const Tensor<void>& s = ref_.shape;
        for (int c = 0; c < shape_.channels; ++c) {
            for (int y = 0; y < shape_.height; ++y) {
                for (int x = 0; x < shape_.width; ++x) {
                    const int64_t pixel = static_cast<int64_t>(y) * shape_.width + x;
                    f(c, y, x,
                      first_ + c / s.block_channels * s.block_stride + pixel * s.pixel_stride +
                          c % s.block_channels);
                }
            }
        }
    }

    Device& device_;
    Stream& stream_;
    DType type_;
    int lanes_, parent_;
    Array shape_;
    Buffer<char> memory_;
    TensorRef ref_;
    int64_t first_ = 0;
};

/// Each value within `relative` of its own size plus `absolute` of the largest.
inline void expect_near(const Array& got, const Array& want, double relative, double absolute) {
    ASSERT_EQ(got.values.size(), want.values.size());
    double largest = 0;
    for (const double v : want.values) largest = std::max(largest, std::abs(v));
    for (size_t i = 0; i < got.values.size(); ++i) {
        const double limit = relative * std::abs(want.values[i]) + absolute * largest;
        // Written so that NaN fails.
        if (std::abs(got.values[i] - want.values[i]) <= limit) continue;
        const size_t plane = static_cast<size_t>(got.height) * got.width;
        ADD_FAILURE() << "channel " << i / plane << ", row " << i % plane / got.width << ", column "
                      << i % got.width << " is " << got.values[i] << ", not " << want.values[i];
        return;
    }
}

}  // namespace reverie::test
