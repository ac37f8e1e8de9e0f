#include "tests/support/external_files.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "tests/support/error_of.h"

namespace reverie::test {
namespace {

/// Words in a row.
std::vector<std::string> words(const std::string& text) {
    std::istringstream stream(text);
    return {std::istream_iterator<std::string>(stream), {}};
}

/// For each module, its name and the branches' names: "NAME:" begins one.
std::vector<std::string> qualified(const std::string& text, const std::string& separator) {
    std::vector<std::string> names;
    std::string module;
    for (const std::string& word : words(text)) {
        if (word.back() == ':')
            module = word.substr(0, word.size() - 1);
        else
            names.push_back(module.empty() ? word : module + separator + word);
    }
    return names;
}

std::vector<std::string> torchvision_names(const std::string& architecture) {
    if (architecture == "googlenet_torchvision") {
        std::string text = "conv1 conv2 conv3 ";
        for (const char* module : {"3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"}) {
            text += "inception" + std::string(module) +
                    ": branch1 branch2.0 branch2.1 branch3.0 branch3.1 branch4.1 ";
        }
        return qualified(text, ".");
    }
    const std::string a =
        "branch1x1 branch5x5_1 branch5x5_2 branch3x3dbl_1 branch3x3dbl_2 branch3x3dbl_3 "
        "branch_pool ";
    const std::string c =
        "branch1x1 branch7x7_1 branch7x7_2 branch7x7_3 branch7x7dbl_1 branch7x7dbl_2 "
        "branch7x7dbl_3 branch7x7dbl_4 branch7x7dbl_5 branch_pool ";
    const std::string e =
        "branch1x1 branch3x3_1 branch3x3_2a branch3x3_2b branch3x3dbl_1 branch3x3dbl_2 "
        "branch3x3dbl_3a branch3x3dbl_3b branch_pool ";
    return qualified(
        "Conv2d_1a_3x3 Conv2d_2a_3x3 Conv2d_2b_3x3 Conv2d_3b_1x1 Conv2d_4a_3x3 "
        "Mixed_5b: " +
            a + "Mixed_5c: " + a + "Mixed_5d: " + a +
            "Mixed_6a: branch3x3 branch3x3dbl_1 branch3x3dbl_2 branch3x3dbl_3 "
            "Mixed_6b: " +
            c + "Mixed_6c: " + c + "Mixed_6d: " + c + "Mixed_6e: " + c +
            "Mixed_7a: branch3x3_1 branch3x3_2 branch7x7x3_1 branch7x7x3_2 branch7x7x3_3 "
            "branch7x7x3_4 Mixed_7b: " +
            e + "Mixed_7c: " + e,
        ".");
}

std::vector<std::string> inception5h_names(bool early) {
    std::string text = "conv2d0 conv2d1 conv2d2 ";
    for (const char* module : {"3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"}) {
        text += "mixed" + std::string(module) +
                ": 1x1 3x3_bottleneck 3x3 5x5_bottleneck 5x5 pool_reduce ";
    }
    return qualified(text, early ? "/" : "_");
}

/// f(node, input channels, index among the convolutions) for each convolution with filters; the
/// classifier is the last.
template <class F>
void each_convolution(const Graph& graph, const FilterMap& filters, F f) {
    size_t index = 0;
    for (const Node& node : graph.nodes) {
        if (node.kind != NodeKind::convolution) continue;
        if (filters.count(node.name) != 0) f(node, graph.nodes[node.inputs[0]].channels, index);
        ++index;
    }
}

bool is_classifier(const Graph& graph, const Node& node) { return &node == &graph.nodes.back(); }

/// OIHW to HWIO.
std::vector<float> turned(const std::vector<float>& oihw, int o, int i, int taps) {
    std::vector<float> hwio;
    for (int t = 0; t < taps; ++t) {
        for (int in = 0; in < i; ++in) {
            for (int out = 0; out < o; ++out)
                hwio.push_back(oihw[(static_cast<size_t>(out) * i + in) * taps + t]);
        }
    }
    return hwio;
}

std::string old_blob(const std::vector<int>& shape, const std::vector<float>& values) {
    Wire blob;
    for (int i = 0; i < 4; ++i) {
        const int missing = 4 - static_cast<int>(shape.size());
        blob.varint(i + 1, i < missing ? 1 : shape[i - missing]);
    }
    return blob.bytes(5, raw_floats(values)).text();
}

std::string modern_blob(const std::vector<int>& shape, const std::vector<float>& values) {
    Wire dimensions;
    std::string packed;
    for (const int extent : shape) {
        Wire one;
        one.varint(1, extent);
        packed += one.text().substr(1);
    }
    dimensions.bytes(1, packed);
    Wire blob;
    // Biases as double, each number of a small one separate, filters packed: the format allows all
    // of these.
    if (shape.size() == 1 && values.size() > 100) {
        blob.bytes(8, raw_doubles(values));
    } else if (shape.size() == 1) {
        for (const float v : values) blob.fixed32(5, v);
    } else {
        blob.bytes(5, raw_floats(values));
    }
    return blob.bytes(7, dimensions.text()).text();
}

/// A layer of either form.
struct CaffeLayer {
    std::string name, type, bottom;
    uint64_t old_type = 0;
    std::vector<std::string> blobs;
    std::string convolution, lrn, transform;
};

void append(Wire& net, const CaffeLayer& layer, CaffeForm form) {
    Wire w;
    const bool old = form == CaffeForm::old;
    if (!layer.bottom.empty()) w.bytes(old ? 2 : 3, layer.bottom);
    w.bytes(old ? 3 : 4, layer.name).bytes(old ? 4 : 1, layer.name);
    if (old)
        w.varint(5, layer.old_type);
    else
        w.bytes(2, layer.type);
    for (const std::string& blob : layer.blobs) w.bytes(old ? 6 : 7, blob);
    if (!layer.convolution.empty()) w.bytes(old ? 10 : 106, layer.convolution);
    if (!layer.lrn.empty()) w.bytes(old ? 18 : 118, layer.lrn);
    if (!layer.transform.empty()) w.bytes(old ? 36 : 100, layer.transform);
    net.bytes(old ? 2 : 100, w.text());
}

Wire shape_message(const std::vector<int>& shape) {
    Wire message;
    for (const int extent : shape) message.bytes(2, Wire().varint(1, extent).text());
    return message;
}

std::string attribute(const std::string& key, const std::string& value) {
    return Wire().bytes(1, key).bytes(2, value).text();
}

/// A Const node; if it is short, equal numbers at its end are left out.
std::string constant(const std::string& name, const std::vector<int>& shape,
                     const std::vector<float>& values) {
    Wire tensor;
    tensor.varint(1, 1).bytes(2, shape_message(shape).text());
    if (shape.size() > 1) {
        tensor.bytes(4, raw_floats(values));
    } else {
        size_t count = values.size();
        while (count > 1 && values[count - 2] == values.back()) --count;
        tensor.bytes(5, raw_floats({values.begin(), values.begin() + static_cast<long>(count)}));
    }
    return Wire()
        .bytes(1, name)
        .bytes(2, "Const")
        .bytes(5, attribute("dtype", Wire().varint(6, 1).text()))
        .bytes(5, attribute("value", Wire().bytes(8, tensor.text()).text()))
        .text();
}

}  // namespace

void Wire::raw_varint(uint64_t value) {
    for (; value > 0x7F; value >>= 7U) text_ += static_cast<char>((value & 0x7FU) | 0x80U);
    text_ += static_cast<char>(value);
}

Wire& Wire::varint(uint32_t number, uint64_t value) {
    raw_varint(static_cast<uint64_t>(number) << 3U);
    raw_varint(value);
    return *this;
}

Wire& Wire::bytes(uint32_t number, const std::string& value) {
    raw_varint(static_cast<uint64_t>(number) << 3U | 2U);
    raw_varint(value.size());
    text_ += value;
    return *this;
}

Wire& Wire::fixed32(uint32_t number, float value) {
    raw_varint(static_cast<uint64_t>(number) << 3U | 5U);
    text_ += raw_floats({value});
    return *this;
}

std::string raw_floats(const std::vector<float>& values) {
    std::string raw(values.size() * sizeof(float), '\0');
    std::memcpy(raw.data(), values.data(), raw.size());
    return raw;
}

std::string raw_doubles(const std::vector<float>& values) {
    const std::vector<double> wide(values.begin(), values.end());
    std::string raw(wide.size() * sizeof(double), '\0');
    std::memcpy(raw.data(), wide.data(), raw.size());
    return raw;
}

std::string caffe_model(const Graph& graph, const FilterMap& filters, CaffeForm form,
                        const std::string& classifier) {
    const auto blob = form == CaffeForm::old ? old_blob : modern_blob;
    Wire net;
    net.bytes(1, "GoogleNet");
    CaffeLayer data{"data", "Data", "", 5, {}, "", "", ""};
    data.transform =
        Wire().varint(2, 1).varint(3, 224).fixed32(5, 101).fixed32(5, 111).fixed32(5, 121).text();
    append(net, data, form);
    for (const Node& node : graph.nodes) {
        const std::string bottom = node.inputs.empty() ? "" : graph.nodes[node.inputs[0]].name;
        if (node.kind == NodeKind::max_pool)
            append(net, {node.name, "Pooling", bottom, 17, {}, "", "", ""}, form);
        if (node.kind == NodeKind::lrn) {
            const std::string lrn = Wire()
                                        .varint(1, node.lrn.size)
                                        .fixed32(2, node.lrn.alpha)
                                        .fixed32(3, node.lrn.beta)
                                        .fixed32(5, node.lrn.k)
                                        .text();
            append(net, {node.name, "LRN", bottom, 15, {}, "", lrn, ""}, form);
        }
        if (node.kind != NodeKind::convolution || filters.count(node.name) == 0) continue;
        const Filters& f = filters.at(node.name);
        const int in = graph.nodes[node.inputs[0]].channels;
        if (is_classifier(graph, node)) {
            append(net,
                   {"loss1/classifier",
                    "InnerProduct",
                    "loss1/fc",
                    14,
                    {blob({2, 3}, {1, 2, 3, 4, 5, 6}), blob({2}, {0, 1})},
                    "",
                    "",
                    ""},
                   form);
            append(net,
                   {classifier,
                    "InnerProduct",
                    "pool5/7x7_s1",
                    14,
                    {blob({node.channels, in}, f.weights), blob({node.channels}, f.bias)},
                    "",
                    "",
                    ""},
                   form);
            continue;
        }
        const std::string geometry = Wire()
                                         .varint(1, node.channels)
                                         .varint(3, node.kernel_height / 2)
                                         .varint(4, node.kernel_height)
                                         .varint(6, node.stride)
                                         .text();
        append(net,
               {node.name,
                "Convolution",
                bottom,
                4,
                {blob({node.channels, in, node.kernel_height, node.kernel_width}, f.weights),
                 blob({node.channels}, f.bias)},
                geometry,
                "",
                ""},
               form);
    }
    return net.text();
}

std::map<std::string, Normalised> normalised(const FilterMap& filters, uint32_t seed,
                                             bool with_gamma) {
    std::map<std::string, Normalised> all;
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> around_one(0.5F, 1.5F), around_zero(-0.5F, 0.5F);
    for (const auto& [name, f] : filters) {
        Normalised& n = all[name];
        n.weights = f.weights;
        const size_t per_channel = f.weights.size() / f.bias.size();
        for (size_t c = 0; c < f.bias.size(); ++c) {
            n.gamma.push_back(with_gamma ? around_one(random) : 1.0F);
            n.mean.push_back(around_zero(random));
            // The last ones are equal, so that a writer can leave them out.
            n.variance.push_back(c + 5 < f.bias.size() ? around_one(random) : 0.75F);
            const double factor = n.gamma[c] / std::sqrt(n.variance[c] + 1e-3);
            for (size_t i = c * per_channel; i < (c + 1) * per_channel; ++i)
                n.weights[i] = static_cast<float>(f.weights[i] / factor);
            n.beta.push_back(static_cast<float>(f.bias[c] + n.mean[c] * factor));
        }
    }
    return all;
}

std::string inception_v3_pb(const Graph& graph, const FilterMap& filters, bool with_gamma) {
    const std::map<std::string, Normalised> norms = normalised(filters, 5, with_gamma);
    Wire def;
    def.bytes(1, Wire().bytes(1, "DecodeJpeg/contents").bytes(2, "Const").text());
    each_convolution(graph, filters, [&](const Node& node, int in, size_t) {
        const Filters& f = filters.at(node.name);
        if (is_classifier(graph, node)) {
            def.bytes(1, constant("softmax/weights", {in, node.channels},
                                  turned(f.weights, node.channels, in, 1)));
            def.bytes(1, constant("softmax/biases", {node.channels}, f.bias));
            return;
        }
        const Normalised& n = norms.at(node.name);
        const std::vector<int> shape{node.kernel_height, node.kernel_width, in, node.channels};
        def.bytes(1, constant(node.name + "/conv2d_params", shape,
                              turned(n.weights, node.channels, in,
                                     node.kernel_height * node.kernel_width)));
        const std::string norm = node.name + "/batchnorm";
        // The graph holds gamma even if the operation does not scale.
        const std::vector<float> unused(node.channels, 123.0F);
        def.bytes(1, constant(norm + "/gamma", {node.channels}, with_gamma ? n.gamma : unused));
        def.bytes(1, constant(norm + "/beta", {node.channels}, n.beta));
        def.bytes(1, constant(norm + "/moving_mean", {node.channels}, n.mean));
        def.bytes(1, constant(norm + "/moving_variance", {node.channels}, n.variance));
        Wire op;
        op.bytes(1, norm)
            .bytes(2, "BatchNormWithGlobalNormalization")
            .bytes(3, node.name + "/Conv2D");
        op.bytes(5, attribute("variance_epsilon", Wire().fixed32(4, 1e-3F).text()));
        op.bytes(
            5, attribute("scale_after_normalization", Wire().varint(5, with_gamma ? 1 : 0).text()));
        def.bytes(1, op.text());
    });
    return def.text();
}

std::string inception5h_pb(const Graph& graph, const FilterMap& filters, bool early) {
    const std::vector<std::string> names = inception5h_names(early);
    Wire def;
    def.bytes(1, Wire().bytes(1, "input").bytes(2, "Placeholder").text());
    each_convolution(graph, filters, [&](const Node& node, int in, size_t index) {
        const Filters& f = filters.at(node.name);
        const bool last = is_classifier(graph, node);
        const std::string name = last ? "softmax2" : names.at(index);
        const std::string joint = early && name.find('/') == std::string::npos ? "/" : "_";
        const std::vector<int> shape =
            last ? std::vector<int>{in, node.channels}
                 : std::vector<int>{node.kernel_height, node.kernel_width, in, node.channels};
        def.bytes(1, constant(name + joint + "w", shape,
                              turned(f.weights, node.channels, in,
                                     node.kernel_height * node.kernel_width)));
        def.bytes(1, constant(name + joint + "b", {node.channels}, f.bias));
    });
    int index = 0;
    for (const Node& node : graph.nodes) {
        if (node.kind != NodeKind::lrn) continue;
        Wire op;
        op.bytes(1, "localresponsenorm" + std::to_string(index++)).bytes(2, "LRN");
        op.bytes(5, attribute("depth_radius", Wire().varint(3, node.lrn.size / 2).text()));
        op.bytes(5, attribute("alpha", Wire().fixed32(4, node.lrn.alpha / node.lrn.size).text()));
        op.bytes(5, attribute("beta", Wire().fixed32(4, node.lrn.beta).text()));
        op.bytes(5, attribute("bias", Wire().fixed32(4, node.lrn.k).text()));
        def.bytes(1, op.text());
    }
    return def.text();
}

void write_torchvision(const std::filesystem::path& path, const Graph& graph,
                       const FilterMap& filters, const std::string& prefix) {
    const std::vector<std::string> names = torchvision_names(graph.architecture);
    const std::map<std::string, Normalised> norms = normalised(filters, 6, true);
    nlohmann::ordered_json header;
    std::string data;
    const auto put = [&](const std::string& name, const std::vector<int>& shape,
                         const std::string& type, const std::string& raw) {
        header[prefix + name] = {{"dtype", type},
                                 {"shape", shape},
                                 {"data_offsets", {data.size(), data.size() + raw.size()}}};
        data += raw;
    };
    header["__metadata__"] = {{"format", "pt"}};
    each_convolution(graph, filters, [&](const Node& node, int in, size_t index) {
        const Filters& f = filters.at(node.name);
        const int out = node.channels;
        if (is_classifier(graph, node)) {
            put("fc.weight", {out, in}, "F32", raw_floats(f.weights));
            put("fc.bias", {out}, "F32", raw_floats(f.bias));
            return;
        }
        const Normalised& n = norms.at(node.name);
        const std::string& name = names.at(index);
        put(name + ".conv.weight", {out, in, node.kernel_height, node.kernel_width}, "F32",
            raw_floats(n.weights));
        put(name + ".bn.weight", {out}, "F32", raw_floats(n.gamma));
        put(name + ".bn.bias", {out}, "F32", raw_floats(n.beta));
        put(name + ".bn.running_mean", {out}, "F32", raw_floats(n.mean));
        put(name + ".bn.running_var", {out}, "F32", raw_floats(n.variance));
        put(name + ".bn.num_batches_tracked", {}, "I64", std::string(8, '\1'));
    });
    const std::string text = header.dump();
    std::string length;
    for (int i = 0; i < 8; ++i) length += static_cast<char>(text.size() >> (8 * i));
    write_bytes(path, length + text + data);
}

void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

std::string complaint_of(const std::filesystem::path& path, const std::function<void()>& read) {
    const std::string message = error_of(read);
    if (message.empty()) return "";
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_LT(message.size(), 600U) << message;
    const size_t at = message.find(path.string());
    EXPECT_NE(at, std::string::npos) << message;
    return message.substr(at + path.string().size());
}

}  // namespace reverie::test
