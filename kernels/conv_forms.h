// Rewrites one convolution as another that computes the same: a form that a library lacks may exist
// in another.
#pragma once

#include <optional>
#include <vector>

#include "kernels/conv.h"

namespace reverie {

/// Rounded down; b > 0.
inline int floor_div(int a, int b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

/// Of the forward convolution. `bottom` and `right` are negative where its windows leave the last
/// rows or columns unread.
struct ConvPadding {
    int top, left, bottom, right;
};
ConvPadding padding_of(const ConvSpec& spec);

/// A spec with its filters, OIHW.
struct ConvForm {
    ConvSpec spec;
    std::vector<float> weights;
};

/// The forward convolution that computes the data gradient `spec`, whose stride is 1: with
/// transposed, flipped filters.
ConvForm transposed_form(const ConvSpec& spec, const std::vector<float>& weights);

/// The forward convolution of stride 1 that computes, of a data gradient, every stride-th row from
/// `row` on and every stride-th column from `column` on.
struct PhaseForm {
    ConvForm form;
    int row, column;
};
/// The data gradient `spec` in parts (a sub-pixel convolution); no kernel side may be shorter than
/// the stride. Parts without a pixel are left out.
std::vector<PhaseForm> phase_forms(const ConvSpec& spec, const std::vector<float>& weights);

/// The first convolution as it reads a picture that is stored in phases (PictureRef): of stride 1,
/// and from an ordinary tensor of kPhaseChannels. Nothing for all others.
std::optional<ConvForm> phase_picture_form(TensorLayout layout, const ConvSpec& spec,
                                           const std::vector<float>& weights);

/// Whether the padding is the same on both sides of each axis, or can be taken to be: rows that are
/// padded and not read do no harm.
bool has_equal_padding(const ConvSpec& spec);
/// The same convolution with equal padding: where it must, its filters are enlarged by zeros.
ConvForm equal_padding_form(const ConvSpec& spec, const std::vector<float>& weights);

}  // namespace reverie
