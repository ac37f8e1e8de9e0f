// Reads activations of a plan's layers, in the user's channel order.
#include <cmath>
#include <cstring>

#include "kernels/ops.h"
#include "src/net/execution_plan.h"

namespace reverie {

void ExecutionPlan::forward(Stream& stream, Pixels<const float> rgb) {
    input_ = parts_.weights.input;
    picture_ = rgb;
    run(stream, forward_actions_);
}

std::vector<float> ExecutionPlan::activations(Stream& stream, int node) {
    const TensorRef ref = activation_of(node);
    const Tensor<void>& s = ref.shape;
    const Place& place = layout_.places[node];
    const int64_t span = (s.blocks - 1) * s.block_stride +
                         (static_cast<int64_t>(s.height) * s.width - 1) * s.pixel_stride +
                         s.block_channels;
    std::vector<char> bytes(span * bytes_of(ref.type));
    parts_.device->download(stream, bytes.data(), s.data, bytes.size());
    const int64_t plane = static_cast<int64_t>(s.height) * s.width;
    std::vector<float> values(static_cast<size_t>(plane) * place.stored_at.size());
    for (size_t c = 0; c < place.stored_at.size(); ++c) {
        const int at = place.stored_at[c];
        for (int64_t i = 0; i < plane; ++i) {
            const int64_t index =
                at / s.block_channels * s.block_stride + i * s.pixel_stride + at % s.block_channels;
            if (ref.type == DType::f32) {
                std::memcpy(&values[c * plane + i], bytes.data() + index * 4, 4);
            } else {
                uint16_t bits = 0;
                std::memcpy(&bits, bytes.data() + index * 2, 2);
                values[c * plane + i] =
                    ref.type == DType::f16 ? to_float(Half{bits}) : to_float(Bf16{bits});
            }
        }
    }
    return values;
}

std::vector<float> ExecutionPlan::channel_rms(Stream& stream, int node) {
    const Place& place = layout_.places[node];
    const Extent e = extents_[node];
    const TensorRef x = activation_of(node);
    std::vector<float> rows(static_cast<size_t>(place.channels) * e.height);
    if (seen_.size() < rows.size()) seen_ = Buffer<float>(*parts_.device, rows.size());
    parts_.device->ops().row_squares(stream, x, seen_.data());
    parts_.device->download(stream, rows.data(), seen_.data(), rows.size() * sizeof(float));
    std::vector<float> rms;
    for (const int at : place.stored_at) {
        double sum = 0;
        for (int y = 0; y < e.height; ++y) sum += rows[static_cast<size_t>(at) * e.height + y];
        rms.push_back(
            static_cast<float>(std::sqrt(sum / (static_cast<double>(e.height) * e.width))));
    }
    return rms;
}

std::vector<float> ExecutionPlan::activation_map(Stream& stream, int node, int channel) {
    const Place& place = layout_.places[node];
    const Extent e = extents_[node];
    const bool all = channel < 0;
    std::vector<float> map(static_cast<size_t>(e.height) * e.width);
    if (seen_.size() < map.size()) seen_ = Buffer<float>(*parts_.device, map.size());
    parts_.device->ops().activation_map(
        stream, activation_of(node), all ? 0 : place.stored_at[channel], all ? place.channels : 1,
        all ? 1.0F / static_cast<float>(place.stored_at.size()) : 1.0F,
        {seen_.data(), e.width, e.height, 1});
    parts_.device->download(stream, map.data(), seen_.data(), map.size() * sizeof(float));
    return map;
}

}  // namespace reverie
