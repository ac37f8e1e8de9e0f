#include "src/dream/sight/channel_watch.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "kernels/ops.h"
#include "src/net/execution_plan.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr int kMirrored = 16;  // px beyond each edge: edges would excite channels first …
constexpr int kEdge = 24;  // … and mirrored ones look like circles: what is nearer does not count

/// A layer's output, channels × height × width.
struct LayerOutput {
    std::vector<float> values;
    Extent extent;
};

/// Of the positions that are not near the picture's edge.
ChannelAnswer answer_of(const LayerOutput& output, int channel, Size size) {
    const Extent& extent = output.extent;
    const size_t area = static_cast<size_t>(extent.width) * static_cast<size_t>(extent.height);
    const float* const map = output.values.data() + static_cast<size_t>(channel) * area;
    const auto place = [](int position, int positions, int inside) {
        const double seen = inside + 2.0 * kMirrored;
        return ((position + 0.5) / positions * seen - kMirrored) / inside;
    };
    const double edge_x = double{kEdge} / size.width, edge_y = double{kEdge} / size.height;
    ChannelAnswer answer{0, 0.5F, 0.5F};
    for (int row = 0; row < extent.height; ++row) {
        const double y = place(row, extent.height, size.height);
        if (y < edge_y || y > 1 - edge_y) continue;
        for (int column = 0; column < extent.width; ++column) {
            const double x = place(column, extent.width, size.width);
            const float value = map[row * extent.width + column];
            if (x < edge_x || x > 1 - edge_x || value <= answer.peak) continue;
            answer = {value, static_cast<float>(x), static_cast<float>(y)};
        }
    }
    return answer;
}

}  // namespace

Size ChannelWatch::seen_size(int width, int height) {
    const double scale = std::sqrt(kPixels / (double{1} * width * height));
    const auto side = [&](int pixels) {
        return std::max(kLeastSide, static_cast<int>(std::lround(scale * pixels)));
    };
    return {side(width), side(height)};
}

std::vector<ChannelAnswer> ChannelWatch::measure(Stream& stream, Pixels<const float> picture,
                                                 const std::vector<NamedChannel>& channels,
                                                 bool waits) {
    if (channels.empty() || picture.data == nullptr) return {};
    std::map<std::string, int> nodes;
    for (const NamedChannel& channel : channels) {
        if (!nodes.contains(channel.layer))
            nodes[channel.layer] = network_->find(channel.layer).node;
    }
    std::vector<Tap> taps;
    for (const auto& [layer, node] : nodes) taps.push_back({node});
    const Size size = seen_size(picture.width, picture.height);
    const Size seen{size.width + 2 * kMirrored, size.height + 2 * kMirrored};
    std::map<std::string, LayerOutput> outputs;
    try {
        if (!waits && !network_->ready(seen.width, seen.height, taps)) {
            network_->prepare(seen.width, seen.height, taps);
            return {};
        }
        ExecutionPlan& plan = network_->plan(seen.width, seen.height, taps);
        Device& device = network_->device();
        small_.resize(device, size.width, size.height, kColours);
        seen_.resize(device, seen.width, seen.height, kColours);
        resizer_.resize(stream, picture, small_);
        device.ops().mirror(stream, small_, kMirrored, seen_);
        plan.forward(stream, seen_);
        for (const auto& [layer, node] : nodes)
            outputs[layer] = {plan.activations(stream, node), plan.extent(node)};
    } catch (const OutOfMemory&) {
        throw;
    } catch (const DeviceError&) {
        throw;
    } catch (const Error&) {
        return {};
    }
    std::vector<ChannelAnswer> answers;
    answers.reserve(channels.size());
    for (const NamedChannel& channel : channels)
        answers.push_back(answer_of(outputs.at(channel.layer), channel.channel, size));
    return answers;
}

}  // namespace reverie
