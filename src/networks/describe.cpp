#include "src/networks/describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "src/media/sink.h"
#include "src/util/error.h"

namespace reverie {
namespace {

const char* kind_text(NodeKind kind) {
    switch (kind) {
        case NodeKind::input:
            return "input";
        case NodeKind::convolution:
            return "convolution";
        case NodeKind::max_pool:
            return "max pool";
        case NodeKind::average_pool:
            return "average pool";
        case NodeKind::global_average:
            return "mean of all";
        case NodeKind::lrn:
            return "normalisation";
        case NodeKind::concat:
            return "module";
    }
    return "";
}

std::string metadata(const Weights& weights, const std::string& key, const std::string& fallback) {
    const auto found = weights.metadata.find(key);
    return found == weights.metadata.end() ? fallback : one_line(found->second);
}

size_t count_parameters(const Weights& weights) {
    size_t count = 0;
    for (const auto& [name, filters] : weights.filters)
        count += filters.weights.size() + filters.bias.size();
    return count;
}

}  // namespace

std::string weights_text(const Weights& weights) {
    const Graph& graph = weights.graph;
    const std::vector<ReceptiveField> fields = graph.fields();
    const bool classifies = weights.absent.empty();
    std::string text;
    const auto line = [&text](const char* key, const std::string& value) {
        text += fmt::format("{:<14} {}\n", key, value);
    };
    line("file", weights.path.string());
    line("architecture", graph.architecture);
    line("parameters", fmt::format("{:.2f} million", count_parameters(weights) / 1e6));
    line("input", fmt::format("(value - {} {} {}) x {} in {}", weights.input.mean.x,
                              weights.input.mean.y, weights.input.mean.z, weights.input.scale,
                              weights.input.bgr ? "BGR; the mean is in RGB" : "RGB"));
    line("lrn", metadata(weights, "lrn", "none"));
    line("classes", classifies
                        ? std::to_string(graph.nodes.back().channels)
                        : "none: " + weights.absent.front() + " and what follows is missing");
    line("origin", metadata(weights, "origin", "not said"));
    line("licence", metadata(weights, "licence", "not said"));
    text += fmt::format("\n{:<32} {:<14} {:>8} {:>8} {:>12}\n", "layer", "kind", "channels",
                        "stride", "sees (px)");
    for (size_t i = 1; i < graph.nodes.size(); ++i) {
        const Node& node = graph.nodes[i];
        text +=
            fmt::format("{:<32} {:<14} {:>8} {:>8} {:>12}\n", node.name, kind_text(node.kind),
                        node.channels, fields[i].stride, fmt::format("{0}x{0}", fields[i].size));
    }
    return text;
}

RgbPicture filters_picture(const Weights& weights, int zoom) {
    const Node& node = weights.graph.nodes.at(1);
    const std::vector<float>& values = weights.filters.at(node.name).weights;
    const int kh = node.kernel_height, kw = node.kernel_width;
    const int across = static_cast<int>(std::ceil(std::sqrt(node.channels)));
    const int down = (node.channels + across - 1) / across;
    const int gap = zoom;
    RgbPicture picture{across * (kw * zoom + gap) + gap, down * (kh * zoom + gap) + gap, {}};
    picture.pixels.assign(static_cast<size_t>(3) * picture.width * picture.height, 32);
    const size_t filter_size = static_cast<size_t>(3) * kh * kw;
    for (int o = 0; o < node.channels; ++o) {
        const float* filter = &values[o * filter_size];
        float largest = 0;
        for (size_t i = 0; i < filter_size; ++i) largest = std::max(largest, std::abs(filter[i]));
        const float scale = largest > 0 ? 127.5F / largest : 0;
        const int left = gap + o % across * (kw * zoom + gap);
        const int top = gap + o / across * (kh * zoom + gap);
        for (int y = 0; y < kh * zoom; ++y) {
            for (int x = 0; x < kw * zoom; ++x) {
                for (int c = 0; c < 3; ++c) {
                    const int channel = weights.input.bgr ? 2 - c : c;
                    const float v = filter[(channel * kh + y / zoom) * kw + x / zoom];
                    const size_t at =
                        (static_cast<size_t>(top + y) * picture.width + left + x) * 3 + c;
                    picture.pixels[at] = static_cast<uint8_t>(std::lround(127.5F + scale * v));
                }
            }
        }
    }
    return picture;
}

void write_picture(const RgbPicture& picture, const std::string& path, bool overwrite) {
    require(path.ends_with(".png"), "--filters " + path + ": the picture's name must end in .png");
    SinkOptions options;
    options.width = picture.width;
    options.height = picture.height;
    options.time_base = {1, 25};
    options.source_format.planes = 1;
    options.source_format.matrix = ColorMatrix::rgb;
    options.overwrite = overwrite;
    const std::unique_ptr<Sink> sink = open_sink(path, options);
    const VideoFrame frame = sink->acquire();
    const size_t row = static_cast<size_t>(3) * picture.width;
    require(frame.format().planes == 1 && frame.format().row_bytes(0, picture.width) == row,
            "cannot write " + path + ": its format is not 8-bit RGB");
    for (int y = 0; y < picture.height; ++y) {
        std::copy_n(&picture.pixels[y * row], row,
                    frame.planes.data[0] + y * frame.planes.stride_bytes[0]);
    }
    sink->write(frame);
    sink->finish();
}

}  // namespace reverie
