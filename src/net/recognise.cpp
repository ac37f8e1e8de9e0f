#include "src/net/recognise.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string_view>

#include "src/net/import/protobuf_wire.h"
#include "src/util/error.h"
#include "src/util/file_signature.h"

namespace reverie {
namespace {

using std::string_view_literals::operator""sv;

/// What the user can do.
enum class Advice : uint8_t {
    again,       ///< the file did not come whole, or another one came
    pull,        ///< of Git LFS
    torch,       ///< PyTorch can write it anew
    convert,     ///< the network that it was made from can be written anew
    freeze,      ///< TensorFlow can write it as one file
    caffemodel,  ///< the weights are in another file
    unpack,      ///< it may hold what is read
    still,       ///< it is a picture to dream on
    render,      ///< it is a video to dream on
    look_round   ///< it is no network
};

/// The command that makes weights of `from`, called after `path`.
std::string command_for(const std::string& from, const std::filesystem::path& path) {
    std::filesystem::path to = path.stem();
    to += from == to.string() + ".safetensors" ? "-imported.safetensors" : ".safetensors";
    return fmt::format("reverie weights import {} -o {}", from, to.string());
}

std::string text_of(Advice advice, const std::filesystem::path& path) {
    switch (advice) {
        case Advice::again:
            return "get it again, or another: reverie weights list shows what can be fetched";
        case Advice::pull:
            return "get the file itself: git lfs pull, in the repository";
        case Advice::torch:
            return fmt::format(
                "save its state_dict, in Python: safetensors.torch.save_file(torch.load(\"{}\", "
                "weights_only=True), \"state.safetensors\"); then {}",
                path.filename().string(), command_for("state.safetensors", path));
        case Advice::convert:
            return fmt::format(
                "save the network as safetensors with torchvision's names, then {}; .caffemodel "
                "and frozen .pb are imported, too",
                command_for("THAT", path));
        case Advice::freeze:
            return "freeze it into one .pb, then " + command_for("THAT.pb", path);
        case Advice::caffemodel:
            return "the weights are in a .caffemodel: " + command_for("THAT.caffemodel", path);
        case Advice::unpack:
            return "unpack it, then reverie weights import what is in it";
        case Advice::still:
            return fmt::format("reverie still {} -o dream.png dreams on it", path.string());
        case Advice::render:
            return fmt::format("reverie render {} -o dream.mp4 dreams on it", path.string());
        case Advice::look_round:
            return "reverie weights list shows what there is, and what can be fetched";
    }
    return "";
}

constexpr std::string_view kPickle =
    "PyTorch, as a pickle (.pth): it is not read, since reading pickles would run their code";

/// What a name's ending tells.
struct Ending {
    std::string_view ending;
    std::string_view what;
    Advice advice;
};

/// Recognised by the name alone, where the content has no signature.
constexpr Ending kEndings[] = {
    {".caffemodel"sv, "no Caffe model, or a damaged one", Advice::again},
    {".pb"sv, "no TensorFlow graph, or a damaged one", Advice::again},
    {".safetensors"sv, "no safetensors file, or a damaged one", Advice::again},
    {".onnx"sv, "ONNX, to go by its name, is not read", Advice::convert},
    {".pth"sv, "PyTorch, to go by its name, is not read", Advice::torch},
    {".pt"sv, "PyTorch, to go by its name, is not read", Advice::torch},
    {".ckpt"sv, "a checkpoint, to go by its name, is not read", Advice::convert},
    {".bin"sv, "a file of plain numbers, to go by its name, is not read", Advice::convert},
    {".engine"sv, "a TensorRT engine, to go by its name, is not read", Advice::convert},
    {".plan"sv, "a TensorRT engine, to go by its name, is not read", Advice::convert},
    {".trt"sv, "a TensorRT engine, to go by its name, is not read", Advice::convert},
    {".weights"sv, "Darknet, to go by its name, is not read", Advice::convert},
    {".t7"sv, "Torch 7, to go by its name, is not read", Advice::convert},
    {".mlmodel"sv, "Core ML, to go by its name, is not read", Advice::convert},
    {".part"sv, "a download that was not finished", Advice::again},
    {".partial"sv, "a download that was not finished", Advice::again},
    {".crdownload"sv, "a download that was not finished", Advice::again},
};

std::string_view view(Bytes file) {
    return {reinterpret_cast<const char*>(file.data()), file.size()};
}

RecognisedFile other(std::string_view what, Advice advice, const std::filesystem::path& path) {
    return {WeightsFormat::other, fmt::format("{}; {}", what, text_of(advice, path))};
}

constexpr size_t kHeaderLengthBytes = 8;  ///< before a header of safetensors

/// The length of a header of less than 4 GB, and JSON.
bool begins_as_safetensors(std::string_view file) {
    return file.size() > kHeaderLengthBytes && file.substr(4, 4) == "\0\0\0\0"sv &&
           file[kHeaderLengthBytes] == '{';
}

/// Such a length, and a header that is so long, of whatever it is.
bool is_safetensors(std::string_view file) {
    if (file.size() <= kHeaderLengthBytes || file.substr(4, 4) != "\0\0\0\0"sv) return false;
    uint64_t length = 0;
    for (size_t i = 0; i < kHeaderLengthBytes; ++i)
        length |= static_cast<uint64_t>(static_cast<unsigned char>(file[i])) << (8 * i);
    return length <= file.size() - kHeaderLengthBytes;
}

/// PyTorch's zip files of today, TorchScript and Keras 3; nothing where it is any other. A zip's
/// names stand before each of its files, and once more at its end.
std::string_view program_of_zip(std::string_view file, Advice& advice) {
    constexpr size_t kBegin = 4096, kEnd = size_t{256} << 10U;
    const std::string_view begin = file.substr(0, kBegin);
    const std::string_view end = file.substr(file.size() - std::min(kEnd, file.size()));
    const auto has = [&](std::string_view name) {
        return begin.find(name) != std::string_view::npos ||
               end.find(name) != std::string_view::npos;
    };
    advice = Advice::convert;
    if (has("/code/__torch__") || has("/constants.pkl"))
        return "TorchScript (.pt): it is not read, since it holds code, and pickles";
    if (has("model.weights.h5")) return "a Keras model (.keras) is not read";
    if (has(".npy")) return "NumPy arrays (.npz) are not read";
    advice = Advice::torch;
    return has("/data.pkl") ? kPickle : "";
}

std::string lower(std::string_view text) {
    std::string small(text);
    for (char& c : small) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return small;
}

/// A page's title in quotes, with a space in front, where it has one.
std::string title_of(std::string_view page) {
    const size_t begin = lower(page).find("<title>");
    if (begin == std::string_view::npos) return "";
    const std::string_view title = page.substr(begin + 7);
    return fmt::format(" \"{}\"", one_line(title.substr(0, title.find('<'))));
}

/// No control characters but those that texts and terminals have, and none that UTF-8 never has.
bool is_text(std::string_view file) {
    constexpr size_t kLooked = 1024;
    constexpr unsigned char kEscape = 0x1B, kDelete = 0x7F, kNotUtf8 = 0xF8;
    const std::string_view begin = file.substr(0, kLooked);
    return std::none_of(begin.begin(), begin.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        const bool control = byte < ' ' && !(byte >= '\t' && byte <= '\r') && byte != kEscape;
        return control || byte == kDelete || byte >= kNotUtf8;
    });
}

RecognisedFile recognise_text(std::string_view file, const std::filesystem::path& path) {
    constexpr size_t kLooked = 4096;
    std::string_view text = file.substr(0, kLooked);
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    const std::string small = lower(text);
    const auto has = [&](std::string_view word) { return small.find(word) != std::string::npos; };
    if (small.starts_with("<!doctype html") || small.starts_with("<html") || has("<head>")) {
        return other(fmt::format("a web page (HTML){}, and not the file itself", title_of(text)),
                     Advice::again, path);
    }
    if (has("<net ") && has("<layer")) return other("OpenVINO is not read", Advice::convert, path);
    if (small.starts_with("<?xml") || small.starts_with("<error"))
        return other("an XML text, as servers send it for an error, and not the file itself",
                     Advice::again, path);
    if (has("layer {") || has("layers {") || has("layer{") || has("layers{") ||
        path.extension() == ".prototxt") {
        return other("Caffe's description of a network (.prototxt), without its weights",
                     Advice::caffemodel, path);
    }
    if (has("node {") && has("op:"))
        return other("a TensorFlow graph as text (.pbtxt), without weights", Advice::freeze, path);
    if (small.starts_with('{') || small.starts_with('['))
        return other("a JSON text, without weights: nothing that can be imported",
                     Advice::look_round, path);
    return other("a text, and no network: nothing that can be imported", Advice::look_round, path);
}

/// Counts the fields of a message, among the first ones, of each kind that tells the formats apart.
struct Census {
    size_t named_1 = 0, counted_1 = 0;  ///< field 1, with bytes or a number
    size_t layers = 0;                  ///< 2 of old, 100 now
    bool counted_2 = false;             ///< field 2 is a number
    Bytes first, second;                ///< fields 1 and 2, where they have bytes
    uint32_t highest = 0;               ///< number of a field
};

Census census_of(Bytes file) {
    constexpr size_t kLooked = 64;
    Census census;
    try {
        const std::string what;
        WireReader reader(file, what);
        WireField field;
        for (size_t seen = 0; seen < kLooked && reader.next(field); ++seen) {
            const bool bytes = field.type == WireType::bytes;
            census.named_1 += field.number == 1 && bytes ? 1 : 0;
            census.counted_1 += field.number == 1 && field.type == WireType::varint ? 1 : 0;
            census.layers += field.number == 2 || field.number == 100 ? 1 : 0;
            census.counted_2 |= field.number == 2 && field.type == WireType::varint;
            if (field.number == 1 && bytes) census.first = field.bytes;
            if (field.number == 2 && bytes) census.second = field.bytes;
            census.highest = std::max(census.highest, field.number);
        }
    } catch (const Error&) {
        // A truncated file still belongs to its format; the reader will report that it is cut off.
        return census;
    }
    return census;
}

/// Messages that begin with a number: the version of their format, mostly.
RecognisedFile recognise_numbered(const Census& census, const std::filesystem::path& path) {
    constexpr uint32_t kFirstOfCoreMl = 200, kLastOfOnnx = 25;
    const std::string_view second = view(census.second);
    if (census.counted_2) {
        return other(
            "a mean picture of Caffe (.binaryproto), without weights; its three means go to --mean",
            Advice::caffemodel, path);
    }
    if (second.find(".caffemodel") != std::string_view::npos) {
        return other("a state of Caffe's training (.solverstate), without weights",
                     Advice::caffemodel, path);
    }
    if (census.highest >= kFirstOfCoreMl)
        return other("Core ML (.mlmodel) is not read", Advice::convert, path);
    if (second.starts_with('\n')) {
        return other("a TensorFlow SavedModel, whose weights are in the folder variables",
                     Advice::freeze, path);
    }
    if (census.highest > kLastOfOnnx) return {};
    return other("ONNX: nothing that can be imported", Advice::convert, path);
}

/// The formats begin alike: a GraphDef is a list of nodes (1), a NetParameter has a name (1) and
/// layers (2 of old, 100 now).
RecognisedFile recognise_protobuf(Bytes file, const std::filesystem::path& path) {
    const Census census = census_of(file);
    if (census.counted_1 > 0 && census.named_1 == 0) return recognise_numbered(census, path);
    if (census.named_1 > 1) return {WeightsFormat::tensorflow, "a TensorFlow graph"};
    if (!is_text(view(census.first))) {
        return other("a TensorFlow MetaGraph (.meta), whose weights are in a checkpoint",
                     Advice::freeze, path);
    }
    if (census.layers > 0) return {WeightsFormat::caffe, "a Caffe model"};
    return {};
}

/// "a picture (PNG)"; what has an article has it already.
std::string noun(std::string_view kind, std::string_view name) {
    const bool whole = name.starts_with("a ") || name.starts_with("an ");
    return whole ? std::string(name) : fmt::format("{} ({})", kind, name);
}

/// A file that begins as others do that are known. None: its text or its fields tell more.
std::optional<RecognisedFile> recognise_signature(Bytes file, const std::filesystem::path& path) {
    const std::string_view bytes = view(file);
    const FileSignature* known = find_signature(bytes.substr(0, kSignatureReach));
    if (known == nullptr) return std::nullopt;
    const auto none = [&](std::string_view kind, Advice advice) {
        return other(noun(kind, known->name) + ", and no network", advice, path);
    };
    switch (known->format) {
        case FileFormat::picture:
            return none("a picture", Advice::still);
        case FileFormat::video:
            return none("a video", Advice::render);
        case FileFormat::zip:
        case FileFormat::packed: {
            Advice advice{};
            const std::string_view program =
                bytes.starts_with("PK") ? program_of_zip(bytes, advice) : "";
            if (!program.empty()) return other(program, advice, path);
            return RecognisedFile{WeightsFormat::archive, std::string(known->name)};
        }
        case FileFormat::archive:
            return other(known->name, Advice::unpack, path);
        case FileFormat::git_lfs:
            return other(fmt::format("{}, and not the file itself", known->name), Advice::pull,
                         path);
        case FileFormat::network:
            return other(fmt::format("{} is not read", known->name), Advice::convert, path);
        case FileFormat::pickle:
            return other(kPickle, Advice::torch, path);
        case FileFormat::language_model:
            return other(fmt::format("{} is not read", known->name), Advice::look_round, path);
        case FileFormat::pdf:
        case FileFormat::other:
            return none("a document", Advice::look_round);
        case FileFormat::web_page:
        case FileFormat::svg:
            return std::nullopt;
        default:
            return none("a picture", Advice::look_round);
    }
}

RecognisedFile recognise_by_name(const std::filesystem::path& path) {
    const std::string ending = lower(path.extension().string());
    for (const Ending& named : kEndings) {
        if (ending == named.ending) return other(named.what, named.advice, path);
    }
    return other(
        "neither a Caffe model, nor a frozen TensorFlow graph, nor safetensors: nothing that can "
        "be imported",
        Advice::look_round, path);
}

}  // namespace

RecognisedFile recognise_weights(Bytes file, const std::filesystem::path& path) {
    const std::string_view bytes = view(file);
    if (bytes.empty()) return other("an empty file", Advice::again, path);
    if (bytes.find_first_not_of('\0') == std::string_view::npos)
        return other("nothing but zeros, as of a download that was not finished", Advice::again,
                     path);
    // The length of its header may look like anything.
    if (begins_as_safetensors(bytes)) return {WeightsFormat::safetensors, "safetensors"};
    if (std::optional<RecognisedFile> known = recognise_signature(file, path)) return *known;
    if (is_safetensors(bytes)) return {WeightsFormat::safetensors, "safetensors"};
    if (is_text(bytes)) return recognise_text(bytes, path);
    RecognisedFile message = recognise_protobuf(file, path);
    return message.what.empty() ? recognise_by_name(path) : message;
}

std::string import_command(const std::filesystem::path& path) {
    return command_for(path.string(), path);
}

void require_safetensors(const std::filesystem::path& path) {
    const MappedFile mapping(path);
    const RecognisedFile file = recognise_weights(mapping.bytes(), path);
    if (file.format == WeightsFormat::safetensors) return;
    const std::string what = "weights " + path.string() + ": " + file.what;
    if (file.format == WeightsFormat::other) throw Error(what);
    const bool archive = file.format == WeightsFormat::archive;
    throw Error(what + "; " + import_command(path) +
                (archive ? " takes a network out of it" : " makes weights of it"));
}

}  // namespace reverie
