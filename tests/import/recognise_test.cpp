// Files that people give as weights: the error names what each is and what to do, in the same words
// for importing and loading. The files are written here, byte by byte.
#include "src/net/recognise.h"

#include <gtest/gtest.h>

#include <random>

#include "src/net/import/import.h"
#include "src/util/error.h"
#include "tests/support/external_files.h"
#include "tests/support/naive_network.h"

namespace reverie {
namespace {

using test::TemporaryFile;
using test::Wire;

std::string complaint(const std::function<void()>& read) {
    try {
        read();
        return "";
    } catch (const Error& error) {
        const std::string line = error.what();
        EXPECT_EQ(line.find('\n'), std::string::npos) << line;
        EXPECT_LT(line.size(), 600U) << line;
        return line;
    }
}

struct Words {
    std::string import, load;
};

Words words_about(const std::string& name, const std::string& bytes) {
    const TemporaryFile file(name);
    test::write_bytes(file.path(), bytes);
    return {complaint([&] { import_weights(file.path()); }),
            complaint([&] { load_weights(file.path()); })};
}

void expect_refused(const std::string& name, const std::string& bytes,
                    const std::vector<std::string>& words) {
    const Words said = words_about(name, bytes);
    EXPECT_EQ(said.import, said.load) << name;
    for (const std::string& word : words)
        EXPECT_NE(said.load.find(word), std::string::npos) << word << " in " << said.load;
}

std::string little_endian(uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
    return text;
}

/// A zip of files that are not compressed. Checksums are left out, because only the names matter.
std::string zip_of(const std::vector<std::string>& names) {
    const std::string content(64, 'x');
    std::string files, directory;
    for (const std::string& name : names) {
        const std::string common = std::string(16, '\0') + little_endian(content.size(), 4) +
                                   little_endian(content.size(), 4) +
                                   little_endian(name.size(), 2) + little_endian(0, 2);
        directory += "PK\1\2" + little_endian(20, 2) + common.substr(4) + std::string(4, '\0') +
                     std::string(10, '\0') + little_endian(files.size(), 4) + name;
        files += "PK\3\4" + common.substr(6) + name + content;
    }
    return files + directory + "PK\5\6" + std::string(4, '\0') + little_endian(names.size(), 2) +
           little_endian(names.size(), 2) + little_endian(directory.size(), 4) +
           little_endian(files.size(), 4) + std::string(2, '\0');
}

const std::string kZeros(300, '\0');

std::string onnx() {
    return Wire().varint(1, 7).bytes(2, "pytorch").bytes(3, "1.9.0").text() + kZeros;
}

TEST(Recognise, OtherProgramsNetworks) {
    expect_refused("net.onnx", onnx(), {"ONNX", "reverie weights import THAT -o "});
    expect_refused("whole.onnx",
                   Wire().varint(1, 8).bytes(2, "keras2onnx").bytes(7, "graph").bytes(8, "").text(),
                   {"ONNX"});
    expect_refused("nameless.onnx", Wire().varint(1, 4).bytes(7, "graph").text(), {"ONNX"});
    expect_refused("net.mlmodel", Wire().varint(1, 4).bytes(2, "\n\2xx").bytes(500, "net").text(),
                   {"Core ML"});
    expect_refused("saved_model.pb", Wire().varint(1, 1).bytes(2, "\n\2xx").text(),
                   {"SavedModel", "freeze", "reverie weights import"});
    expect_refused("net.meta", Wire().bytes(1, "\x1A\1x").bytes(2, "\n").text(), {"MetaGraph"});
    expect_refused("keras.h5", "\x89HDF\r\n\x1A\n" + kZeros, {"HDF5", "Keras", "safetensors"});
    expect_refused("net.tflite", little_endian(28, 4) + "TFL3" + kZeros, {"TensorFlow Lite"});
    expect_refused("net.engine", "ftrt" + kZeros, {"TensorRT"});
    expect_refused("llm.gguf", "GGUF\3" + kZeros, {"GGUF", "reverie weights list"});
    expect_refused("yolo.weights",
                   little_endian(0, 4) + little_endian(2, 4) + little_endian(5, 4) + "abcdefgh",
                   {"Darknet"});
    expect_refused("net.npy", "\x93NUMPY" + kZeros, {"NumPy"});
    expect_refused("net.mat", "MATLAB 5.0 MAT-file" + kZeros, {"MATLAB"});
    expect_refused("net.xml", "<?xml version=\"1.0\"?>\n<net name=\"g\"><layers><layer/></layers>",
                   {"OpenVINO"});
}

TEST(Recognise, PyTorchOldAndNew) {
    const std::string old_magic = "\x80\2\x8A\nl\xFC\x9C\x46\xF9 j\xA8P\x19.\x80\2M\xE9\3.";
    for (const auto& [name, bytes] : std::map<std::string, std::string>{
             {"old.pth", old_magic + std::string(500, 'x')},
             {"new.pth", zip_of({"archive/data.pkl", "archive/version", "archive/data/0"})},
             {"cut.pth", zip_of({"archive/data.pkl", "archive/data/0"}).substr(0, 120)},
             {"plain.pkl", "\x80\4\x95" + kZeros}}) {
        expect_refused(name, bytes,
                       {"PyTorch", "pickle", "state_dict", "torch.load(\"",
                        "reverie weights import state.safetensors -o "});
    }
    expect_refused("script.pt", zip_of({"m/data.pkl", "m/code/__torch__/n.py", "m/constants.pkl"}),
                   {"TorchScript"});
    expect_refused("net.keras", zip_of({"metadata.json", "model.weights.h5"}), {"Keras"});
    expect_refused("net.npz", zip_of({"conv1.npy"}), {"NumPy"});
}

TEST(Recognise, WhatIsBesideANetwork) {
    expect_refused("deploy.prototxt",
                   "name: \"GoogleNet\"\nlayer { name: \"data\" type: \"Input\" top: \"data\" }\n",
                   {"Caffe", ".prototxt", "reverie weights import THAT.caffemodel"});
    expect_refused("old.txt", "layers {\n  bottom: \"data\"\n}\n", {".prototxt"});
    expect_refused("mean.binaryproto",
                   Wire().varint(1, 1).varint(2, 3).varint(3, 2).varint(4, 2).text(),
                   {"mean picture", "--mean"});
    expect_refused("net.solverstate",
                   Wire().varint(1, 100).bytes(2, "net_iter_100.caffemodel").bytes(3, "x").text(),
                   {".solverstate", ".caffemodel"});
    expect_refused("graph.pbtxt", "node {\n  name: \"input\"\n  op: \"Placeholder\"\n}\n",
                   {".pbtxt", "freeze"});
    expect_refused("index.json", "{\"weight_map\": {}}", {"JSON"});
}

TEST(Recognise, WhatCameInsteadOfTheFile) {
    expect_refused("page.caffemodel",
                   "<!DOCTYPE html><html><head><title>404 Not Found</title></head></html>",
                   {"web page (HTML) \"404 Not Found\"", "get it again"});
    expect_refused("portal.pth", "\xEF\xBB\xBF\r\n <HTML><TITLE>Log in\x1B[2J", {"web page"});
    expect_refused("denied.pb", "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>",
                   {"XML", "get it again"});
    expect_refused("pointer.safetensors",
                   "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 53533754",
                   {"Git LFS pointer", "git lfs pull"});
    expect_refused("empty.pb", "", {"empty file", "get it again"});
    expect_refused("zeros.safetensors", kZeros, {"nothing but zeros", "get it again"});
    expect_refused("half.caffemodel.part", std::string("\x9A\x9B\1") + "abc",
                   {"download that was not finished"});
}

TEST(Recognise, WhatIsNoNetworkAtAll) {
    expect_refused("cat.png", "\x89PNG\r\n\x1A\n" + kZeros, {"PNG", "reverie still "});
    expect_refused("cat.jpg", "\xFF\xD8\xFF\xE0" + kZeros, {"JPEG", "reverie still "});
    expect_refused("clip.mp4", little_endian(0x20000000, 4) + "ftypisom" + kZeros,
                   {"MP4", "reverie render "});
    expect_refused("notes.txt", "buy milk\n", {"a text", "reverie weights list"});
    expect_refused("paper.pdf", "%PDF-1.7\n\x93" + kZeros, {"PDF"});
    expect_refused("net.rar", "Rar!\x1A\7" + kZeros, {"RAR", "unpack it"});
}

TEST(Recognise, WhatOnlyItsNameTells) {
    const std::string noise = "\x9A\x9B\xFE\1\2\3\4\5\6\7\x9A\x9B\xFE\1\2\3\4\5\6";
    expect_refused("net.engine", noise, {"TensorRT engine, to go by its name"});
    expect_refused("net.caffemodel", noise, {"no Caffe model, or a damaged one"});
    expect_refused("net.safetensors", noise, {"no safetensors file, or a damaged one"});
    expect_refused("net", noise, {"neither a Caffe model", "nothing that can be imported"});
}

TEST(Recognise, WhatCanBeImportedIsNotLoadedAsItIs) {
    Graph graph = make_googlenet({});
    graph.nodes.resize(2);
    const test::FilterMap filters = test::random_filters(graph, 1);
    graph.nodes.push_back(make_googlenet({}).nodes.back());
    graph.nodes.back().inputs = {1};
    Graph v3 = make_inception_v3();
    const Node classifier = v3.nodes.back();
    v3.nodes.resize(2);
    const test::FilterMap v3_filters = test::random_filters(v3, 1);
    v3.nodes.push_back(classifier);
    v3.nodes.back().inputs = {1};
    for (const auto& [name, bytes] : std::map<std::string, std::string>{
             {"old.caffemodel", test::caffe_model(graph, filters, test::CaffeForm::old)},
             {"new.caffemodel", test::caffe_model(graph, filters, test::CaffeForm::modern)},
             {"frozen.pb", test::inception_v3_pb(v3, v3_filters, true)}}) {
        const Words said = words_about(name, bytes);
        EXPECT_EQ(said.import, "");
        EXPECT_NE(said.load.find("; reverie weights import "), std::string::npos) << said.load;
        EXPECT_NE(said.load.find(".safetensors makes weights of it"), std::string::npos);
    }
    const Words archive = words_about("net.zip", zip_of({"net.caffemodel"}));
    EXPECT_NE(archive.load.find("takes a network out of it"), std::string::npos) << archive.load;
    const TemporaryFile torch("torch.safetensors");
    test::write_torchvision(torch.path(), make_googlenet({}, GoogLeNetVariant::torchvision), {});
    EXPECT_NE(complaint([&] {
                  load_weights(torch.path());
              }).find("reverie weights import " + torch.path().string()),
              std::string::npos);
}

/// A safetensors file begins with the length of its header, which may look like the magic bytes of
/// any format.
TEST(Recognise, NoLengthOfAHeaderIsMistakenForAnotherFormat) {
    for (const uint64_t length : {0x280, 0x380, 0x480, 0x580, 0x0AFF, 0xFEFF, 0x8B1F}) {
        std::string bytes = little_endian(length, 8) + "{}";
        bytes.resize(8 + length, ' ');
        const std::span<const unsigned char> view(
            reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
        EXPECT_EQ(recognise_weights(view, "any").format, WeightsFormat::safetensors) << length;
    }
}

/// One table for pictures and for networks: each names the formats that the other reads.
TEST(Recognise, WhatMediaKnowIsKnownHere) {
    expect_refused("a.heic", little_endian(0x18000000, 4) + "ftypheic" + kZeros,
                   {"a picture (HEIC), and no network"});
    expect_refused("a.cr2", std::string("II*\0\x10\0\0\0CR\2\0", 12) + kZeros,
                   {"a Canon raw photograph (CR2), and no network"});
    expect_refused("a.blend", "BLENDER-v300" + kZeros, {"a Blender file, and no network"});
    expect_refused("a.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>", {"a text"});
}

TEST(Recognise, AnyBytesAreCalledSomethingInOneLine) {
    std::mt19937 random(7);
    const std::string zip = zip_of({"archive/data.pkl", "archive/version"});
    for (const std::string& whole : {onnx(), zip, "<html><title>" + kZeros, kZeros + "x"}) {
        for (int i = 0; i < 300; ++i) {
            std::string bytes = whole.substr(0, random() % (whole.size() + 1));
            for (size_t n = random() % 4; n > 0 && !bytes.empty(); --n)
                bytes[random() % bytes.size()] = static_cast<char>(random());
            const std::span<const unsigned char> view(
                reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
            const std::string what = recognise_weights(view, "any").what;
            EXPECT_FALSE(what.empty());
            EXPECT_EQ(what.find('\n'), std::string::npos) << what;
        }
    }
}

}  // namespace
}  // namespace reverie
