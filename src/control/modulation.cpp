#include "src/control/modulation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "src/music/beat_follower.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr int kTicks = kFeatureRate;      // a second
constexpr double kOnsetFallsS = 0.1;      // a route of onsets that does not say how it falls
constexpr double kPictureFollowsS = 0.1;  // one of the picture that does not say how it follows

double curved(double x, ModulationCurve curve) {
    const double size = std::min(std::abs(x), 1.0);
    double to = size;
    switch (curve) {
        case ModulationCurve::linear:
            break;
        case ModulationCurve::square:
            to = size * size;
            break;
        case ModulationCurve::cube:
            to = size * size * size;
            break;
        case ModulationCurve::root:
            to = std::sqrt(size);
            break;
        case ModulationCurve::smooth:
            to = size * size * (3 - 2 * size);
            break;
        case ModulationCurve::step:
            to = size >= 0.5 ? 1 : 0;
            break;
    }
    return std::copysign(to, x);
}

double part_of(double x) { return x - std::floor(x); }

/// −1 … 1, the same for the same cycle.
double random_of(int64_t cycle) {
    // The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
    auto x = static_cast<uint64_t>(cycle) * 0x9E3779B97F4A7C15ULL;
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
    x ^= x >> 31U;
    return static_cast<double>(x >> 11U) * 0x1p-52 - 1;
}

double wave(std::string_view name, double cycles) {
    const double part = part_of(cycles);
    if (name == "sine") return std::sin(2 * std::numbers::pi * part);
    if (name == "triangle") return 1 - 4 * std::abs(part_of(part + 0.25) - 0.5);
    if (name == "saw") return 2 * part - 1;
    if (name == "square") return part < 0.5 ? 1 : -1;
    const auto cycle = static_cast<int64_t>(std::floor(cycles));
    const double t = part * part * (3 - 2 * part);
    return random_of(cycle) + t * (random_of(cycle + 1) - random_of(cycle));
}

bool same_layer(const Term& a, const Term& b) {
    return a.layer == b.layer && a.channel == b.channel;
}

double seen_value(const ModulationRoute& route, std::string_view source, const Seen& seen) {
    if (source == "motion") return seen.motion;
    if (source == "presence") return seen.presence;
    for (const auto& [layer, strength] : seen.layers) {
        if (!route.watched.terms.empty() && same_layer(layer, route.watched.terms[0]))
            return strength;
    }
    return 0;
}

}  // namespace

double source_value(const ModulationRoute& route, double time_s, const Heard& heard,
                    const Seen& seen) {
    const ModulationSource* source = find_modulation_source(route.source);
    if (source == nullptr) return 0;
    if (source->kind == ModulationKind::picture) return seen_value(route, source->name, seen);
    if (source->wave()) {
        if (route.hz > 0) return wave(source->name, time_s * route.hz + route.phase);
        if (!heard.beat || route.beats <= 0) return 0;
        return wave(source->name, *heard.beat / route.beats + route.phase);
    }
    const SoundFeatures& sound = heard.sound;
    if (source->name == "level") return sound.level;
    if (source->name == "low") return sound.low;
    if (source->name == "mid") return sound.mid;
    if (source->name == "high") return sound.high;
    if (source->name == "onset") return sound.onset;
    if (!heard.beat) return 0;
    return 1 - part_of(source->name == "beat" ? *heard.beat : *heard.beat / kBeatsOfBar);
}

namespace {

/// A picture, and more so a dream, comes less often than sound.
double follows_picture(const ModulationRoute& route, double set_s) {
    const ModulationSource* source = find_modulation_source(route.source);
    const bool sees = source != nullptr && source->kind == ModulationKind::picture;
    return sees && set_s == 0 ? kPictureFollowsS : set_s;
}

double attack_of(const ModulationRoute& route) { return follows_picture(route, route.attack_s); }

double release_of(const ModulationRoute& route) {
    if (route.source == "onset" && route.release_s == 0) return kOnsetFallsS;
    return follows_picture(route, route.release_s);
}

double limited(const ModulationRoute& route, double value) {
    if (route.low) value = std::max(value, *route.low);
    if (route.high) value = std::min(value, *route.high);
    return value;
}

bool same_but_amount(const ModulationRoute& a, ModulationRoute b) {
    b.amount = a.amount;
    b.at = a.at;
    return a == b;
}

void add_to_layers(Objective& objective, const ModulationRoute& route, double by) {
    for (const Term& layer : route.layers.terms) {
        add(objective, {layer.layer, layer.channel, 0});  // there even where its weight is 0
        for (Term& term : objective.terms) {
            if (term.layer != layer.layer || term.channel != layer.channel) continue;
            term.weight =
                static_cast<float>(limited(route, term.weight + by * double{layer.weight}));
        }
    }
}

}  // namespace

const ModulationSource* find_modulation_source(std::string_view name) {
    const auto* found = std::find_if(
        kModulationSources.begin(), kModulationSources.end(), [&](const ModulationSource& source) {
            if (!source.is_named()) return source.name == name;
            const std::string_view head = source.name.substr(0, source.name.find('<'));
            return name.starts_with(head) && name.size() > head.size();
        });
    return found != kModulationSources.end() ? found : nullptr;
}

std::string_view watched_name(std::string_view source) {
    const ModulationSource* found = find_modulation_source(source);
    if (found == nullptr || !found->is_named()) return "";
    return source.substr(found->name.find('<'));
}

bool Modulation::needs_beat() const {
    return std::any_of(routes.begin(), routes.end(), [](const ModulationRoute& route) {
        const ModulationSource* source = find_modulation_source(route.source);
        return route.beats > 0 || (source != nullptr && source->kind == ModulationKind::beat);
    });
}

bool Modulation::hears() const {
    return needs_beat() || std::any_of(routes.begin(), routes.end(), [](const auto& route) {
               const ModulationSource* source = find_modulation_source(route.source);
               return source != nullptr && source->kind == ModulationKind::sound;
           });
}

SightWish Modulation::wish() const {
    SightWish wish;
    for (const ModulationRoute& route : routes) {
        wish.motion = wish.motion || route.source == "motion";
        wish.presence = wish.presence || route.source == "presence";
        if (route.watched.terms.empty()) continue;
        const Term& layer = route.watched.terms[0];
        const bool known = std::any_of(wish.layers.begin(), wish.layers.end(),
                                       [&](const Term& other) { return same_layer(other, layer); });
        if (!known) wish.layers.push_back({layer.layer, layer.channel, 1});
    }
    return wish;
}

std::string Modulation::unknown_sources() const {
    std::vector<std::string> names;
    for (const ModulationRoute& route : routes) {
        const bool named = std::find(names.begin(), names.end(), route.source) != names.end();
        const bool lacks_layer = !watched_name(route.source).empty() && route.watched.terms.empty();
        if ((find_modulation_source(route.source) == nullptr || lacks_layer) && !named)
            names.push_back(route.source);
    }
    if (names.empty()) return "";
    return fmt::format("nothing moves with {}, which this version, or its network, does not have",
                       fmt::join(names, ", "));
}

namespace {

/// Nothing where the network has no such layer.
Objective found_layer(std::string_view name,
                      const std::function<Objective(const Objective&)>& map) {
    if (name.empty()) return {};
    try {
        return map(parse_objective(std::string(name)));
    } catch (const Error&) {
        return {};
    }
}

}  // namespace

void Modulation::find_layers(const std::function<Objective(const Objective&)>& map) {
    for (ModulationRoute& route : routes) {
        route.watched = found_layer(watched_name(route.source), map);
        const bool param = std::any_of(kParams.begin(), kParams.end(), [&](const ParamInfo& info) {
            return info.key == route.target;
        });
        if (param) continue;
        try {
            route.layers = map(parse_objective(route.target));
        } catch (const Error& error) {
            throw Error(route.at.empty() ? error.what()
                                         : fmt::format("{}: {}", route.at, error.what()));
        }
    }
}

void Modulation::map_layers(const std::function<Objective(const Objective&)>& map) {
    for (ModulationRoute& route : routes) {
        for (Objective* found : {&route.layers, &route.watched}) {
            if (found->terms.empty()) continue;
            try {
                *found = map(*found);
            } catch (const Error&) {
                found->terms.clear();
            }
        }
    }
}

Modulation mix(const Modulation& a, const Modulation& b, double t) {
    Modulation mixed;
    const auto take = [&](const Modulation& from, double share) {
        for (ModulationRoute route : from.routes) {
            route.amount *= share;
            const auto same =
                std::find_if(mixed.routes.begin(), mixed.routes.end(),
                             [&](const auto& other) { return same_but_amount(other, route); });
            if (same != mixed.routes.end())
                same->amount += route.amount;
            else if (share > 0)
                mixed.routes.push_back(std::move(route));
        }
    };
    take(a, 1 - t);
    take(b, t);
    return mixed;
}

void Modulator::set(Modulation modulation) {
    const std::vector<ModulationRoute>& before = modulation_.routes;
    std::vector<float> values;
    for (const ModulationRoute& route : modulation.routes) {
        const auto same = std::find_if(before.begin(), before.end(), [&](const auto& other) {
            return same_but_amount(other, route);
        });
        size_t index = static_cast<size_t>(same - before.begin());
        // One whose smoothing or curve is turned by a hand stays where it stood.
        const size_t place = values.size();
        if (same == before.end() && place < before.size() && before[place].target == route.target &&
            before[place].source == route.source)
            index = place;
        values.push_back(index < before.size() ? values_[index] : 0);
    }
    values_ = now_ = std::move(values);
    modulation_ = std::move(modulation);
}

void Modulator::step(double time_s, double lasts_s, const Heard& heard,
                     std::vector<float>& values) const {
    for (size_t i = 0; i < values.size(); ++i) {
        const ModulationRoute& route = modulation_.routes[i];
        const double to = curved(source_value(route, time_s, heard, seen_), route.curve);
        const double takes_s = to > values[i] ? attack_of(route) : release_of(route);
        const double share = takes_s > 0 ? 1 - std::exp(-lasts_s / takes_s) : 1;
        values[i] += static_cast<float>(share * (to - values[i]));
    }
}

Params Modulator::at(double time_s, const Params& base, const Hear& hear) {
    if (modulation_.routes.empty()) {
        ticks_.reset();
        return base;
    }
    // A picture's time is rounded to its container's ticks.
    const auto now = static_cast<int64_t>(std::floor(time_s * kTicks + 1e-3));
    const auto longest = static_cast<int64_t>(kLongestStepS * kTicks);
    if (!ticks_ || now < *ticks_ || now - *ticks_ > longest) {
        std::fill(values_.begin(), values_.end(), 0.0F);
        ticks_ = std::max<int64_t>(now - longest, std::min<int64_t>(now, 0)) - 1;
    }
    for (; *ticks_ < now; ++*ticks_) {
        const double at_s = static_cast<double>(*ticks_ + 1) / kTicks;
        step(at_s, 1.0 / kTicks, hear(at_s), values_);
    }
    now_ = values_;
    const double since_s = time_s - static_cast<double>(now) / kTicks;
    if (since_s > 1e-6) step(time_s, since_s, hear(time_s), now_);
    return applied(base);
}

Params Modulator::applied(const Params& base) const {
    Params params = base;
    for (const ParamInfo& info : kParams) {
        if (!info.is_numeric()) continue;
        double value = number_of(params, info);
        bool moved = false;
        for (size_t i = 0; i < now_.size(); ++i) {
            const ModulationRoute& route = modulation_.routes[i];
            if (route.target != info.key) continue;
            value += route.amount * now_[i];
            moved = true;
        }
        if (!moved) continue;
        for (const ModulationRoute& route : modulation_.routes) {
            if (route.target == info.key) value = limited(route, value);
        }
        set_clamped(params, info, value);
    }
    for (size_t i = 0; i < now_.size(); ++i) {
        const ModulationRoute& route = modulation_.routes[i];
        add_to_layers(params.objective, route, route.amount * now_[i]);
    }
    return params;
}

}  // namespace reverie
