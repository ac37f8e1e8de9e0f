#include "src/control/osc_requests.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <string>

#include "src/dream/params.h"
#include "src/util/error.h"

namespace reverie {
namespace {

/// A message being read: `rest` is what its address says beyond the row's.
struct Reading {
    const OscMessage& message;
    std::string rest;

    [[noreturn]] void fail(std::string_view expected) const {
        throw Error(fmt::format("expected {}", expected));
    }
    size_t count() const { return message.arguments.size(); }
    double number(size_t at) const {
        if (at < count()) {
            const auto* value = std::get_if<double>(&message.arguments[at]);
            if (value != nullptr && std::isfinite(*value)) return *value;
            if (const auto* flag = std::get_if<bool>(&message.arguments[at])) return *flag ? 1 : 0;
        }
        fail("a number");
    }
    std::string text(size_t at) const {
        if (at < count()) {
            if (const auto* value = std::get_if<std::string>(&message.arguments[at])) return *value;
        }
        fail("a text");
    }
    std::optional<double> number_if_any(size_t at) const {
        return at < count() ? std::optional(number(at)) : std::nullopt;
    }
    /// Without an argument: the other state than now.
    Switch to() const {
        if (count() == 0) return Switch::toggle;
        return number(0) != 0 ? Switch::on : Switch::off;
    }
};

Request set_panic(const Reading& r) {
    const std::string to = r.text(0);
    if (to == "off") return request::SetPanic{Panic::off};
    if (to == "source") return request::SetPanic{Panic::source};
    if (to == "black") return request::SetPanic{Panic::black};
    if (to == "hold") return request::SetPanic{Panic::hold};
    r.fail("off, source, black or hold");
}

Request set_layer(const Reading& r) {
    const size_t colon = r.rest.find(':');
    request::SetStrip strip{r.rest.substr(0, colon), -1, static_cast<float>(r.number(0))};
    if (colon != std::string::npos) {
        const Objective one = parse_objective(r.rest);
        strip.channel = one.terms.at(0).channel;
    }
    return strip;
}

struct Row {
    OscAddress address;
    bool has_rest;  ///< the address goes on after its '<'
    Request (*request)(const Reading&);
};

const std::vector<Row>& rows() {
    static const std::vector<Row> kRows{
        {{"/reverie/layer/<name>", "WEIGHT", "the weight of a layer, or of a channel (4c:17)"},
         true,
         set_layer},
        {{"/reverie/objective", "TEXT", "the whole objective, as in \"4c + 0.5*3b\""},
         false,
         [](const Reading& r) -> Request {
             return request::SetObjective{parse_objective(r.text(0))};
         }},
        {{"/reverie/preset", "NAME [SECONDS]", "a preset, faded in"},
         false,
         [](const Reading& r) -> Request {
             return request::LoadPreset{r.text(0), r.number_if_any(1)};
         }},
        {{"/reverie/crossfade", "POSITION", "0: preset A, 1: preset B"},
         false,
         [](const Reading& r) -> Request {
             return request::MoveCrossfade{static_cast<float>(r.number(0))};
         }},
        {{"/reverie/panic", "off|source|black|hold", "in place of the dream, at once"},
         false,
         set_panic},
        {{"/reverie/freeze", "[0|1]", "holds the dream; without a value: the other state"},
         false,
         [](const Reading& r) -> Request { return request::Freeze{r.to()}; }},
        {{"/reverie/record", "[0|1]", "the recording; without a value: the other state"},
         false,
         [](const Reading& r) -> Request {
             return request::SwitchOutput{"record", r.to(), ""};
         }},
        {{"/reverie/snapshot", "", "keeps the current picture"},
         false,
         [](const Reading&) -> Request { return request::Snapshot{}; }},
        {{"/reverie/undo", "", "the last change"},
         false,
         [](const Reading&) -> Request { return request::Undo{}; }},
        {{"/reverie/redo", "", "the change that was undone last"},
         false,
         [](const Reading&) -> Request { return request::Redo{}; }},
        {{"/reverie/<key>", "VALUE", "a parameter of `reverie list params`"},
         true,
         [](const Reading& r) -> Request {
             find_param(r.rest);  // throws with the nearest key
             return request::SetParam{r.rest, r.number(0)};
         }},
    };
    return kRows;
}

}  // namespace

std::vector<OscAddress> osc_addresses() {
    std::vector<OscAddress> addresses;
    for (const Row& row : rows()) addresses.push_back(row.address);
    return addresses;
}

Request osc_request(const OscMessage& message) {
    for (const Row& row : rows()) {
        const std::string_view path = row.address.path.substr(0, row.address.path.find('<'));
        const bool meant = row.has_rest ? message.path.starts_with(path) : message.path == path;
        if (!meant) continue;
        const Reading reading{message, message.path.substr(path.size())};
        try {
            return row.request(reading);
        } catch (const Error& error) {
            throw Error(fmt::format("OSC {}: {}", message.path, error.what()));
        }
    }
    throw Error(fmt::format("OSC {}: there is no such address", message.path));
}

}  // namespace reverie
