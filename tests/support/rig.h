// A CPU device, a stream, the embedded network, and pictures to and from them: what tests of dreams
// have in common.
#pragma once

#include <cmath>
#include <memory>
#include <random>
#include <vector>

#include "kernels/ops.h"
#include "src/dream/dreamer.h"
#include "src/net/network.h"
#include "tests/support/forwarding_device.h"

namespace reverie::test {

/// A device that counts the allocations on another one.
class CountingDevice : public ForwardingDevice {
  public:
    using ForwardingDevice::ForwardingDevice;
    void* allocate(size_t bytes) override {
        ++allocations;
        return ForwardingDevice::allocate(bytes);
    }

    int allocations = 0;
};

struct Rig {
    explicit Rig(int threads = 2, ConvKind kind = ConvKind::fast)
        : device(open_device({"cpu", threads})),
          stream(device.make_stream()),
          network(device, REVERIE_ROOT "/weights/googlenet.safetensors", DType::f32, kind) {}

    Image up(const std::vector<float>& values, int width, int height) {
        Image image(device, width, height, 3);
        device.upload(*stream, image.view().data, values.data(), values.size() * sizeof(float));
        return image;
    }
    std::vector<float> down(Pixels<const float> image) {
        std::vector<float> values(static_cast<size_t>(image.size()));
        device.download(*stream, values.data(), image.data, values.size() * sizeof(float));
        return values;
    }

    CountingDevice device;
    std::unique_ptr<Stream> stream;
    Network network;
};

/// Smooth blobs and a little noise, 3 × height × width, within 0 … 255.
inline std::vector<float> random_picture(int width, int height, uint32_t seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> phase(0, 6.28F), wave(0.02F, 0.35F), noise(-12, 12);
    std::vector<float> values;
    for (int c = 0; c < 3; ++c) {
        const float px = phase(random), py = phase(random), u = wave(random), v = wave(random);
        for (int y = 0; y < height; ++y) {
            for (int x = 0; x < width; ++x) {
                const float blobs = std::sin(px + u * static_cast<float>(x)) *
                                    std::cos(py + v * static_cast<float>(y));
                values.push_back(125 + 80 * blobs + noise(random));
            }
        }
    }
    return values;
}

/// Parameters for a quick dream.
inline Params quick_params() {
    Params params;
    params.objective = parse_objective("inception_3b");
    params.octaves = 1;
    params.iterations = 2;
    return params;
}

inline double mean_absolute(const std::vector<float>& a) {
    double sum = 0;
    for (const float v : a) sum += std::abs(v);
    return sum / static_cast<double>(a.size());
}

inline double mean_distance(const std::vector<float>& a, const std::vector<float>& b) {
    double sum = 0;
    for (size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
    return sum / static_cast<double>(a.size());
}

}  // namespace reverie::test
