// Rewrites a convolution as an equivalent one: a library that lacks one form may support another.
#pragma once

#include <optional>
#include <vector>

#include "kernels/conv.h"

namespace reverie {

/// Rounded down; b > 0.
inline int floor_div(int a, int b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

/// Padding of the forward convolution. `bottom` and `right` are negative if its windows leave the
/// last rows or columns unread.
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
/// Its spec alone.
ConvSpec transposed_spec(const ConvSpec& spec);

/// The forward convolution of stride 1 that computes one phase of a data gradient: every stride-th
/// row from `row` on and every stride-th column from `column` on.
struct PhaseForm {
    ConvForm form;
    int row, column;
};
/// Splits the data gradient `spec` into its phases (a sub-pixel convolution); no kernel side may be
/// shorter than the stride. Phases without a pixel are left out.
std::vector<PhaseForm> phase_forms(const ConvSpec& spec, const std::vector<float>& weights);

/// The form of a first convolution whose picture is stored in phases (PictureRef): stride 1, input
/// an ordinary tensor of kPhaseChannels channels. Empty for all other convolutions.
std::optional<ConvSpec> phase_picture_spec(TensorLayout layout, const ConvSpec& spec);
/// The same with its filters.
std::optional<ConvForm> phase_picture_form(TensorLayout layout, const ConvSpec& spec,
                                           const std::vector<float>& weights);

/// Whether the padding is equal on both sides of each axis, or may be treated as equal because the
/// additional padded rows are never read.
bool has_equal_padding(const ConvSpec& spec);
/// The same convolution with equal padding; if necessary, its filters are enlarged with zeros.
ConvForm equal_padding_form(const ConvSpec& spec, const std::vector<float>& weights);
/// Its spec alone.
ConvSpec equal_padding_spec(const ConvSpec& spec);

}  // namespace reverie
