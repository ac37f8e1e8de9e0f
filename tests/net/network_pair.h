// A network on the CPU and the same one in plain loops in double, for tests of whole networks.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "src/net/execution_plan.h"
#include "src/net/network.h"
#include "src/util/error.h"
#include "tests/support/naive_network.h"

namespace reverie::network_test {

using test::Array;
using test::NaiveNetwork;

struct Term {
    const char* layer;
    int channel;
    float weight;
};
using Terms = std::vector<Term>;

struct Roll {
    int x = 0, y = 0;
};

inline double relative_l2(const std::vector<double>& got, const std::vector<double>& want) {
    EXPECT_EQ(got.size(), want.size());
    double difference = 0, size = 0;
    for (size_t i = 0; i < want.size(); ++i) {
        difference += (got[i] - want[i]) * (got[i] - want[i]);
        size += want[i] * want[i];
    }
    return std::sqrt(difference / size);
}

inline Array random_picture(int width, int height, uint32_t seed) {
    Array rgb = test::random_array(3, height, width, seed, 60);
    for (double& v : rgb.values) v = static_cast<float>(v + 128);
    return rgb;
}

/// result(x, y) = picture(x + left, y + top), repeated beyond the edges.
inline Array cut_out(const Array& picture, int left, int top, int width, int height) {
    Array cut(3, height, width);
    for (int c = 0; c < 3; ++c) {
        for (int y = 0; y < height; ++y) {
            for (int x = 0; x < width; ++x)
                cut.at(c, y, x) =
                    picture.at(c, wrap(y + top, picture.height), wrap(x + left, picture.width));
        }
    }
    return cut;
}

/// A network on the CPU, and the same one in plain loops.
class Pair {
  public:
    Pair(const Graph& graph, const std::map<std::string, std::string>& metadata, DType type,
         ConvKind kind)
        : Pair(graph, test::random_filters(graph, 7), metadata, type, kind) {}
    Pair(const Graph& graph, const std::map<std::string, Filters>& filters,
         const std::map<std::string, std::string>& metadata, DType type, ConvKind kind)
        : device_(open_device({"cpu", 2})), stream_(device_->make_stream()) {
        const test::TemporaryFile file("weights.safetensors");
        test::write_weights(file.path(), graph, filters, metadata);
        network_ = std::make_unique<Network>(*device_, file.path(), type, kind);
        naive_ = std::make_unique<NaiveNetwork>(network_->weights().graph, filters);
    }

    Network& network() { return *network_; }
    NaiveNetwork& naive() { return *naive_; }
    Stream& stream() { return *stream_; }
    std::vector<Tap> taps(const Terms& terms) const {
        std::vector<Tap> taps;
        for (const Term& t : terms) taps.push_back(network_->tap(t.layer, t.channel, t.weight));
        return taps;
    }

    /// The loops' forward pass on a picture.
    void look_at(const Array& rgb) {
        const InputTransform& t = network_->weights().input;
        Array input = rgb;
        for (int c = 0; c < 3; ++c) {
            const double mean = c == 0 ? t.mean.x : (c == 1 ? t.mean.y : t.mean.z);
            for (int y = 0; y < rgb.height; ++y) {
                for (int x = 0; x < rgb.width; ++x)
                    input.at(t.bgr ? 2 - c : c, y, x) = (rgb.at(c, y, x) - mean) * t.scale;
            }
        }
        naive_->forward(input);
    }
    /// The loops' gradient, in R, G, B.
    Array naive_gradient(const std::vector<Tap>& taps) const {
        Array g = naive_->gradient(taps);
        if (!network_->weights().input.bgr) return g;
        const size_t plane = static_cast<size_t>(g.height) * g.width;
        std::swap_ranges(g.values.begin(), g.values.begin() + plane, g.values.begin() + 2 * plane);
        return g;
    }

    Image upload(const Array& values) {
        Image image(*device_, values.width, values.height, values.channels);
        const std::vector<float> floats(values.values.begin(), values.values.end());
        device_->upload(*stream_, image.view().data, floats.data(), floats.size() * sizeof(float));
        return image;
    }
    Array gradient(ExecutionPlan& plan, const Array& rgb, Roll roll = {}) {
        const Image image = upload(rgb), out(*device_, rgb.width, rgb.height, 3);
        plan.gradient(*stream_, image, roll.x, roll.y, out);
        return download(out);
    }
    Array tile_gradient(ExecutionPlan& plan, const Array& rgb, int left, int top) {
        const Image image = upload(rgb), out(*device_, plan.width(), plan.height(), 3);
        plan.tile_gradient(*stream_, image, left, top, out);
        return download(out);
    }

    /// Checks one objective on the last picture of look_at().
    void check(const Array& rgb, const Terms& terms, double limit) {
        std::string text;
        for (const Term& t : terms) text += std::string(" ") + t.layer;
        SCOPED_TRACE(text);
        const std::vector<Tap> of = taps(terms);
        ExecutionPlan& plan = network_->plan(rgb.width, rgb.height, of);
        plan.set_taps(*stream_, of);
        EXPECT_LE(relative_l2(gradient(plan, rgb).values, naive_gradient(of).values), limit);
        const double loss = naive_->objective(of);
        EXPECT_NEAR(plan.objective_value(*stream_), loss, limit * std::abs(loss));
        for (const Tap& tap : of) {
            const std::vector<float> a = plan.activations(*stream_, tap.node);
            EXPECT_LE(relative_l2({a.begin(), a.end()}, naive_->output(tap.node).values), limit);
        }
    }

  private:
    Array download(const Image& image) {
        std::vector<float> floats(image.view().size());
        device_->download(*stream_, floats.data(), image.view().data,
                          floats.size() * sizeof(float));
        Array values(3, image.height(), image.width());
        values.values.assign(floats.begin(), floats.end());
        return values;
    }

    std::unique_ptr<Device> device_;
    std::unique_ptr<Stream> stream_;
    std::unique_ptr<Network> network_;
    std::unique_ptr<NaiveNetwork> naive_;
};

inline const std::map<std::string, std::string> kGoogleNetPlain{{"architecture", "googlenet"}};

// Sums are taken in double and stored as float: no rectifier of these pictures is near enough to 0
// to flip, and then nothing but roundings of 2⁻²⁴ is left.
inline constexpr double kExact = 2e-6;
/// GoogLeNet to inception_3b: enough for what does not depend on depth.
inline Graph shallow_googlenet() {
    Graph graph = make_googlenet({});
    graph.nodes.resize(graph.find("inception_3b") + 1);
    return graph;
}

class ShallowNetwork : public testing::Test {
  protected:
    Pair pair_{shallow_googlenet(), kGoogleNetPlain, DType::f32, ConvKind::exact};
};

}  // namespace reverie::network_test
