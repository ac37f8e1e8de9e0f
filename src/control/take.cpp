#include "src/control/take.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

#include "src/control/modulation_file.h"
#include "src/control/toml_params.h"
#include "src/util/error.h"

namespace reverie {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kHeadKey = "reverie_take";
constexpr std::array kPanicNames{"off", "source", "black", "hold"};

Json size_json(Size size) { return {size.width, size.height}; }

Size size_of(const Json& json) { return {json.at(0).get<int>(), json.at(1).get<int>()}; }

Json rational_json(Rational value) { return {value.num, value.den}; }

Rational rational_of(const Json& json) { return {json.at(0).get<int>(), json.at(1).get<int>()}; }

// Each kind of line: to_json() begins with a key that no other kind has, which is how it is known.

Json to_json(const TakeHead& head) {
    return {{kHeadKey, kTakeFormat},       {"version", head.version},     {"network", head.network},
            {"weights", head.weights},     {"precision", head.precision}, {"device", head.device},
            {"memory_mb", head.memory_mb}, {"sound", head.sound},         {"dry", head.dry}};
}

TakeHead head_of(const Json& json) {
    const int format = json.at(kHeadKey).get<int>();
    require(format == kTakeFormat,
            fmt::format("the take is of form {}, and this version of reverie reads form {}", format,
                        kTakeFormat));
    return {.version = json.at("version"),
            .network = json.at("network"),
            .weights = json.at("weights"),
            .precision = json.at("precision"),
            .device = json.at("device"),
            .memory_mb = json.at("memory_mb"),
            .sound = json.at("sound"),
            .dry = json.at("dry")};
}

Json to_json(const TakeSource& source) {
    return {{"source", source.number},
            {"spec", source.spec},
            {"size", size_json(source.size)},
            {"fps", rational_json(source.fps)},
            {"time_base", rational_json(source.time_base)},
            {"keep_interlaced", source.keep_interlaced},
            {"background", source.background}};
}

TakeSource source_of(const Json& json) {
    return {.number = json.at("source"),
            .spec = json.at("spec"),
            .size = size_of(json.at("size")),
            .fps = rational_of(json.at("fps")),
            .time_base = rational_of(json.at("time_base")),
            .keep_interlaced = json.at("keep_interlaced"),
            .background = json.at("background")};
}

Json to_json(const TakeBegin& begin) {
    const auto& [push, portion] = begin;
    return {{"begin",
             {{"iterations", push.iterations},
              {"growth", push.growth},
              {"fade_s", push.fade_s},
              {"stretch", push.stretch},
              {"first_step", portion.first_step},
              {"steps", portion.steps},
              {"scale", portion.scale}}}};
}

TakeBegin begin_of(const Json& line) {
    const Json& json = line.at("begin");
    TakeBegin begin;
    begin.push = {json.at("iterations"), json.at("growth"), json.at("fade_s"), json.at("stretch")};
    begin.portion = {json.at("first_step"), json.at("steps"), json.at("scale")};
    return begin;
}

Json to_json(const TakeDreamed& dreamed) {
    Json json{{"dreamed", dreamed.taken}, {"late", dreamed.late}, {"ms", dreamed.ms}};
    if (const auto& instead = dreamed.instead) {
        json["instead"] = {{"objective", to_text(instead->objective)},
                           {"octaves", instead->octaves},
                           {"octave_ratio", instead->octave_ratio},
                           {"scale", instead->scale}};
    }
    return json;
}

TakeDreamed dreamed_of(const Json& json) {
    TakeDreamed dreamed{json.at("dreamed"), json.at("late"), json.at("ms"), std::nullopt};
    if (json.contains("instead")) {
        const Json& instead = json.at("instead");
        dreamed.instead = {parse_objective(instead.at("objective").get<std::string>()),
                           instead.at("octaves"), instead.at("octave_ratio"), instead.at("scale")};
    }
    return dreamed;
}

Json to_json(const TakeReset& /*reset*/) { return {{"reset", true}}; }

TakeReset reset_of(const Json& /*json*/) { return {}; }

Json to_json(const TakeNetwork& network) {
    return {{"network", network.network}, {"weights", network.weights}};
}

TakeNetwork network_of(const Json& json) { return {json.at("network"), json.at("weights")}; }

Json to_json(const TakeAsked& asked) {
    Json json{{"asked", asked.what}, {"by", asked.by}};
    if (!asked.keys.empty()) json["keys"] = asked.keys;
    return json;
}

TakeAsked asked_of(const Json& json) {
    TakeAsked asked{json.at("by"), json.at("asked"), {}};
    if (json.contains("keys")) json.at("keys").get_to(asked.keys);
    return asked;
}

Json frame_json(const TakeFrame& frame) {
    Json json{{"source", frame.source},
              {"opening", frame.opening},
              {"from_s", frame.from_s},
              {"pts", frame.pts}};
    if (frame.dry) json["dry"] = *frame.dry;
    return json;
}

TakeFrame frame_of(const Json& json) {
    TakeFrame frame{json.at("source"), json.at("opening"), json.at("from_s"), json.at("pts"), {}};
    if (json.contains("dry")) frame.dry = json.at("dry").get<int64_t>();
    return frame;
}

/// [time, level, low, mid, high, onset, beat or null]
Json heard_json(const TakeHeard& at) {
    const SoundFeatures& sound = at.heard.sound;
    Json json{at.time_s, sound.level, sound.low, sound.mid, sound.high, sound.onset};
    json.push_back(at.heard.beat ? Json(*at.heard.beat) : Json());
    return json;
}

TakeHeard heard_of(const Json& json) {
    TakeHeard at;
    at.time_s = json.at(0);
    SoundFeatures& sound = at.heard.sound;
    sound.level = json.at(1);
    sound.low = json.at(2);
    sound.mid = json.at(3);
    sound.high = json.at(4);
    sound.onset = json.at(5);
    if (!json.at(6).is_null()) at.heard.beat = json.at(6).get<double>();
    return at;
}

Json seen_json(const Seen& seen) {
    Json layers = Json::array();
    for (const auto& [layer, strength] : seen.layers)
        layers.push_back({layer.layer, layer.channel, strength});
    return {{"motion", seen.motion}, {"presence", seen.presence}, {"layers", std::move(layers)}};
}

Seen seen_of(const Json& json) {
    Seen seen{json.at("motion"), json.at("presence"), {}};
    for (const Json& layer : json.at("layers"))
        seen.layers.push_back({{layer.at(0), layer.at(1), 1}, layer.at(2).get<float>()});
    return seen;
}

/// As in a preset.
std::string modulation_text(const Modulation& modulation) {
    if (modulation.routes.empty()) return "";  // a list of nothing is no list of tables
    std::ostringstream text;
    text << toml::table{{"modulation", modulation_tables(modulation)}};
    return text.str();
}

/// As short as its float is: 0.1, not 0.10000000149.
double written(float value) { return std::strtod(fmt::format("{}", value).c_str(), nullptr); }

Json brush_json(const BrushChange& change) {
    Json json{{"kept", change.kept}, {"filled", change.filled}, {"strokes", Json::array()}};
    for (const BrushStroke& stroke : change.strokes) {
        Json path = Json::array();
        for (const BrushPoint& point : stroke.path) {
            path.push_back(written(point.x));
            path.push_back(written(point.y));
        }
        json["strokes"].push_back({{"radius", written(stroke.radius)},
                                   {"softness", written(stroke.softness)},
                                   {"erases", stroke.erases},
                                   {"path", std::move(path)}});
    }
    return json;
}

BrushChange brush_of(const Json& json) {
    BrushChange change{json.at("kept"), json.at("filled"), {}};
    for (const Json& one : json.at("strokes")) {
        BrushStroke stroke{{}, one.at("radius"), one.at("softness"), one.at("erases")};
        const std::vector<float> path = one.at("path");
        for (size_t i = 0; i + 1 < path.size(); i += 2)
            stroke.path.push_back({path[i], path[i + 1]});
        change.strokes.push_back(std::move(stroke));
    }
    return change;
}

Json to_json(const TakePicture& picture) {
    Json json{{"picture", picture.number}, {"t", picture.time_s}};
    if (picture.size) json["size"] = size_json(*picture.size);
    if (picture.dream_size) json["dream_size"] = size_json(*picture.dream_size);
    if (picture.frame) json["frame"] = frame_json(*picture.frame);
    for (const auto& [key, value] : picture.set) json["set"][key] = value;
    if (picture.modulation) json["modulation"] = modulation_text(*picture.modulation);
    if (picture.brush) json["brush"] = brush_json(*picture.brush);
    for (const TakeHeard& at : picture.heard) json["heard"].push_back(heard_json(at));
    if (picture.seen) json["seen"] = seen_json(*picture.seen);
    if (picture.panic) json["panic"] = kPanicNames[static_cast<size_t>(*picture.panic)];
    if (picture.frozen) json["frozen"] = *picture.frozen;
    return json;
}

Panic panic_of(const std::string& name) {
    const auto* found = std::find(kPanicNames.begin(), kPanicNames.end(), name);
    require(found != kPanicNames.end(), fmt::format("there is no panic '{}'", one_line(name)));
    return static_cast<Panic>(found - kPanicNames.begin());
}

TakePicture picture_of(const Json& json) {
    TakePicture picture;
    picture.number = json.at("picture");
    picture.time_s = json.at("t");
    if (json.contains("size")) picture.size = size_of(json.at("size"));
    if (json.contains("dream_size")) picture.dream_size = size_of(json.at("dream_size"));
    if (json.contains("frame")) picture.frame = frame_of(json.at("frame"));
    if (json.contains("set")) {
        for (const auto& [key, value] : json.at("set").items())
            picture.set.emplace_back(key, value.get<std::string>());
    }
    if (json.contains("modulation")) {
        const std::string text = json.at("modulation");
        picture.modulation = read_modulation(parse_toml(text, "the take"), "the take");
    }
    if (json.contains("brush")) picture.brush = brush_of(json.at("brush"));
    if (json.contains("heard")) {
        for (const Json& at : json.at("heard")) picture.heard.push_back(heard_of(at));
    }
    if (json.contains("seen")) picture.seen = seen_of(json.at("seen"));
    if (json.contains("panic")) picture.panic = panic_of(json.at("panic"));
    if (json.contains("frozen")) picture.frozen = json.at("frozen").get<bool>();
    return picture;
}

Json to_json(const TakeEnd& end) { return {{"end", end.pictures}}; }

TakeEnd end_of(const Json& json) { return {json.at("end").get<int64_t>()}; }

}  // namespace

std::string take_line(const TakeEvent& event) {
    // A name that is no UTF-8 is shown with marks in it, and the line stays one.
    return std::visit([](const auto& one) { return to_json(one); }, event)
        .dump(-1, ' ', false, Json::error_handler_t::replace);
}

TakeEvent parse_take_line(const std::string& line) {
    try {
        const Json json = Json::parse(line);
        const std::string kind = json.is_object() && !json.empty() ? json.begin().key() : "";
        if (kind == kHeadKey) return head_of(json);
        if (kind == "source") return source_of(json);
        if (kind == "begin") return begin_of(json);
        if (kind == "dreamed") return dreamed_of(json);
        if (kind == "reset") return reset_of(json);
        if (kind == "network") return network_of(json);
        if (kind == "asked") return asked_of(json);
        if (kind == "picture") return picture_of(json);
        if (kind == "end") return end_of(json);
    } catch (const Json::exception& error) {
        throw Error(
            fmt::format("'{}' is no line of a take: {}", one_line(line), one_line(error.what())));
    }
    throw Error(fmt::format("'{}' is no line of a take", one_line(line)));
}

}  // namespace reverie
