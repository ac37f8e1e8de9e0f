// Weights of other programs: files in their formats are made here with known filters and imported;
// every layer's activations are compared with plain loops in double over those filters.
#include "src/net/import/import.h"

#include <gtest/gtest.h>

#include <random>

#include "src/net/execution_plan.h"
#include "src/net/network.h"
#include "src/util/error.h"
#include "tests/support/external_files.h"
#include "tests/support/naive_network.h"

namespace reverie {
namespace {

using test::Array;
using test::CaffeForm;
using test::FilterMap;
using test::TemporaryFile;

/// How the network should preprocess a picture; R, G, B.
struct Input {
    double mean[3];
    double deviation[3];
    bool bgr = false;
};
constexpr Input kCaffeInput{{121, 111, 101}, {1, 1, 1}, true};
constexpr Input kInception5hInput{{117, 117, 117}, {1, 1, 1}};
constexpr Input kInceptionV3Input{{128, 128, 128}, {128, 128, 128}};
constexpr Input kTorchvisionInput{{127.5, 127.5, 127.5}, {127.5, 127.5, 127.5}};

/// Filters for an input of that scale: in Caffe's units, the first layer's filters are smaller by
/// the same factor.
FilterMap filters_for(const Graph& graph, const Input& input) {
    FilterMap filters = test::random_filters(graph, 11);
    if (input.deviation[0] > 1) return filters;
    for (float& w : filters.at(graph.nodes[1].name).weights) w /= 32;
    return filters;
}

/// The imported file's network against `graph` with `filters`, at every node, on a picture of that
/// size.
void expect_network(const std::filesystem::path& external, const ImportOptions& options,
                    const Graph& graph, const FilterMap& filters, const Input& input, int width,
                    int height) {
    const TemporaryFile ours("imported.safetensors");
    write_import(ours.path(), import_weights(external, options));
    const std::unique_ptr<Device> device = open_device({"cpu", 2});
    const std::unique_ptr<Stream> stream = device->make_stream();
    Network network(*device, ours.path(), DType::f32, ConvKind::exact);
    const Graph& got = network.weights().graph;
    ASSERT_EQ(got.nodes.size(), graph.nodes.size());

    Array rgb = test::random_array(3, height, width, 3, 60), x = rgb;
    for (size_t i = 0; i < rgb.values.size(); ++i) {
        const size_t plane = rgb.values.size() / 3, c = i / plane;
        rgb.values[i] = static_cast<float>(rgb.values[i] + 128);
        const size_t to = (input.bgr ? 2 - c : c) * plane + i % plane;
        x.values[to] = (rgb.values[i] - input.mean[c]) / input.deviation[c];
    }
    test::NaiveNetwork naive(graph, filters);
    naive.forward(x);

    const Image image(*device, width, height, 3), gradient(*device, width, height, 3);
    const std::vector<float> pixels(rgb.values.begin(), rgb.values.end());
    device->upload(*stream, image.view().data, pixels.data(), pixels.size() * sizeof(float));
    const std::vector<Tap> taps{{static_cast<int>(got.nodes.size()) - 1, -1, 1}};
    ExecutionPlan& plan = network.plan(width, height, taps);
    plan.set_taps(*stream, taps);
    plan.gradient(*stream, image, 0, 0, gradient);
    for (int node = 1; node < static_cast<int>(graph.nodes.size()); ++node) {
        SCOPED_TRACE(graph.nodes[node].name);
        ASSERT_EQ(got.nodes[node].name, graph.nodes[node].name);
        Array a = naive.output(node);
        const std::vector<float> values = plan.activations(*stream, node);
        a.values.assign(values.begin(), values.end());
        test::expect_near(a, naive.output(node), 0, 1e-5);
        if (testing::Test::HasFailure()) return;
    }
}

void expect_caffe(CaffeForm form, const std::optional<LrnConstants>& lrn,
                  const ImportOptions& options = {}, int classes = 1000) {
    Graph in_file = make_googlenet(lrn);
    in_file.nodes.back().channels = classes;
    const FilterMap filters = filters_for(in_file, kCaffeInput);
    const TemporaryFile file("net.caffemodel");
    test::write_bytes(file.path(), test::caffe_model(in_file, filters, form));
    Graph wanted = make_googlenet(options.lrn.value_or(lrn.has_value())
                                      ? std::optional(lrn.value_or(LrnConstants{}))
                                      : std::nullopt);
    wanted.nodes.back().channels = classes;
    expect_network(file.path(), options, wanted, filters, kCaffeInput, 47, 39);
}

TEST(Import, CaffeOfOldWithLrn) { expect_caffe(CaffeForm::old, LrnConstants{}); }
TEST(Import, CaffeOfOldWithoutLrn) { expect_caffe(CaffeForm::old, std::nullopt); }
TEST(Import, CaffeOfTodayWithLrn) {
    expect_caffe(CaffeForm::modern, LrnConstants{7, 0.3F, 0.6F, 2});
}
TEST(Import, CaffeOfTodayWithoutLrn) { expect_caffe(CaffeForm::modern, std::nullopt, {}, 205); }
TEST(Import, LrnCanBeSwitchedOff) {
    expect_caffe(CaffeForm::old, LrnConstants{5, 0.3F, 0.75F, 1}, {{}, {}, false});
}
TEST(Import, LrnCanBeSwitchedOn) { expect_caffe(CaffeForm::old, std::nullopt, {{}, {}, true}); }

TEST(Import, AFineTunedClassifierHasAnotherName) {
    Graph graph = make_googlenet(LrnConstants{});
    graph.nodes.back().channels = 431;
    const FilterMap filters = test::random_filters(graph, 2);
    const TemporaryFile file("cars.caffemodel");
    test::write_bytes(
        file.path(), test::caffe_model(graph, filters, CaffeForm::modern, "loss3/classifier_cars"));
    const Import import = import_weights(file.path());
    EXPECT_EQ(import.filters.at("loss3/classifier").weights,
              filters.at("loss3/classifier").weights);
    EXPECT_EQ(import.metadata.at("classes"), "431");
}

void expect_inception_v3(bool with_gamma) {
    const Graph graph = make_inception_v3();
    const FilterMap filters = filters_for(graph, kInceptionV3Input);
    const TemporaryFile file("v3.pb");
    test::write_bytes(file.path(), test::inception_v3_pb(graph, filters, with_gamma));
    expect_network(file.path(), {}, graph, filters, kInceptionV3Input, 79, 81);
}

TEST(Import, TensorFlowInceptionV3) { expect_inception_v3(true); }
TEST(Import, TensorFlowInceptionV3WhoseNormalisationDoesNotScale) { expect_inception_v3(false); }

void expect_inception5h(bool early, const std::optional<LrnConstants>& lrn) {
    const Graph graph = make_googlenet(lrn, GoogLeNetVariant::inception5h);
    const FilterMap filters = filters_for(graph, kInception5hInput);
    const TemporaryFile file("5h.pb");
    test::write_bytes(file.path(), test::inception5h_pb(graph, filters, early));
    expect_network(file.path(), {}, graph, filters, kInception5hInput, 47, 38);
}

TEST(Import, TensorFlowInception5h) {
    expect_inception5h(false, LrnConstants{11, 1.1e-3F, 0.5F, 1});
}
TEST(Import, TensorFlowInception5hAsItWasFirst) {
    expect_inception5h(true, LrnConstants{11, 1.1e-3F, 0.5F, 2});
}
TEST(Import, TensorFlowInception5hWithoutLrn) { expect_inception5h(false, std::nullopt); }

TEST(Import, TorchvisionGoogLeNet) {
    const Graph graph = make_googlenet({}, GoogLeNetVariant::torchvision);
    const FilterMap filters = filters_for(graph, kTorchvisionInput);
    const TemporaryFile file("torchvision.safetensors");
    test::write_torchvision(file.path(), graph, filters);
    expect_network(file.path(), {}, graph, filters, kTorchvisionInput, 47, 39);
}

TEST(Import, TorchvisionInceptionV3) {
    const Graph graph = make_inception_v3(InceptionV3Variant::torchvision);
    const FilterMap filters = filters_for(graph, kTorchvisionInput);
    const TemporaryFile file("torchvision3.safetensors");
    test::write_torchvision(file.path(), graph, filters, "module.");
    expect_network(file.path(), {}, graph, filters, kTorchvisionInput, 77, 83);
}

TEST(Import, ChannelsMayBeScaledEachByItsOwn) {
    const Graph graph = make_googlenet({}, GoogLeNetVariant::torchvision);
    const Input input{{123.7, 116.3, 103.5}, {58.4, 57.1, 57.4}};
    const FilterMap filters = filters_for(graph, input);
    const TemporaryFile file("scaled.safetensors");
    test::write_torchvision(file.path(), graph, filters);
    expect_network(file.path(), {{{123.7, 116.3, 103.5}}, {{58.4, 57.1, 57.4}}, {}}, graph, filters,
                   input, 41, 33);
}

TEST(Import, ANetworkMayEndEarly) {
    const Graph graph = make_googlenet(LrnConstants{});
    FilterMap filters = test::random_filters(graph, 2);
    filters.erase("inception_4b/5x5");
    const TemporaryFile file("short.caffemodel"), ours("short.safetensors");
    test::write_bytes(file.path(), test::caffe_model(graph, filters, CaffeForm::old));
    const Import import = import_weights(file.path());
    EXPECT_EQ(import.notes, std::vector<std::string>{"it has no inception_4b/5x5"});
    write_import(ours.path(), import);
    const Weights weights = load_weights(ours.path());
    EXPECT_GT(weights.graph.find("inception_4a"), 0);
    EXPECT_EQ(weights.graph.find("inception_4b"), -1);
}

/// The error of import_weights for a file, after the file's name; "" if it is accepted.
std::string complaint(const std::filesystem::path& path, const ImportOptions& options = {}) {
    return test::complaint_of(path, [&] { import_weights(path, options); });
}

std::string complaint_about(const std::string& bytes) {
    const TemporaryFile file("bytes");
    test::write_bytes(file.path(), bytes);
    return complaint(file.path());
}

/// A network of the first layer alone, so that files are small.
struct FirstLayer {
    Graph graph;
    FilterMap filters;
    explicit FirstLayer(const Graph& whole) : graph(whole) {
        graph.nodes.resize(2);
        filters = test::random_filters(graph, 3);
        graph.nodes.push_back(whole.nodes.back());  // whose filters are missing
        graph.nodes.back().inputs = {1};
    }
};

TEST(Import, OfOtherFormatsSaysWhatToDo) {
    EXPECT_EQ(complaint("/nonexistent"), ": No such file or directory");
    EXPECT_EQ(complaint("/"), " is a folder; give a file in it");
    EXPECT_NE(complaint_about("").find(": an empty file"), std::string::npos);
    EXPECT_NE(complaint_about("PK\3\4").find("zip archive; unpack it first"), std::string::npos);
    EXPECT_NE(complaint_about("\x1F\x8B").find("gzip"), std::string::npos);
    EXPECT_NE(complaint_about("\x89HDF\r\n").find("Keras"), std::string::npos);
    EXPECT_NE(complaint_about(test::Wire().varint(1, 7).bytes(7, "graph").text())
                  .find("nothing that can be imported"),
              std::string::npos);
    const TemporaryFile own("own.safetensors");
    const FirstLayer layer(make_googlenet({}));
    test::write_weights(own.path(), layer.graph, layer.filters, {{"architecture", "googlenet"}});
    EXPECT_NE(complaint(own.path()).find("as they are"), std::string::npos);
    test::write_weights(own.path(), layer.graph, layer.filters, {});
    EXPECT_NE(complaint(own.path()).find("as torchvision and timm name them"), std::string::npos);
}

TEST(Import, OfOtherNetworksSaysWhatTheyAre) {
    FirstLayer layer(make_googlenet({}));
    layer.filters["conv1"] = layer.filters.at("conv1/7x7_s2");
    layer.filters.erase("conv1/7x7_s2");
    layer.graph.nodes[1].name = "conv1";
    EXPECT_EQ(complaint_about(test::caffe_model(layer.graph, layer.filters, CaffeForm::old)),
              ": a Caffe model, but no GoogLeNet: its layers are conv1, …");
    const test::Wire node = test::Wire().bytes(1, "x").bytes(2, "Const");
    const test::Wire other = test::Wire().bytes(1, "y").bytes(2, "Const");
    EXPECT_NE(complaint_about(test::Wire().bytes(1, node.text()).bytes(1, other.text()).text())
                  .find("neither Inception v3"),
              std::string::npos);
    EXPECT_NE(complaint_about(test::Wire().bytes(1, node.text()).bytes(1, node.text()).text())
                  .find("node x stands in it twice"),
              std::string::npos);
}

TEST(Import, OfAWrongShapeSaysWhereItIs) {
    FirstLayer layer(make_googlenet({}));
    layer.graph.nodes[1].kernel_width = 9;
    layer.filters = test::random_filters(layer.graph, 1);
    layer.filters.erase(layer.graph.nodes.back().name);
    EXPECT_EQ(complaint_about(test::caffe_model(layer.graph, layer.filters, CaffeForm::modern)),
              ": conv1/7x7_s2's filters is 64x3x7x9; googlenet has 64x3x7x7 at conv1/7x7_s2");
    FirstLayer strided(make_googlenet({}));
    strided.graph.nodes[1].stride = 1;
    EXPECT_EQ(complaint_about(test::caffe_model(strided.graph, strided.filters, CaffeForm::old)),
              ": layer conv1/7x7_s2 has pad 3, stride 1, 1 groups; googlenet has 3, 2, 1 there");
}

TEST(Import, InceptionHasNoLrnToSwitchOn) {
    const FirstLayer layer(make_inception_v3());
    const TemporaryFile file("v3.pb");
    test::write_bytes(file.path(), test::inception_v3_pb(layer.graph, layer.filters, true));
    EXPECT_EQ(complaint(file.path()), "");
    EXPECT_NE(complaint(file.path(), {{}, {}, true}).find("no local response"), std::string::npos);
}

/// Truncates a small file at each byte of its structure, and changes many bytes: each result is
/// accepted or refused, nothing else.
void expect_robust(const std::string& valid, uint32_t seed) {
    const TemporaryFile file("damaged");
    std::mt19937 random(seed);
    int refused = 0;
    for (int i = 0; i < 300; ++i) {
        std::string bytes = valid;
        for (size_t n = 1 + random() % 3; n > 0 && !bytes.empty(); --n) {
            // Mostly near the ends of the file: its middle is numbers.
            const size_t reach = std::min<size_t>(bytes.size(), 200);
            size_t at = random() % reach;
            if (random() % 2 == 0) at = bytes.size() - 1 - at;
            switch (random() % 4) {
                case 0:
                    bytes[at] = static_cast<char>(random());
                    break;
                case 1:
                    bytes.erase(at, 1 + random() % 8);
                    break;
                case 2:
                    bytes.insert(at, std::string(1 + random() % 8, static_cast<char>(random())));
                    break;
                default:
                    bytes.resize(at);
            }
        }
        test::write_bytes(file.path(), bytes);
        refused += complaint(file.path()).empty() ? 0 : 1;
    }
    EXPECT_GT(refused, 100);
}

TEST(Import, DamagedAtRandomIsTakenOrRefused) {
    const FirstLayer caffe(make_googlenet({})), v3(make_inception_v3());
    const FirstLayer five(make_googlenet({}, GoogLeNetVariant::inception5h));
    expect_robust(test::caffe_model(caffe.graph, caffe.filters, CaffeForm::old), 1);
    expect_robust(test::caffe_model(caffe.graph, caffe.filters, CaffeForm::modern), 2);
    expect_robust(test::inception_v3_pb(v3.graph, v3.filters, true), 3);
    expect_robust(test::inception5h_pb(five.graph, five.filters, false), 4);
}

}  // namespace
}  // namespace reverie
