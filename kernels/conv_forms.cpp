#include "kernels/conv_forms.h"

#include <algorithm>
#include <utility>

#include "src/util/error.h"

namespace reverie {
namespace {

/// How many zeros a kernel needs before its first tap and after its last one, so that equal padding
/// on both sides gives the same result. Up to stride − 1 padded rows at the end may stay unread.
struct Enlargement {
    int before = 0, after = 0;
};

Enlargement enlargement(int before, int after, int stride) {
    if (before < after) return {after - before, 0};
    return {0, std::max(0, before - after - (stride - 1))};
}

/// Row stride·i + phase of a data gradient receives from output rows i + j, j = first … first +
/// count − 1, through the forward convolution's tap phase + pad − stride·j.
struct PhaseTaps {
    PhaseTaps(int phase, int pad, int kernel, int stride)
        : first(-floor_div(kernel - 1 - phase - pad, stride)),
          count(floor_div(phase + pad, stride) - first + 1) {}
    int first, count;
};

/// The forward convolution of one phase of a data gradient.
ConvSpec phase_spec(const ConvSpec& s, int row, int column, const PhaseTaps& y,
                    const PhaseTaps& x) {
    ConvSpec t = s;
    t.direction = ConvDirection::forward;
    t.relu = false;
    t.stride = 1;
    std::swap(t.in_channels, t.out_channels);
    std::swap(t.in_parent_channels, t.out_parent_channels);
    t.in_height = s.out_height;
    t.in_width = s.out_width;
    t.out_height = (s.in_height - row + s.stride - 1) / s.stride;
    t.out_width = (s.in_width - column + s.stride - 1) / s.stride;
    t.kernel_height = y.count;
    t.kernel_width = x.count;
    t.pad_top = -y.first;
    t.pad_left = -x.first;
    return t;
}

}  // namespace

ConvPadding padding_of(const ConvSpec& s) {
    return {s.pad_top, s.pad_left,
            (s.out_height - 1) * s.stride + s.kernel_height - s.in_height - s.pad_top,
            (s.out_width - 1) * s.stride + s.kernel_width - s.in_width - s.pad_left};
}

std::vector<PhaseForm> phase_forms(const ConvSpec& s, const std::vector<float>& weights) {
    require(s.direction == ConvDirection::backward_data && s.kernel_height >= s.stride &&
                s.kernel_width >= s.stride,
            "only a data gradient whose kernel is no shorter than its stride has all its phases");
    std::vector<PhaseForm> phases;
    for (int row = 0; row < std::min(s.stride, s.in_height); ++row) {
        const PhaseTaps y(row, s.pad_top, s.kernel_height, s.stride);
        for (int column = 0; column < std::min(s.stride, s.in_width); ++column) {
            const PhaseTaps x(column, s.pad_left, s.kernel_width, s.stride);
            PhaseForm phase{{phase_spec(s, row, column, y, x), {}}, row, column};
            std::vector<int> taps;  // places in a filter
            for (int tap = 0; tap < y.count * x.count; ++tap) {
                const int ky = row + s.pad_top - s.stride * (y.first + tap / x.count);
                const int kx = column + s.pad_left - s.stride * (x.first + tap % x.count);
                taps.push_back(ky * s.kernel_width + kx);
            }
            std::vector<float>& turned = phase.form.weights;
            turned.resize(taps.size() * s.in_channels * s.out_channels);
            size_t at = 0;
            for (int i = 0; i < s.in_channels; ++i) {
                for (int o = 0; o < s.out_channels; ++o) {
                    const size_t filter = static_cast<size_t>(o) * s.in_channels + i;
                    const float* const from = &weights[filter * s.kernel_height * s.kernel_width];
                    for (const int tap : taps) turned[at++] = from[tap];
                }
            }
            phases.push_back(std::move(phase));
        }
    }
    return phases;
}

ConvSpec transposed_spec(const ConvSpec& s) {
    require(s.direction == ConvDirection::backward_data && s.stride == 1,
            "only a data gradient of stride 1 is one convolution");
    return phase_spec(s, 0, 0, PhaseTaps(0, s.pad_top, s.kernel_height, 1),
                      PhaseTaps(0, s.pad_left, s.kernel_width, 1));
}

ConvForm transposed_form(const ConvSpec& s, const std::vector<float>& weights) {
    require(s.stride == 1, "only a data gradient of stride 1 is one convolution");
    return std::move(phase_forms(s, weights).front().form);
}

namespace {

constexpr int kStride = 2;  // of a convolution that reads phases

/// The cell of the first tap: tap k of output row i reads row 2·i + k − pad, which is row
/// i + (k − pad) / 2 of its phase.
int first_cell(int pad) { return floor_div(-pad, kStride); }

}  // namespace

std::optional<ConvSpec> phase_picture_spec(TensorLayout layout, const ConvSpec& s) {
    if (!s.picture_input || !layout.reads_phases(s.stride)) return std::nullopt;
    const int top = first_cell(s.pad_top), left = first_cell(s.pad_left);
    ConvSpec f = s;
    f.picture_input = false;
    f.stride = 1;
    f.in_channels = f.in_parent_channels = kPhaseChannels;
    f.in_height = (s.in_height + 1) / kStride;
    f.in_width = (s.in_width + 1) / kStride;
    f.kernel_height = floor_div(s.kernel_height - 1 - s.pad_top, kStride) - top + 1;
    f.kernel_width = floor_div(s.kernel_width - 1 - s.pad_left, kStride) - left + 1;
    f.pad_top = -top;
    f.pad_left = -left;
    return f;
}

std::optional<ConvForm> phase_picture_form(TensorLayout layout, const ConvSpec& s,
                                           const std::vector<float>& weights) {
    const std::optional<ConvSpec> spec = phase_picture_spec(layout, s);
    if (!spec) return std::nullopt;
    ConvForm form{*spec, {}};
    const ConvSpec& f = form.spec;
    const int top = first_cell(s.pad_top), left = first_cell(s.pad_left);
    const size_t taps = static_cast<size_t>(f.kernel_height) * f.kernel_width;
    form.weights.assign(s.out_channels * kPhaseChannels * taps, 0.0F);
    for (int o = 0; o < s.out_channels; ++o) {
        for (int c = 0; c < s.in_channels; ++c) {
            for (int ky = 0; ky < s.kernel_height; ++ky) {
                for (int kx = 0; kx < s.kernel_width; ++kx) {
                    const int y = ky - s.pad_top - kStride * top;
                    const int x = kx - s.pad_left - kStride * left;
                    const int channel = s.in_channels * (kStride * (y % kStride) + x % kStride) + c;
                    form.weights[((o * kPhaseChannels + channel) * f.kernel_height + y / kStride) *
                                     f.kernel_width +
                                 x / kStride] =
                        weights[((o * s.in_channels + c) * s.kernel_height + ky) * s.kernel_width +
                                kx];
                }
            }
        }
    }
    return form;
}

bool has_equal_padding(const ConvSpec& s) {
    const ConvPadding p = padding_of(s);
    const Enlargement rows = enlargement(p.top, p.bottom, s.stride);
    const Enlargement columns = enlargement(p.left, p.right, s.stride);
    return rows.before + rows.after + columns.before + columns.after == 0;
}

ConvSpec equal_padding_spec(const ConvSpec& s) {
    const ConvPadding p = padding_of(s);
    const Enlargement rows = enlargement(p.top, p.bottom, s.stride);
    const Enlargement columns = enlargement(p.left, p.right, s.stride);
    ConvSpec e = s;
    e.kernel_height += rows.before + rows.after;
    e.kernel_width += columns.before + columns.after;
    e.pad_top += rows.before;
    e.pad_left += columns.before;
    return e;
}

ConvForm equal_padding_form(const ConvSpec& s, const std::vector<float>& weights) {
    if (has_equal_padding(s)) return {s, weights};
    ConvForm form{equal_padding_spec(s), {}};
    const ConvSpec& e = form.spec;
    const int above = e.pad_top - s.pad_top, before = e.pad_left - s.pad_left;
    const size_t filters = static_cast<size_t>(s.out_channels) * s.in_channels;
    form.weights.assign(filters * e.kernel_height * e.kernel_width, 0.0F);
    for (size_t f = 0; f < filters; ++f) {
        for (int y = 0; y < s.kernel_height; ++y) {
            const float* from = &weights[(f * s.kernel_height + y) * s.kernel_width];
            const size_t row = f * e.kernel_height + y + above;
            std::copy(from, from + s.kernel_width, &form.weights[row * e.kernel_width + before]);
        }
    }
    return form;
}

}  // namespace reverie
