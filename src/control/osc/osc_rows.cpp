#include "src/control/osc/osc_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "src/control/preset_library.h"
#include "src/dream/masks/mask_name.h"
#include "src/dream/objective.h"
#include "src/dream/params.h"
#include "src/music/beat_follower.h"
#include "src/util/error.h"

namespace reverie::osc {
namespace {

constexpr double kHeaviest = 1000;  // of a layer's weight, far beyond what is of use
constexpr FaderSpec kWeightScale{.low = -1, .high = 1, .initial = 0, .even = true};
constexpr FaderSpec kShareScale{.low = 0, .high = 1, .initial = 0};
constexpr FaderSpec kFadeScale{.low = 0, .high = 60, .initial = 2};
constexpr FaderSpec kAmountScale{.low = -4, .high = 4, .initial = 0, .even = true};
constexpr FaderSpec kCueScale{.low = 1, .high = kCues, .initial = 1, .integer = true};
constexpr FaderSpec kTempoScale{.low = 0, .high = TempoClock::kMostBpm, .initial = 0};

constexpr std::array kPanics = std::to_array<std::pair<std::string_view, Panic>>({
    {"off", Panic::off},
    {"source", Panic::source},
    {"black", Panic::black},
    {"hold", Panic::hold},
});

template <class Rows>
std::vector<std::string> names_of(const Rows& rows) {
    std::vector<std::string> names;
    for (const auto& row : rows) names.emplace_back(row.first);
    return names;
}

template <class Rows, class Value>
std::string name_in(const Rows& rows, Value value) {
    const auto* const at = std::find_if(rows.begin(), rows.end(),
                                        [&](const auto& row) { return row.second == value; });
    return std::string(at->first);
}

struct Strip {
    std::string layer;
    int channel = -1;
};

Strip strip_of(const std::string& name) {
    const size_t colon = name.find(':');
    if (colon == std::string::npos) {
        require(!name.empty(), "expected a layer's name");
        return {name, -1};
    }
    return {name.substr(0, colon), parse_objective(name).terms.at(0).channel};
}

Request set_panic(Reading& r) {
    if (!std::holds_alternative<std::string>(r.message.arguments[0])) {
        if (r.number(0) != 0) r.fail("off, source, black or hold");
        return request::SetPanic{Panic::off};
    }
    for (const auto& [name, panic] : kPanics) {
        if (r.text(0) == name) return request::SetPanic{panic};
    }
    r.fail("off, source, black or hold");
}

Request set_quantise(Reading& r) {
    const std::string asked = r.text(0);
    for (const auto& [name, quantise] : kQuantises) {
        if (asked == name) return request::SetQuantise{quantise};
    }
    r.fail("off, beat, bar or four_bars");
}

Request set_tempo(Reading& r) {
    const double bpm = r.number(0);
    if (bpm == 0) return request::FollowEar{};
    if (bpm < TempoClock::kLeastBpm || bpm > TempoClock::kMostBpm)
        r.fail(fmt::format("{:g} to {:g} beats a minute, or 0 for the tempo that is heard",
                           TempoClock::kLeastBpm, TempoClock::kMostBpm));
    return request::SetTempo{bpm};
}

/// What comes from a network names no files: that is for hands.
void require_no_file(Reading& r, const Objective& objective) {
    for (const std::string& name : masks_of(objective)) {
        const std::optional<MaskName> mask = read_mask_name(name);
        if (mask && mask->kind == MaskKind::picture)
            r.fail(fmt::format("a mask that is made here ({}), and no file", mask_names()));
    }
}

Request set_objective(Reading& r) {
    Objective objective = parse_objective(r.text(0));
    require_no_file(r, objective);
    return request::SetObjective{std::move(objective)};
}

Request set_layer(Reading& r) {
    const double weight = r.number(0);
    if (std::abs(weight) > kHeaviest) r.fail("a weight of ordinary size, as from -1 to 1");
    const Strip strip = strip_of(r.rest);
    require_no_file(r, {{{strip.layer, strip.channel, 1}}});
    return request::SetStrip{strip.layer, strip.channel, static_cast<float>(weight)};
}

/// At the end of an address, from 1.
int number_of(const std::string& rest, std::string_view what) {
    int number = 0;
    const auto [end, status] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (status != std::errc() || end != rest.data() + rest.size() || number < 1)
        throw Error(fmt::format("expected the number of a {}, from 1", what));
    return number;
}
/// From 0.
int route_of(const std::string& rest) { return number_of(rest, "modulation") - 1; }
int star_of(const std::string& rest) { return number_of(rest, "star"); }

Request set_route_amount(Reading& r) {
    const double amount = r.number(0);
    if (std::abs(amount) > kHeaviest) r.fail("an amount of ordinary size, as from -4 to 4");
    return request::SetRouteAmount{route_of(r.rest), amount};
}

std::vector<std::string> first_routes() { return {"1", "2", "3", "4", "5", "6", "7", "8"}; }

std::vector<std::string> first_stars() {
    std::vector<std::string> numbers;
    for (int number = 1; number <= 64; ++number) numbers.push_back(std::to_string(number));
    return numbers;
}

Request set_key(Reading& r) {
    const ParamInfo& info = find_param(r.rest);  // throws with the nearest key
    if (info.is_flag()) return request::SetParam{r.rest, r.number(0) != 0 ? 1.0 : 0.0};
    return request::SetParam{r.rest, r.within(fader_spec(info), r.number(0), range_text(info))};
}

Request record(Reading& r) {
    request::SwitchOutput output{"record", r.to(), ""};
    if (r.count() < 2 || output.to == Switch::off) return output;
    output.target = r.bare_name(1);
    const std::string_view target = output.target;
    constexpr std::array<std::string_view, 4> kEndings{".mp4", ".mkv", ".mov", ".webm"};
    if (std::none_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return target.ends_with(ending); }))
        output.target += ".mp4";
    return output;
}

Request open_source(Reading& r) {
    const std::string spec = r.text(0);
    const bool known = std::find(r.sources.begin(), r.sources.end(), spec) != r.sources.end();
    if (!known && !spec.starts_with("pattern:"))
        r.fail("a pattern, as in pattern:clouds, or a source that the show was started with");
    return request::OpenSource{spec};
}

Request paint(Reading& r) {
    const auto share = [&](size_t at) {
        const double value = r.number(at);
        if (value < 0 || value > 1) r.fail("X, Y and RADIUS of 0 to 1");
        return static_cast<float>(value);
    };
    request::Paint dot;
    dot.stroke.path = {{share(0), share(1)}};
    dot.stroke.radius = share(2);
    dot.stroke.erases = r.count() > 3 && r.number(3) != 0;
    return dot;
}

OscArgument fact_of(const Desk& desk, const std::string& name, OscArgument without) {
    const std::optional<Desk::Fact> fact = desk.fact(name);
    if (!fact) return without;
    return std::visit([](const auto& value) -> OscArgument { return value; }, *fact);
}

Mixer::Strip strip_at(const Desk& desk, const std::string& name) {
    const Strip strip = strip_of(name);
    return desk.mixer().at(desk.full_name(strip.layer), strip.channel);
}

int32_t beat_of_bar(const Desk& desk) {
    const std::optional<double> beat = desk.tempo().beat_at(desk.now_s());
    if (!beat) return 0;
    const double bars = std::floor(*beat) / kBeatsOfBar;
    return 1 + static_cast<int32_t>(std::lround((bars - std::floor(bars)) * kBeatsOfBar));
}

template <class Kind>
Request plain(Reading& /*r*/) {
    return Kind{};
}

Row trigger(std::string_view path, std::string_view help, Request (*request)(Reading&)) {
    return {{path, "", help}, "", false, request};
}

std::vector<Row> layer_rows() {
    return {
        {{"/reverie/layer/<name>", "WEIGHT", "the weight of a layer, or of a channel (4c:17)"},
         "f",
         true,
         set_layer,
         [](const Desk& d, const std::string& rest) {
             return Values{double{strip_at(d, rest).weight}};
         },
         &kWeightScale},
        {{"/reverie/star/<number>", "WEIGHT",
          "the weight of a starred channel, from 1, as on a pad"},
         "f",
         true,
         [](Reading& r) -> Request {
             const double weight = r.number(0);
             if (std::abs(weight) > kHeaviest) r.fail("a weight of ordinary size, as from -1 to 1");
             return request::SetStar{star_of(r.rest), static_cast<float>(weight)};
         },
         [](const Desk& d, const std::string& rest) {
             const int number = star_of(rest);
             if (static_cast<size_t>(number) > d.stars().size()) return Values{0.0};
             const Term channel = d.channel_of_star(number);
             return Values{double{d.mixer().at(channel.layer, channel.channel).weight}};
         },
         &kWeightScale,
         nullptr,
         first_stars},
        {{"/reverie/mute/<name>", "0|1|toggle", "silences a layer, or a channel"},
         "T",
         true,
         [](Reading& r) -> Request {
             const Strip strip = strip_of(r.rest);
             return request::MuteStrip{strip.layer, strip.channel, r.to()};
         },
         [](const Desk& d, const std::string& rest) { return Values{strip_at(d, rest).muted}; }},
        {{"/reverie/solo/<name>", "0|1|toggle", "plays a layer, or a channel, alone"},
         "T",
         true,
         [](Reading& r) -> Request {
             const Strip strip = strip_of(r.rest);
             return request::SoloStrip{strip.layer, strip.channel, r.to()};
         },
         [](const Desk& d, const std::string& rest) { return Values{strip_at(d, rest).solo}; }},
    };
}

std::vector<Row> look_rows() {
    return {
        {{"/reverie/modulation/<number>", "AMOUNT",
          "how much of a modulation's source its target gets"},
         "f",
         true,
         set_route_amount,
         [](const Desk& d, const std::string& rest) {
             const auto number = static_cast<size_t>(route_of(rest));
             const std::vector<ModulationRoute>& routes = d.modulation().routes;
             return Values{number < routes.size() ? routes[number].amount : 0.0};
         },
         &kAmountScale,
         nullptr,
         first_routes},
        {{"/reverie/objective", "TEXT", "the whole objective, as in \"4c + 0.5*3b\""},
         "s",
         false,
         set_objective,
         [](const Desk& d, const std::string&) { return Values{to_text(d.params().objective)}; }},
        {{"/reverie/brush", "X Y RADIUS [ERASE]",
          "a dot of the mask @brush: 0 to 1 from the upper left, RADIUS of the height; 1 erases"},
         "fff",
         false,
         paint},
        trigger("/reverie/brush/clear", "nothing of @brush is painted any more",
                plain<request::FillBrush>),
        trigger("/reverie/clear", "all layers to 0", plain<request::ClearStrips>),
        trigger("/reverie/undo", "the last change", plain<request::Undo>),
        trigger("/reverie/redo", "the change that was undone last", plain<request::Redo>),
    };
}

std::vector<Row> preset_rows() {
    return {
        {{"/reverie/preset", "NAME [SECONDS]", "a preset, faded in"},
         "s",
         false,
         [](Reading& r) -> Request {
             const std::string name = r.bare_name(0);
             if (name.ends_with(".toml")) r.fail("a preset's name, as in `reverie list presets`");
             return request::LoadPreset{name, r.seconds_if_any(1)};
         },
         [](const Desk& d, const std::string&) { return Values{d.preset()}; },
         nullptr,
         [] { return preset_names(); }},
        trigger("/reverie/preset/next", "the next preset",
                [](Reading&) -> Request { return request::StepPreset{1}; }),
        trigger("/reverie/preset/previous", "the preset before",
                [](Reading&) -> Request { return request::StepPreset{-1}; }),
        {{"/reverie/cue", "NUMBER", "a hot cue: a preset with its own fade and beat"},
         "i",
         false,
         [](Reading& r) -> Request {
             const double number = r.number(0);
             if (number < 1 || number > kCues || number != std::floor(number))
                 r.fail(fmt::format("a cue, 1 to {}", kCues));
             return request::PlayCue{static_cast<int>(number)};
         },
         nullptr,
         &kCueScale},
        {{"/reverie/fade", "SECONDS", "over how long presets fade in"},
         "f",
         false,
         [](Reading& r) -> Request { return request::SetFadeTime{*r.seconds_if_any(0)}; },
         [](const Desk& d, const std::string&) { return Values{d.fade_s()}; },
         &kFadeScale},
        {{"/reverie/crossfade", "POSITION", "0: preset A, 1: preset B"},
         "f",
         false,
         [](Reading& r) -> Request {
             const double position = r.within(kShareScale, r.number(0), "0 to 1");
             return request::MoveCrossfade{static_cast<float>(position)};
         },
         [](const Desk& d, const std::string&) { return Values{double{d.crossfade().position}}; },
         &kShareScale},
        {{"/reverie/crossfade/ends", "A B", "the presets that the cross-fade goes between"},
         "ss",
         false,
         [](Reading& r) -> Request {
             return request::SetCrossfadeEnds{r.bare_name(0), r.bare_name(1)};
         },
         [](const Desk& d, const std::string&) {
             return Values{d.crossfade().a, d.crossfade().b};
         }},
        {{"/reverie/crossfade/run", "0|1 [SECONDS]", "to preset A or B by itself"},
         "f",
         false,
         [](Reading& r) -> Request {
             return request::RunCrossfade{r.number(0) != 0 ? 1.0F : 0.0F, r.seconds_if_any(1)};
         }},
    };
}

std::vector<Row> score_rows() {
    return {
        {{"/reverie/score", "NAME", "a score, to be played; \"\": a new one"},
         "s",
         false,
         [](Reading& r) -> Request {
             const std::string name = r.text(0).empty() ? "" : r.bare_name(0);
             if (name.ends_with(".toml")) r.fail("a score's name, as in `reverie list scores`");
             return request::OpenScore{name};
         },
         [](const Desk& d, const std::string&) { return Values{d.score_name()}; },
         nullptr,
         [] {
             std::vector<std::string> names;
             for (const LibraryEntry& entry : list_scores()) names.push_back(entry.name);
             return names;
         }},
        {{"/reverie/score/play", "0|1|toggle", "plays the score; from its beginning at its end"},
         "T",
         false,
         [](Reading& r) -> Request { return request::PlayScore{r.to()}; },
         [](const Desk& d, const std::string&) { return Values{d.score().playing()}; }},
        {{"/reverie/score/record", "0|1|toggle", "what hands change while it plays is recorded"},
         "T",
         false,
         [](Reading& r) -> Request { return request::RecordScore{r.to()}; },
         [](const Desk& d, const std::string&) { return Values{d.score_records()}; }},
        {{"/reverie/score/loop", "0|1|toggle", "at its end the score begins again"},
         "T",
         false,
         [](Reading& r) -> Request { return request::LoopScore{r.to()}; },
         [](const Desk& d, const std::string&) { return Values{d.score().timeline()->loop}; }},
        {{"/reverie/score/seek", "SECONDS", "a place in the score"},
         "f",
         false,
         [](Reading& r) -> Request {
             const double seconds = r.number(0);
             if (seconds < 0 || seconds > kLongestScoreS) r.fail("a place in the score");
             return request::SeekScore{seconds};
         }},
        trigger("/reverie/score/keyframe", "a keyframe of all that the score moves, as it is now",
                plain<request::RecordKeyframe>),
    };
}

std::vector<Row> tempo_rows() {
    return {
        trigger("/reverie/tap", "a beat, tapped by hand", plain<request::Tap>),
        {{"/reverie/tempo", "BPM", "beats a minute; 0: as it is heard"},
         "f",
         false,
         set_tempo,
         [](const Desk& d, const std::string&) { return Values{d.tempo().bpm()}; },
         &kTempoScale},
        {{"/reverie/beat", "", "1 where a bar begins, to 4; 0: no tempo. Sent on each, for lights"},
         "i",
         false,
         [](Reading& r) -> Request { r.fail("no value: the beat is only told"); },
         [](const Desk& d, const std::string&) { return Values{beat_of_bar(d)}; }},
        {{"/reverie/quantise", "off|beat|bar|four_bars", "what presets and cross-fades wait for"},
         "s",
         false,
         set_quantise,
         [](const Desk& d, const std::string&) {
             return Values{name_in(kQuantises, d.quantise())};
         },
         nullptr,
         [] { return names_of(kQuantises); }},
    };
}

std::vector<Row> show_rows() {
    return {
        {{"/reverie/panic", "off|source|black|hold", "in place of the dream, at once"},
         "s",
         false,
         set_panic,
         [](const Desk& d, const std::string&) { return Values{name_in(kPanics, d.panic())}; },
         nullptr,
         [] { return names_of(kPanics); }},
        {{"/reverie/freeze", "0|1|toggle", "holds the dream"},
         "T",
         false,
         [](Reading& r) -> Request { return request::Freeze{r.to()}; },
         [](const Desk& d, const std::string&) { return Values{d.frozen()}; }},
        trigger("/reverie/reset", "forgets the dream", plain<request::ResetDream>),
        trigger("/reverie/guide/take", "what the source shows now guides the dream",
                plain<request::TakeGuide>),
        trigger("/reverie/skip", "the next preset of an installation's walk",
                plain<request::SkipWalk>),
        {{"/reverie/record", "0|1|toggle [NAME]",
          "the recording; NAME is of a file beside those that the program names"},
         "T",
         false,
         record,
         [](const Desk& d, const std::string&) { return Values{fact_of(d, "record", false)}; }},
        {{"/reverie/view", "NAME", "how the window shows the picture, as in \"what it sees\""},
         "s",
         false,
         [](Reading& r) -> Request { return request::ShowView{r.text(0)}; },
         [](const Desk& d, const std::string&) {
             return Values{fact_of(d, "view", std::string())};
         }},
        trigger("/reverie/snapshot", "keeps the current picture", plain<request::Snapshot>),
        {{"/reverie/source", "TEXT", "pattern:clouds, or a source that the show was started with"},
         "s",
         false,
         open_source,
         [](const Desk& d, const std::string&) {
             return Values{fact_of(d, "source", std::string())};
         }},
    };
}

}  // namespace

Values value_of_key(const Desk& desk, const std::string& key) {
    const ParamInfo& info = find_param(key);
    const double value = number_of(desk.params(), info);
    if (info.is_flag()) return {value != 0};
    if (info.is_integer()) return {static_cast<int32_t>(value)};
    return {value};
}

const std::vector<Row>& rows() {
    static const std::vector<Row> kRows = [] {
        std::vector<Row> all;
        for (const auto& part :
             {layer_rows(), look_rows(), preset_rows(), score_rows(), tempo_rows(), show_rows()})
            all.insert(all.end(), part.begin(), part.end());
        all.push_back({{"/reverie/<key>", "VALUE", "a parameter of `reverie list params`"},
                       "f",
                       true,
                       set_key,
                       value_of_key});
        return all;
    }();
    return kRows;
}

bool is_key_row(const Row& row) { return row.request == set_key; }

}  // namespace reverie::osc
