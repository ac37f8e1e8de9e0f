// Lists the ways of a convolution, converts them to text and back, and describes their graphs.
#include <algorithm>
#include <sstream>

#include "kernels/cuda/cudnn_route.h"

namespace reverie {
namespace {

constexpr unsigned kPackedIn = 1, kPackedOut = 2, kEqualPadding = 4, kTransposed = 8,
                   kStorageBias = 16, kAllFlags = 31;

constexpr const char* kApis[] = {"graph", "legacy", "narrow"};  // in the order of RouteChoice::Api

/// The legacy calls support neither unequal padding nor mixed types: their tensors are packed.
RouteChoice legacy_way(bool packed_in, bool packed_out) {
    RouteChoice way;
    way.api = RouteChoice::Api::legacy;
    way.equal_padding = true;
    way.storage_bias = true;
    way.packed_in = packed_in;
    way.packed_out = packed_out;
    return way;
}

bool is_slice(int parent, int channels) { return parent > 0 && parent != channels; }

}  // namespace

std::string to_text(const RouteChoice& c) {
    const unsigned flags = (c.packed_in ? kPackedIn : 0) | (c.packed_out ? kPackedOut : 0) |
                           (c.equal_padding ? kEqualPadding : 0) |
                           (c.transposed ? kTransposed : 0) | (c.storage_bias ? kStorageBias : 0);
    std::string text = std::string(kApis[static_cast<size_t>(c.api)]) + " ";
    text += std::to_string(flags) + " engine " + std::to_string(c.engine.engine);
    if (!c.engine.knobs.empty()) text += " knobs";
    for (const auto& [type, value] : c.engine.knobs)
        text += " " + std::to_string(type) + ":" + std::to_string(value);
    return text;
}

std::optional<RouteChoice> parse_route(const std::string& text) {
    std::istringstream in(text);
    std::string api, word;
    unsigned flags = 0;
    RouteChoice c;
    if (!(in >> api >> flags >> word >> c.engine.engine)) return std::nullopt;
    const auto* const known = std::find(std::begin(kApis), std::end(kApis), api);
    if (known == std::end(kApis) || word != "engine" || flags > kAllFlags) return std::nullopt;
    c.api = static_cast<RouteChoice::Api>(known - std::begin(kApis));
    c.packed_in = (flags & kPackedIn) != 0;
    c.packed_out = (flags & kPackedOut) != 0;
    c.equal_padding = (flags & kEqualPadding) != 0;
    c.transposed = (flags & kTransposed) != 0;
    c.storage_bias = (flags & kStorageBias) != 0;
    if (!(in >> word)) return c;
    if (word != "knobs") return std::nullopt;
    while (in >> word) {
        std::istringstream pair(word);
        int64_t type = 0, value = 0;
        char colon = 0;
        if (!(pair >> type >> colon >> value) || colon != ':' || !pair.eof()) return std::nullopt;
        c.engine.knobs.emplace_back(type, value);
    }
    return c.engine.knobs.empty() ? std::nullopt : std::optional<RouteChoice>(c);
}

std::vector<RouteChoice> routes_for(const RouteShape& shape) {
    const ConvSpec& s = shape.spec;
    const TensorLayout layout = shape.layout;
    const DType type = shape.type;
    const bool forward = s.direction == ConvDirection::forward;
    const bool slice_in =
        layout.nhwc() && (forward ? is_slice(s.in_parent_channels, s.in_channels)
                                  : is_slice(s.out_parent_channels, s.out_channels));
    const bool slice_out =
        layout.nhwc() && (forward ? is_slice(s.out_parent_channels, s.out_channels)
                                  : is_slice(s.in_parent_channels, s.in_channels));
    const bool converts = s.float_output && type != DType::f32;
    std::vector<RouteChoice> base(1);
    if (!has_equal_padding(s)) {
        base.emplace_back();
        base.back().equal_padding = true;
    }
    std::vector<RouteChoice> ways;
    if (is_narrow(s, layout, type)) {
        ways.emplace_back();
        ways.back().api = RouteChoice::Api::narrow;
    }
    const auto with = [&](auto change) {
        for (RouteChoice c : base) {
            change(c);
            ways.push_back(c);
        }
    };
    const auto each_form = [&](bool packed_in, bool packed_out) {
        with([&](RouteChoice& c) {
            c.packed_in = packed_in;
            c.packed_out = packed_out;
        });
        if (shape.with_bias && type != DType::f32) {
            with([&](RouteChoice& c) {
                c.packed_in = packed_in;
                c.packed_out = packed_out;
                c.storage_bias = true;
            });
        }
        if (!forward && s.stride == 1) {
            with([&](RouteChoice& c) {
                c.packed_in = packed_in;
                c.packed_out = packed_out;
                c.transposed = true;
            });
        }
    };
    each_form(false, false);
    if (slice_out || converts || s.accumulate) each_form(false, true);
    if (slice_in) each_form(true, false);
    if (slice_in && (slice_out || converts || s.accumulate)) each_form(true, true);
    ways.push_back(legacy_way(slice_in, slice_out || converts));
    return ways;
}

cudnn::ConvGraphSpec describe_graph(const RouteShape& shape, const RouteChoice& choice) {
    ConvSpec s = shape.spec;
    const TensorLayout layout = shape.layout;
    const DType type = shape.type;
    if (choice.transposed) s = transposed_spec(s);
    if (choice.equal_padding) s = equal_padding_spec(s);
    const bool gradient = s.direction == ConvDirection::backward_data;
    const auto view = [&](int channels, int parent, int height, int width, bool packed) {
        const int stored = packed || parent == 0 ? channels : parent;
        return slice_of(layout, nullptr, type, stored, 0, channels, height, width);
    };
    TensorRef x = s.picture_input
                      ? picture_of(layout, nullptr, type, s.in_height, s.in_width, s.stride).tensor
                      : view(s.in_channels, s.in_parent_channels, s.in_height, s.in_width,
                             gradient ? choice.packed_out : choice.packed_in);
    TensorRef y = view(s.out_channels, s.out_parent_channels, s.out_height, s.out_width,
                       gradient ? choice.packed_in : choice.packed_out);
    if (s.float_output && !choice.packed_out) (gradient ? x : y).type = DType::f32;
    const ConvPadding padding = padding_of(s);
    cudnn::ConvGraphSpec g;
    g.gradient = gradient;
    g.x = cudnn::graph_tensor(x);
    g.y = cudnn::graph_tensor(y);
    g.weights_type = type;
    g.weights_nhwc = layout.nhwc();
    g.kernel_height = s.kernel_height;
    g.kernel_width = s.kernel_width;
    g.stride = s.stride;
    g.pad_top = padding.top;
    g.pad_left = padding.left;
    // Rows that are not read need no padding; with equal padding, padded rows may stay unread.
    g.pad_bottom = choice.equal_padding ? padding.top : std::max(0, padding.bottom);
    g.pad_right = choice.equal_padding ? padding.left : std::max(0, padding.right);
    g.bias = shape.with_bias;
    g.bias_type = choice.storage_bias ? type : DType::f32;
    g.relu = s.relu && !gradient;
    g.accumulate = s.accumulate && !choice.packed_out;
    return g;
}

}  // namespace reverie
