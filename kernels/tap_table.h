// The taps with which functors/resample.h reads a picture's axis, and what their weights damp.
#pragma once

#include <cstdint>

#include "kernels/hd.h"

namespace reverie {

/// The damping d of fine detail by the Catmull-Rom weights of a position with fraction t in 0 ... 1
/// behind a tap: the amplitude of a wave of ω radians per tap is multiplied by 1 − d·ω⁴, to leading
/// order. It follows from the weights' fourth moment, −9 t²(1 − t)², over 4!. V: a float, or many.
template <class V>
REVERIE_HD V cubic_damping(V t) {
    const V s = t * (1.0f - t);
    return 0.375f * s * s;
}

/// How many source samples one target sample reads along an axis.
REVERIE_HD int resize_taps(int src_size, int dst_size) {
    return src_size <= dst_size ? 4 : (4 * src_size + dst_size - 1) / dst_size;
}

/// The taps of one axis, in device memory: target i reads sources first[i] ... first[i] + taps - 1
/// (not clamped), tap k with weights[k * size + i]; the weights of one i add up to 1.
struct TapTable {
    int* first = nullptr;
    float* weights = nullptr;
    int size = 0;  ///< of the target
    int taps = 0;

    REVERIE_HD const float* weights_of(int k) const {
        return weights + static_cast<int64_t>(k) * size;
    }
    REVERIE_HD float weight(int k, int i) const { return weights_of(k)[i]; }
};

}  // namespace reverie
