// fuzz_seeds FOLDER: writes small valid files of each format, from which fuzzing begins, one folder
// for each reader. Networks have only their first layer, so that most bytes are structure.
#include <filesystem>

#include "src/net/safetensors.h"
#include "tests/support/external_files.h"
#include "tests/support/naive_network.h"

namespace {

using namespace reverie;  // NOLINT(google-build-using-namespace): a program of its own

struct FirstLayer {
    Graph graph;
    test::FilterMap filters;
    explicit FirstLayer(const Graph& whole) : graph(whole) {
        graph.nodes.resize(2);
        filters = test::random_filters(graph, 3);
        graph.nodes.push_back(whole.nodes.back());
        graph.nodes.back().inputs = {1};
    }
};

/// The same with the normalisations of the whole network in front.
FirstLayer with_lrn(const LrnConstants& lrn, GoogLeNetVariant variant) {
    const Graph whole = make_googlenet(lrn, variant);
    FirstLayer layer(whole);
    const Node classifier = layer.graph.nodes.back();
    layer.graph.nodes.back() = whole.nodes.at(whole.find("pool1/norm1"));
    layer.graph.nodes.back().inputs = {1};
    layer.graph.nodes.push_back(classifier);
    return layer;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    const std::filesystem::path folder = argv[1];
    for (const char* reader : {"caffe", "tensorflow", "torchvision", "own"})
        std::filesystem::create_directories(folder / reader);
    const FirstLayer google = with_lrn(LrnConstants{}, GoogLeNetVariant::bvlc);
    test::write_bytes(folder / "caffe/old",
                      test::caffe_model(google.graph, google.filters, test::CaffeForm::old));
    test::write_bytes(folder / "caffe/modern",
                      test::caffe_model(google.graph, google.filters, test::CaffeForm::modern));
    const FirstLayer v3(make_inception_v3());
    test::write_bytes(folder / "tensorflow/v3", test::inception_v3_pb(v3.graph, v3.filters, true));
    const FirstLayer five = with_lrn({11, 1e-3F, 0.5F, 2}, GoogLeNetVariant::inception5h);
    test::write_bytes(folder / "tensorflow/5h",
                      test::inception5h_pb(five.graph, five.filters, false));
    FirstLayer torch(make_googlenet({}, GoogLeNetVariant::torchvision));
    test::write_torchvision(folder / "torchvision/googlenet", torch.graph, torch.filters);
    FirstLayer torch3(make_inception_v3(InceptionV3Variant::torchvision));
    test::write_torchvision(folder / "torchvision/v3", torch3.graph, torch3.filters);
    test::write_weights(folder / "own/v3", v3.graph, v3.filters,
                        {{"architecture", "inception_v3"}});
    test::write_weights(folder / "own/googlenet", google.graph, google.filters,
                        {{"architecture", "googlenet"}, {"lrn", "5 1e-4 0.75 1"}});
    return 0;
}
