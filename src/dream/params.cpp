#include "src/dream/params.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "src/util/error.h"

namespace reverie {
namespace {

std::vector<std::string> param_keys() {
    std::vector<std::string> keys;
    for (const ParamInfo& info : kParams) keys.emplace_back(info.key);
    return keys;
}

std::string_view trimmed(std::string_view text) {
    const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::optional<bool> read_flag(std::string_view text) {
    for (const std::string_view yes : {"true", "on", "yes", "1"}) {
        if (text == yes) return true;
    }
    for (const std::string_view no : {"false", "off", "no", "0"}) {
        if (text == no) return false;
    }
    return std::nullopt;
}

std::optional<double> read_number(std::string_view text) {
    if (!text.empty() && text.front() == '+') text.remove_prefix(1);
    double value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, status] = std::from_chars(text.data(), end, value);
    if (status != std::errc() || stop != end || !std::isfinite(value)) return std::nullopt;
    return value;
}

/// Without checks. `value` is whole for integers.
void store_number(Params& params, const ParamInfo& info, double value) {
    if (const auto* number = std::get_if<float Params::*>(&info.field)) {
        params.*(*number) = static_cast<float>(value);
    } else if (const auto* integer = std::get_if<int Params::*>(&info.field)) {
        params.*(*integer) = static_cast<int>(value);
    } else if (const auto* flag = std::get_if<bool Params::*>(&info.field)) {
        params.*(*flag) = value != 0;
    }
}

void store_text(Params& params, const ParamInfo& info, std::string_view text) {
    if (const auto* objective = std::get_if<Objective Params::*>(&info.field)) {
        params.*(*objective) = parse_objective(text);
        return;
    }
    if (info.is_flag()) {
        const std::optional<bool> on = read_flag(text);
        if (!on)
            throw Error(fmt::format("{} is a switch: '{}' is neither true nor false", info.key,
                                    one_line(text)));
        store_number(params, info, *on ? 1 : 0);
        return;
    }
    const std::optional<double> value = read_number(text);
    if (!value)
        throw Error(fmt::format("{} takes a number from {}; '{}' is none", info.key,
                                range_text(info), one_line(text)));
    set_number(params, info, *value);
}

/// "1.5 /255", "true", "inception_4d".
std::string initial_with_unit(const ParamInfo& info) {
    return info.unit.empty() ? std::string(info.initial)
                             : fmt::format("{} {}", info.initial, info.unit);
}

}  // namespace

Params::Params() {
    for (const ParamInfo& info : kParams) store_text(*this, info, info.initial);
}

const ParamInfo& find_param(std::string_view key) {
    for (const ParamInfo& info : kParams) {
        if (info.key == key) return info;
    }
    throw Error(
        fmt::format("unknown parameter '{}'{}", one_line(key),
                    did_you_mean(key, param_keys(), "; reverie list params shows them all")));
}

void set_param(Params& params, std::string_view key, std::string_view text) {
    store_text(params, find_param(key), trimmed(text));
}

void set_assignment(Params& params, std::string_view assignment) {
    const size_t equals = assignment.find('=');
    if (equals == std::string_view::npos) {
        throw UsageError(
            fmt::format("--set {}: expected key=value, as in --set step=2", one_line(assignment)));
    }
    set_param(params, trimmed(assignment.substr(0, equals)), assignment.substr(equals + 1));
}

std::string get_param(const Params& params, std::string_view key) {
    const ParamInfo& info = find_param(key);
    return std::visit(
        [&](auto field) -> std::string {
            const auto& value = params.*field;
            if constexpr (std::is_same_v<std::decay_t<decltype(value)>, Objective>) {
                return to_text(value);
            } else {
                return fmt::format("{}", value);
            }
        },
        info.field);
}

double number_of(const Params& params, const ParamInfo& info) {
    if (const auto* number = std::get_if<float Params::*>(&info.field)) return params.*(*number);
    if (const auto* integer = std::get_if<int Params::*>(&info.field)) return params.*(*integer);
    if (const auto* flag = std::get_if<bool Params::*>(&info.field)) return params.*(*flag) ? 1 : 0;
    throw Error(fmt::format("{} is no number", info.key));
}

void set_number(Params& params, const ParamInfo& info, double value) {
    require(!info.is_objective(), fmt::format("{} is no number", info.key));
    // Written so that NaN is refused too.
    if (!(value >= info.low && value <= info.high)) {
        throw Error(fmt::format("{} = {} is out of range: {} takes {}", info.key, value, info.key,
                                range_text(info)));
    }
    if (!info.is_numeric() || info.is_integer()) {
        if (value != std::floor(value))
            throw Error(fmt::format("{} = {}: {} takes whole numbers", info.key, value, info.key));
    }
    store_number(params, info, value);
}

std::optional<std::string> set_clamped(Params& params, const ParamInfo& info, double value) {
    require(!info.is_objective(), fmt::format("{} is no number", info.key));
    if (std::isnan(value))
        return fmt::format("{}: not a number, left at {}", info.key, get_param(params, info.key));
    if (info.is_flag()) {
        store_number(params, info, value >= 0.5 ? 1 : 0);
        return std::nullopt;
    }
    const double clamped = std::clamp(value, info.low, info.high);
    store_number(params, info, info.is_integer() ? std::round(clamped) : clamped);
    if (clamped == value) return std::nullopt;
    return fmt::format("{} = {} is out of range ({}): set to {}", info.key, value, range_text(info),
                       clamped);
}

void interpolate_param(Params& dst, const ParamInfo& info, const Params& a, const Params& b,
                       double t) {
    if (const auto* objective = std::get_if<Objective Params::*>(&info.field)) {
        // At both ends exactly the ends, so that terms of weight 0 and their order survive there.
        if (t <= 0) {
            dst.*(*objective) = a.*(*objective);
        } else if (t >= 1) {
            dst.*(*objective) = b.*(*objective);
        } else {
            dst.*(*objective) = mix(a.*(*objective), b.*(*objective), static_cast<float>(t));
        }
        return;
    }
    const double from = number_of(a, info);
    const double to = number_of(b, info);
    if (info.is_flag()) {
        store_number(dst, info, t >= 1 ? to : from);
        return;
    }
    // This form is exact at both ends, and where from and to are the same.
    const double value = t >= 1 ? to : from + (to - from) * std::max(t, 0.0);
    store_number(dst, info, info.is_integer() ? std::round(value) : value);
}

Params mix(const Params& a, const Params& b, double t) {
    Params mixed = a;
    for (const ParamInfo& info : kParams) interpolate_param(mixed, info, a, b, t);
    return mixed;
}

std::string range_text(const ParamInfo& info) {
    return info.is_numeric() ? fmt::format("{} to {}", info.low, info.high) : "";
}

std::string params_text() {
    std::string text =
        fmt::format("{:<13} {:<15} {:<16} {}\n", "parameter", "default", "range", "what it does");
    for (const ParamInfo& info : kParams) {
        const std::string range = info.is_flag()        ? "true, false"
                                  : info.is_objective() ? "expression"
                                                        : range_text(info);
        text += fmt::format("{:<13} {:<15} {:<16} {}\n", info.key, initial_with_unit(info), range,
                            info.help);
    }
    return text;
}

std::string params_markdown() {
    std::string text =
        "| parameter | type | default | range | unit | what it does |\n|---|---|---|---|---|---|\n";
    for (const ParamInfo& info : kParams) {
        text += fmt::format("| `{}` | {} | `{}` | {} | {} | {} |\n", info.key, info.type_name(),
                            info.initial, range_text(info), info.unit, info.help);
    }
    return text;
}

}  // namespace reverie
