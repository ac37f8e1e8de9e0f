// The processor's tiles (kernels/cpu/conv_tiles.h) in plain loops, so that convolutions on tiles are
// tested on processors without them.
#pragma once

#include "kernels/cpu/conv_tiles.h"

namespace reverie::test {

struct PlainTiles {
    static constexpr const char* kName = "plain tiles";
    struct Session {};

    template <class T>
    static void store(T* p, Floats<16> v) {
        store_lanes<16>(p, v);
    }

    template <int P, int C>
    static void multiply(const TileProduct& product, float (*sums)[TileShape::kSums]) {
        for (int tile = 0; tile < P * C; ++tile) {
            for (int at = 0; at < TileShape::kSums; ++at) {
                const int position = at / TileShape::kChannels, channel = at % TileShape::kChannels;
                double sum = 0;
                for (int step = 0; step < product.steps; ++step) {
                    const Bf16* const values = product.positions[tile / C] + product.offsets[step] +
                                               position * product.row_step;
                    const Bf16* const filters =
                        product.filters[tile % C] + step * TileShape::kFilters + 2 * channel;
                    for (int k = 0; k < TileShape::kDepth; ++k) {
                        sum += static_cast<double>(to_float(values[k])) *
                               to_float(filters[k / 2 * 2 * TileShape::kChannels + k % 2]);
                    }
                }
                sums[tile][at] = static_cast<float>(sum);
            }
        }
    }
};

}  // namespace reverie::test
