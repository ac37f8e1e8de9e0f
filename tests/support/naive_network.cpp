#include "tests/support/naive_network.h"

#include <unistd.h>

#include "src/net/safetensors.h"

namespace reverie::test {
namespace {

/// The padding before the first value, along one axis of `size`.
int pad_of(const Node& node, int size, int kernel) {
    if (node.padding == Padding::same) return kernel / 2;
    if (node.padding != Padding::centred) return 0;
    // The last window begins at the last multiple of the stride; half of the values that it lacks
    // are padding before.
    const int lacks = (size - 1) / node.stride * node.stride + kernel - size;
    return lacks > 0 ? lacks / 2 : 0;
}

/// Where a window at `out` begins.
int begin_of(const Node& node, int out, int size, int kernel) {
    return out * node.stride - pad_of(node, size, kernel);
}

/// How many windows there are along one axis, by counting them: each must begin inside, and, unless
/// the last may stand half outside, end inside the padded input.
int count_windows(const Node& node, int size, int kernel) {
    if (node.padding == Padding::centred) return (size - 1) / node.stride + 1;
    const int pad = pad_of(node, size, kernel);
    int count = 0;
    for (int begin = -pad; begin < size; begin += node.stride, ++count) {
        const bool whole = begin + kernel <= size + pad;
        if (whole) continue;
        // Caffe's rule: one more window if the last whole one leaves values over.
        const int last_end = begin - node.stride + kernel;
        const bool left_over = count == 0 || last_end < size;
        return node.padding == Padding::ceil && left_over ? count + 1 : count;
    }
    return count;
}

/// Calls f(iy, ix, ky, kx) for each place of a window that lies inside.
template <class F>
void each_in_window(const Node& node, const Array& x, int oy, int ox, F f) {
    const int y0 = begin_of(node, oy, x.height, node.kernel_height);
    const int x0 = begin_of(node, ox, x.width, node.kernel_width);
    for (int ky = 0; ky < node.kernel_height; ++ky) {
        for (int kx = 0; kx < node.kernel_width; ++kx) {
            if (x.contains(y0 + ky, x0 + kx)) f(y0 + ky, x0 + kx, ky, kx);
        }
    }
}

/// f(o, i, weight, y's row, x's row, count): y[n] and x[n · stride] for n below count are the
/// products' ends.
template <class F>
void each_row(const Node& node, const Filters& filters, const Array& x, const Array& y, F f) {
    const float* weight = filters.weights.data();
    for (int o = 0; o < y.channels; ++o) {
        for (int i = 0; i < x.channels; ++i) {
            for (int ky = 0; ky < node.kernel_height; ++ky) {
                for (int kx = 0; kx < node.kernel_width; ++kx, ++weight) {
                    int first = 0, end = y.width;
                    while (first < end &&
                           begin_of(node, first, x.width, node.kernel_width) + kx < 0)
                        ++first;
                    while (end > first &&
                           begin_of(node, end - 1, x.width, node.kernel_width) + kx >= x.width)
                        --end;
                    if (first == end) continue;
                    const int ix = begin_of(node, first, x.width, node.kernel_width) + kx;
                    for (int oy = 0; oy < y.height; ++oy) {
                        const int iy = begin_of(node, oy, x.height, node.kernel_height) + ky;
                        if (iy < 0 || iy >= x.height) continue;
                        f(*weight, (static_cast<size_t>(o) * y.height + oy) * y.width + first,
                          (static_cast<size_t>(i) * x.height + iy) * x.width + ix, end - first);
                    }
                }
            }
        }
    }
}

Array convolution(const Node& node, const Filters& filters, const Array& x) {
    Array y(node.channels, count_windows(node, x.height, node.kernel_height),
            count_windows(node, x.width, node.kernel_width));
    const size_t plane = static_cast<size_t>(y.height) * y.width;
    for (size_t i = 0; i < y.values.size(); ++i) y.values[i] = filters.bias[i / plane];
    each_row(node, filters, x, y, [&](double weight, size_t to, size_t from, int count) {
        for (int n = 0; n < count; ++n)
            y.values[to + n] += weight * x.values[from + static_cast<size_t>(n) * node.stride];
    });
    if (node.relu) {
        for (double& v : y.values) v = std::max(v, 0.0);
    }
    return y;
}

void convolution_gradient(const Node& node, const Filters& filters, const Array& y, Array dy,
                          Array& dx) {
    if (node.relu) {
        for (size_t i = 0; i < y.values.size(); ++i) {
            if (y.values[i] == 0) dy.values[i] = 0;
        }
    }
    each_row(node, filters, dx, y, [&](double weight, size_t to, size_t from, int count) {
        for (int n = 0; n < count; ++n)
            dx.values[from + static_cast<size_t>(n) * node.stride] += weight * dy.values[to + n];
    });
}

/// f(c, oy, ox) for each value of y.
template <class F>
void each_value(const Array& y, F f) {
    for (int c = 0; c < y.channels; ++c) {
        for (int oy = 0; oy < y.height; ++oy) {
            for (int ox = 0; ox < y.width; ++ox) f(c, oy, ox);
        }
    }
}

/// What an average over a window with `count` values inside divides by.
int divisor(const Node& node, int count) {
    return node.count_padding ? node.kernel_height * node.kernel_width : count;
}

Array pool(const Node& node, const Array& x) {
    Array y(x.channels, count_windows(node, x.height, node.kernel_height),
            count_windows(node, x.width, node.kernel_width));
    each_value(y, [&](int c, int oy, int ox) {
        double largest = -INFINITY, sum = 0;
        int count = 0;
        each_in_window(node, x, oy, ox, [&](int iy, int ix, int, int) {
            largest = std::max(largest, x.at(c, iy, ix));
            sum += x.at(c, iy, ix);
            ++count;
        });
        y.at(c, oy, ox) = node.kind == NodeKind::max_pool ? largest : sum / divisor(node, count);
    });
    return y;
}

void pool_gradient(const Node& node, const Array& x, const Array& dy, Array& dx) {
    each_value(dy, [&](int c, int oy, int ox) {
        int best_y = -1, best_x = -1, count = 0;
        each_in_window(node, x, oy, ox, [&](int iy, int ix, int, int) {
            if (best_y < 0 || x.at(c, iy, ix) > x.at(c, best_y, best_x)) {
                best_y = iy;
                best_x = ix;
            }
            ++count;
        });
        if (node.kind == NodeKind::max_pool) {
            dx.at(c, best_y, best_x) += dy.at(c, oy, ox);
            return;
        }
        each_in_window(node, x, oy, ox, [&](int iy, int ix, int, int) {
            dx.at(c, iy, ix) += dy.at(c, oy, ox) / divisor(node, count);
        });
    });
}

/// Krizhevsky et al. 2012.
double lrn_scale(const LrnConstants& n, const Array& x, int c, int y, int px) {
    double sum = 0;
    for (int j = std::max(0, c - n.size / 2); j <= std::min(x.channels - 1, c + n.size / 2); ++j)
        sum += x.at(j, y, px) * x.at(j, y, px);
    return n.k + static_cast<double>(n.alpha) / n.size * sum;
}

Array lrn(const LrnConstants& n, const Array& x) {
    Array y(x.channels, x.height, x.width);
    each_value(y, [&](int c, int oy, int ox) {
        y.at(c, oy, ox) = x.at(c, oy, ox) * std::pow(lrn_scale(n, x, c, oy, ox), -n.beta);
    });
    return y;
}

/// Row by row of the Jacobian: what each output gives to each of its neighbours.
void lrn_gradient(const LrnConstants& n, const Array& x, const Array& dy, Array& dx) {
    const double beta = n.beta, factor = 2 * static_cast<double>(n.alpha) / n.size * beta;
    const int reach = n.size / 2;
    each_value(dy, [&](int c, int oy, int ox) {
        const double scale = lrn_scale(n, x, c, oy, ox), d = dy.at(c, oy, ox);
        dx.at(c, oy, ox) += d * std::pow(scale, -beta);
        for (int j = std::max(0, c - reach); j <= std::min(x.channels - 1, c + reach); ++j) {
            dx.at(j, oy, ox) -=
                d * factor * x.at(c, oy, ox) * x.at(j, oy, ox) * std::pow(scale, -beta - 1);
        }
    });
}

}  // namespace

void NaiveNetwork::forward(const Array& input) {
    outputs_.assign(graph_.nodes.size(), {});
    outputs_[0] = input;
    for (size_t i = 1; i < graph_.nodes.size(); ++i) {
        const Node& node = graph_.nodes[i];
        const Array& x = outputs_[node.inputs[0]];
        Array& y = outputs_[i];
        switch (node.kind) {
            case NodeKind::input:
                break;
            case NodeKind::convolution:
                y = convolution(node, filters_.at(node.name), x);
                break;
            case NodeKind::max_pool:
            case NodeKind::average_pool:
                y = pool(node, x);
                break;
            case NodeKind::global_average:
                y = Array(x.channels, 1, 1);
                each_value(x, [&](int c, int oy, int ox) {
                    y.at(c, 0, 0) += x.at(c, oy, ox) / (x.height * x.width);
                });
                break;
            case NodeKind::lrn:
                y = lrn(node.lrn, x);
                break;
            case NodeKind::concat:
                y = Array(0, x.height, x.width);
                for (const int part : node.inputs) {
                    const std::vector<double>& values = outputs_[part].values;
                    y.values.insert(y.values.end(), values.begin(), values.end());
                    y.channels += outputs_[part].channels;
                }
                break;
        }
    }
}

double NaiveNetwork::objective(const std::vector<Tap>& taps) const {
    double sum = 0;
    for (const Tap& tap : taps) {
        const Array& a = outputs_[tap.node];
        const size_t plane = static_cast<size_t>(a.height) * a.width;
        double mean = 0;
        for (size_t i = 0; i < a.values.size(); ++i) {
            if (tap.channel < 0) mean += a.values[i] * a.values[i] / a.values.size();
            if (static_cast<size_t>(tap.channel) == i / plane) mean += a.values[i] / plane;
        }
        sum += tap.weight * mean;
    }
    return sum;
}

Array NaiveNetwork::gradient(const std::vector<Tap>& taps) const {
    std::map<int, Array> at_nodes;
    for (const Tap& tap : taps) {
        const Array& a = outputs_[tap.node];
        const size_t plane = static_cast<size_t>(a.height) * a.width;
        Array& at_node =
            at_nodes.try_emplace(tap.node, a.channels, a.height, a.width).first->second;
        for (size_t i = 0; i < a.values.size(); ++i) {
            double& d = at_node.values[i];
            if (tap.channel < 0) d += tap.weight * 2 * a.values[i] / a.values.size();
            if (static_cast<size_t>(tap.channel) == i / plane) d += tap.weight / plane;
        }
    }
    return gradient(at_nodes);
}

Array NaiveNetwork::gradient(const std::map<int, Array>& at_nodes) const {
    std::vector<Array> gradients;
    for (const Array& a : outputs_) gradients.emplace_back(a.channels, a.height, a.width);
    int deepest = 0;
    for (const auto& [node, values] : at_nodes) {
        gradients[node] = values;
        deepest = std::max(deepest, node);
    }
    for (int i = deepest; i > 0; --i) {
        const Node& node = graph_.nodes[i];
        const Array& x = outputs_[node.inputs[0]];
        const Array& dy = gradients[i];
        Array& dx = gradients[node.inputs[0]];
        const auto nonzero = [](double v) { return v != 0; };
        if (std::none_of(dy.values.begin(), dy.values.end(), nonzero)) continue;
        switch (node.kind) {
            case NodeKind::input:
                break;
            case NodeKind::convolution:
                convolution_gradient(node, filters_.at(node.name), outputs_[i], dy, dx);
                break;
            case NodeKind::max_pool:
            case NodeKind::average_pool:
                pool_gradient(node, x, dy, dx);
                break;
            case NodeKind::global_average:
                each_value(x, [&](int c, int oy, int ox) {
                    dx.at(c, oy, ox) += dy.at(c, 0, 0) / (x.height * x.width);
                });
                break;
            case NodeKind::lrn:
                lrn_gradient(node.lrn, x, dy, dx);
                break;
            case NodeKind::concat: {
                size_t at = 0;
                for (const int part : node.inputs) {
                    for (double& d : gradients[part].values) d += dy.values[at++];
                }
                break;
            }
        }
    }
    return gradients[0];
}

std::map<std::string, Filters> random_filters(const Graph& graph, uint64_t seed) {
    std::map<std::string, Filters> filters;
    uint64_t state = seed * 2 + 1;
    // Uniform in −1 … 1; xorshift, since a large network has 24 million of them.
    const auto uniform = [&state] {
        state ^= state << 13U;
        state ^= state >> 7U;
        state ^= state << 17U;
        return static_cast<float>(static_cast<int64_t>(state) >> 40U) * 0x1p-23F;
    };
    for (const Node& node : graph.nodes) {
        if (node.kind != NodeKind::convolution) continue;
        const size_t fan_in = static_cast<size_t>(graph.nodes[node.inputs[0]].channels) *
                              node.kernel_height * node.kernel_width;
        const float reach = std::sqrt(6.0F / static_cast<float>(fan_in));  // He et al. 2015
        Filters& f = filters[node.name];
        f.weights.resize(fan_in * node.channels);
        f.bias.resize(node.channels);
        for (float& w : f.weights) w = reach * uniform();
        for (float& b : f.bias) b = 0.2F * uniform();
    }
    return filters;
}

void write_weights(const std::filesystem::path& path, const Graph& graph,
                   const std::map<std::string, Filters>& filters,
                   const std::map<std::string, std::string>& metadata) {
    std::vector<NamedTensor> tensors;
    for (const Node& node : graph.nodes) {
        const auto at = filters.find(node.name);
        if (at == filters.end()) continue;
        tensors.push_back({node.name + ".weight",
                           {node.channels, graph.nodes[node.inputs[0]].channels, node.kernel_height,
                            node.kernel_width},
                           at->second.weights});
        tensors.push_back({node.name + ".bias", {node.channels}, at->second.bias});
    }
    write_safetensors(path, tensors, metadata);
}

TemporaryFile::TemporaryFile(const std::string& name)
    : path_(std::filesystem::temp_directory_path() /
            ("reverie_" + std::to_string(::getpid()) + "_" + name)) {}

TemporaryFile::~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace reverie::test
