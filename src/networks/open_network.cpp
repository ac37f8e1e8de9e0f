#include "src/networks/open_network.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>

#include "src/util/error.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_at(const fs::path& file, const toml::node& node, const std::string& what) {
    throw Error(fmt::format("{}:{}: {}", file.string(), node.source().begin.line, what));
}

/// From `number = [how sure, "word", …]`.
NamedChannel read_channel(const fs::path& file, const toml::key& key, const toml::node& node) {
    NamedChannel named;
    const std::string_view number = key.str();
    const char* const end = number.data() + number.size();
    const auto [stop, status] = std::from_chars(number.data(), end, named.channel);
    if (status != std::errc() || stop != end || named.channel < 0)
        fail_at(file, node, fmt::format("'{}' is no number of a channel", number));
    const toml::array* list = node.as_array();
    const std::optional<double> sure =
        list != nullptr && !list->empty() ? list->get(0)->value<double>() : std::nullopt;
    if (!sure || !(*sure > 0) || *sure > 1 || list->size() < 2)
        fail_at(file, node, R"(expected [how sure, "word", …], how sure above 0 and at most 1)");
    named.sure = static_cast<float>(*sure);
    named.tile = named.channel;
    for (size_t i = 1; i < list->size(); ++i) {
        const std::optional<std::string> word = list->get(i)->value<std::string>();
        if (!word || word->empty()) fail_at(file, *list->get(i), "expected a word");
        named.words.push_back(*word);
    }
    return named;
}

/// The parent's channel as this network's own; nothing if it was not kept.
bool translate(const Network& network, NamedChannel& named) {
    const KeptChannels& kept = network.weights().kept;
    if (!kept.has_parent()) return true;
    const std::vector<ChannelShare> own = kept.from_parent(named.layer, named.channel);
    if (own.size() != 1 || own[0].layer != named.layer || own[0].weight != 1) return false;
    named.channel = own[0].channel;
    return true;
}

toml::table read_table(const fs::path& file) {
    try {
        return toml::parse_file(file.string());
    } catch (const toml::parse_error& error) {
        throw Error(fmt::format("{}:{}: {}", file.string(), error.source().begin.line,
                                one_line(error.description())));
    }
}

/// `numbers[tile]` of a layer's list.
float usual_number(const fs::path& file, const toml::table& layer, const char* key, int tile) {
    const toml::array* const list = layer[key].as_array();
    const auto index = static_cast<size_t>(tile);
    const std::optional<double> number =
        list != nullptr && index < list->size() ? list->get(index)->value<double>() : std::nullopt;
    if (!number || !(*number >= 0))
        fail_at(file, layer, fmt::format("expected {} of channel {}, at least 0", key, tile));
    return static_cast<float>(*number);
}

/// Adds what each channel usually does, where that is known.
void read_usual(const fs::path& file, std::vector<NamedChannel>& channels) {
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored)) return;
    const toml::table table = read_table(file);
    for (NamedChannel& named : channels) {
        const toml::table* const layer = table[named.layer].as_table();
        if (layer == nullptr) continue;
        named.usual = UsualAnswer{usual_number(file, *layer, "median", named.tile),
                                  usual_number(file, *layer, "strong", named.tile)};
    }
}

}  // namespace

ChannelNames read_channel_names(const Network& network) {
    const fs::path& weights = network.weights().path;
    const bool has_parent = network.weights().kept.has_parent();
    const fs::path stem = weights.parent_path() / (has_parent ? "googlenet" : weights.stem());
    const fs::path file = fs::path(stem).concat(".names.toml");
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored)) return {};
    const toml::table table = read_table(file);
    std::vector<NamedChannel> channels;
    for (const auto& [layer, rows] : table) {
        const LayerInfo* info = find_layer(network.layers(), std::string(layer.str()));
        if (!rows.is_table()) fail_at(file, rows, "expected a table for each layer");
        for (const auto& [key, row] : *rows.as_table()) {
            NamedChannel named = read_channel(file, key, row);
            named.layer = std::string(layer.str());
            if (!translate(network, named) || (has_parent && info == nullptr)) continue;
            if (info == nullptr || named.channel >= info->channels)
                fail_at(file, row, fmt::format("there is no {}:{}", named.layer, key.str()));
            channels.push_back(std::move(named));
        }
    }
    read_usual(fs::path(stem).concat(".usual.toml"), channels);
    return ChannelNames(std::move(channels));
}

ClassLabels read_class_labels(const Network& network) {
    const Weights& weights = network.weights();
    if (network.classes() == 0) return {};
    const fs::path file = fs::path(weights.path).replace_extension(".labels.txt");
    std::string from = weights.path.string(), lines;
    std::error_code ignored;
    if (fs::is_regular_file(file, ignored)) {
        from = file.string();
        std::ifstream text(file, std::ios::binary);
        lines.assign(std::istreambuf_iterator<char>(text), {});
        require(!text.fail(), fmt::format("{}: cannot be read", from));
    } else if (const auto own = weights.metadata.find("labels"); own != weights.metadata.end()) {
        lines = own->second;
    }
    ClassLabels labels(lines);
    require(labels.size() <= static_cast<size_t>(network.classes()),
            fmt::format("{}: {} labels, and the network tells {} classes", from, labels.size(),
                        network.classes()));
    return labels;
}

std::unique_ptr<Network> open_network(Device& device, const fs::path& weights, DType type,
                                      ConvKind kind, std::vector<GuidePicture> guides) {
    auto network = std::make_unique<Network>(device, weights, type, kind);
    network->set_names(read_channel_names(*network));
    network->set_labels(read_class_labels(*network));
    network->set_guides(std::move(guides));
    return network;
}

}  // namespace reverie
