#include "src/control/osc/osc_query.h"

#include <nlohmann/json.hpp>
#include <string_view>

namespace reverie {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kNone = 0, kReadOnly = 1, kWriteOnly = 2, kReadWrite = 3;

/// The node at `path`; the containers on the way to it are made.
Json& place_in(Json& root, std::string_view path) {
    Json* node = &root;
    for (size_t at = 1; at < path.size();) {
        const size_t end = std::min(path.find('/', at), path.size());
        const std::string name(path.substr(at, end - at));
        Json& child = (*node)["CONTENTS"][name];
        if (child.is_null())
            child = {{"FULL_PATH", std::string(path.substr(0, end))}, {"ACCESS", kNone}};
        node = &child;
        at = end + 1;
    }
    return *node;
}

Json range_of(const OscNode& node) {
    Json one;
    if (node.range) {
        one["MIN"] = node.range->low;
        one["MAX"] = node.range->high;
    }
    if (!node.choices.empty()) one["VALS"] = node.choices;
    return one;
}

}  // namespace

std::string osc_query_json(const std::vector<OscNode>& nodes) {
    Json root{{"FULL_PATH", "/"}, {"ACCESS", kNone}, {"DESCRIPTION", "Reverie"}};
    for (const OscNode& node : nodes) {
        Json& json = place_in(root, node.path);
        json["DESCRIPTION"] = node.help;
        json["ACCESS"] = node.value.empty() ? kWriteOnly : node.only_told ? kReadOnly : kReadWrite;
        json["TYPE"] = node.types.empty() ? "I" : node.types;  // I: an impulse
        const Json range = range_of(node);
        if (!range.is_null()) json["RANGE"] = Json::array({range});
        for (const OscArgument& value : node.value)
            std::visit([&](const auto& v) { json["VALUE"].push_back(v); }, value);
    }
    return root.dump(2);
}

}  // namespace reverie
