// Safetensors with the names that torchvision gives the layers of its googlenet and inception_v3
// (timm's inception_v3 has the same): every convolution is followed by a batch normalisation. Files
// do not say how the input is scaled; both libraries' own networks want it in −1 … 1.
#include <charconv>

#include "src/net/graph.h"
#include "src/net/import/external_network.h"
#include "src/net/safetensors.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr double kEpsilon = 1e-3;  // of both libraries' normalisations

bool starts(const std::string& text, std::string_view with) { return text.starts_with(with); }

/// "inception_3a/5x5_reduce" is "inception3a.branch3.0" there.
std::string name_in_googlenet(const std::string& name) {
    if (name == "conv1/7x7_s2") return "conv1";
    if (name == "conv2/3x3_reduce") return "conv2";
    if (name == "conv2/3x3") return "conv3";
    constexpr std::string_view kOurs[] = {"1x1",        "3x3_reduce", "3x3",
                                          "5x5_reduce", "5x5",        "pool_proj"};
    constexpr std::string_view kTheirs[] = {"branch1",   "branch2.0", "branch2.1",
                                            "branch3.0", "branch3.1", "branch4.1"};
    const size_t slash = name.find('/');
    std::string theirs = "inception" + name.substr(slash - 2, 2) + ".";
    for (size_t i = 0; i < std::size(kOurs); ++i) {
        if (name.substr(slash + 1) == kOurs[i]) theirs += kTheirs[i];
    }
    return theirs;
}

/// How a module's branches are called, by the module's number; "_1", "_2", … follow, counting the
/// links of a branch that has several.
struct Branches {
    std::string_view plain, tower, tower_1;
};

Branches branches_of(int module) {
    if (module <= 2) return {"branch1x1", "branch5x5", "branch3x3dbl"};
    if (module == 3) return {"branch3x3", "branch3x3dbl", ""};
    if (module <= 7) return {"branch1x1", "branch7x7", "branch7x7dbl"};
    if (module == 8) return {"", "branch3x3", "branch7x7x3"};
    return {"branch1x1", "branch3x3", "branch3x3dbl"};
}

/// "mixed_9/tower_1/mixed/conv_1" is "Mixed_7b.branch3x3dbl_3b" there.
std::string name_in_inception_v3(const std::string& name) {
    if (name == "conv") return "Conv2d_1a_3x3";
    if (name == "conv_1") return "Conv2d_2a_3x3";
    if (name == "conv_2") return "Conv2d_2b_3x3";
    if (name == "conv_3") return "Conv2d_3b_1x1";
    if (name == "conv_4") return "Conv2d_4a_3x3";
    constexpr std::string_view kMixed[] = {"5b", "5c", "5d", "6a", "6b", "6c",
                                           "6d", "6e", "7a", "7b", "7c"};
    const size_t slash = name.find('/');
    int module = 0;
    if (slash > 6) std::from_chars(name.data() + 6, name.data() + slash, module);
    std::string path = name.substr(slash + 1);
    const std::string prefix = "Mixed_" + std::string(kMixed[module]) + ".";
    const Branches branches = branches_of(module);
    if (path == "conv") return prefix + std::string(branches.plain);
    if (starts(path, "tower_2/")) return prefix + "branch_pool";
    const bool second = starts(path, "tower_1/");
    const std::string branch(second ? branches.tower_1 : branches.tower);
    path = path.substr(path.find('/') + 1);
    if (starts(path, "mixed/")) {
        const std::string link = second ? "_3" : "_2";
        return prefix + branch + link + (path == "mixed/conv" ? "a" : "b");
    }
    const int link = path == "conv" ? 1 : path.back() - '0' + 1;
    return prefix + branch + "_" + std::to_string(link);
}

class TorchFile {
  public:
    TorchFile(const std::filesystem::path& path, std::string what)
        : file_(std::make_shared<SafetensorsFile>(path, SafetensorsFile::OtherTypes::skip)),
          what_(std::move(what)) {
        // What DataParallel and wrappers put in front.
        for (const char* prefix : {"", "module.", "model.", "backbone.", "module.model."}) {
            prefix_ = prefix;
            if (has("conv1.conv.weight") || has("Conv2d_1a_3x3.conv.weight")) return;
        }
        prefix_.clear();
    }

    const SafetensorsFile& file() const { return *file_; }
    bool has(const std::string& name) const { return file_->has(prefix_ + name); }

    /// Throws Error where there is none.
    ExternalTensor tensor(const std::string& name) const {
        const std::string whole = prefix_ + name;
        return {file_->shape(whole), [file = file_, whole] { return file->values(whole); }, whole};
    }

    void take(const Graph& graph, std::string (*name_there)(const std::string&),
              ExternalNetwork& network) const {
        const std::string& classifier = graph.nodes.back().name;
        for (const Node& node : graph.nodes) {
            if (node.kind != NodeKind::convolution || node.name == classifier) continue;
            const std::string theirs = name_there(node.name);
            if (!has(theirs + ".conv.weight")) continue;
            ExternalConvolution& c = network.convolutions[node.name];
            c.filters = tensor(theirs + ".conv.weight");
            if (has(theirs + ".conv.bias")) c.bias = tensor(theirs + ".conv.bias");
            if (has(theirs + ".bn.running_mean")) {
                c.norm = {{},
                          tensor(theirs + ".bn.bias"),
                          tensor(theirs + ".bn.running_mean"),
                          tensor(theirs + ".bn.running_var"),
                          kEpsilon};
                if (has(theirs + ".bn.weight")) c.norm->gamma = tensor(theirs + ".bn.weight");
            }
            require(c.norm || c.bias, what_ + "it has neither " + theirs + ".bn nor a bias there");
        }
        if (!has("fc.weight")) return;
        ExternalConvolution& c = network.convolutions[classifier];
        c.filters = tensor("fc.weight");
        c.order = FilterOrder::oi;
        if (has("fc.bias")) c.bias = tensor("fc.bias");
    }

  private:
    std::shared_ptr<const SafetensorsFile> file_;
    std::string what_, prefix_;
};

}  // namespace

ExternalNetwork read_torchvision(const std::filesystem::path& path, const std::string& what) {
    const TorchFile file(path, what);
    require(file.file().metadata("architecture", "").empty(),
            what + "these are weights as reverie writes them; --weights takes them as they are");
    ExternalNetwork network;
    network.format = "safetensors with torchvision's names";
    network.mean = {127.5, 127.5, 127.5};
    network.deviation = {127.5, 127.5, 127.5};
    if (file.has("Conv2d_1a_3x3.conv.weight")) {
        network.architecture = "inception_v3_torchvision";
        file.take(make_inception_v3(InceptionV3Variant::torchvision), name_in_inception_v3,
                  network);
    } else if (file.has("conv1.conv.weight")) {
        network.architecture = "googlenet_torchvision";
        file.take(make_googlenet({}, GoogLeNetVariant::torchvision), name_in_googlenet, network);
    } else {
        throw Error(what +
                    "safetensors without Conv2d_1a_3x3.conv.weight (inception_v3) or "
                    "conv1.conv.weight (googlenet), as torchvision and timm name them");
    }
    return network;
}

}  // namespace reverie
