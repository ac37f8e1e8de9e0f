// One convolution written as another that computes the same: what a library lacks in one form it
// may have in another.
#pragma once

#include <vector>

#include "kernels/conv.h"

namespace reverie {

/// Of the forward convolution. `bottom` and `right` are negative where its windows leave the last
/// rows or columns unread.
struct ConvPadding {
    int top, left, bottom, right;
};
ConvPadding padding_of(const ConvSpec& spec);

/// A spec with the filters that belong to it, OIHW.
struct ConvForm {
    ConvSpec spec;
    std::vector<float> weights;
};

/// The forward convolution that computes the data gradient `spec`, whose stride is 1: with
/// transposed, flipped filters.
ConvForm transposed_form(const ConvSpec& spec, const std::vector<float>& weights);

/// Whether the padding is the same on both sides of each axis, or can be taken to be: rows that are
/// padded and not read do no harm.
bool has_equal_padding(const ConvSpec& spec);
/// The same convolution with equal padding: where it must, its filters are enlarged by zeros.
ConvForm equal_padding_form(const ConvSpec& spec, const std::vector<float>& weights);

}  // namespace reverie
