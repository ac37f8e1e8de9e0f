// The table of OSC addresses: what each is called, asks for and is now. Internal: callers use
// osc_requests.h.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/control/osc/osc_requests.h"
#include "src/util/error.h"

namespace reverie::osc {

/// A message being read: `rest` is what its address says beyond the row's.
struct Reading {
    const OscMessage& message;
    std::string rest;
    const std::vector<std::string>& sources;
    std::string note = {};

    [[noreturn]] void fail(std::string_view expected) const {
        throw Error(fmt::format("expected {}", expected));
    }
    size_t count() const { return message.arguments.size(); }
    double number(size_t at) const {
        if (at < count()) {
            const auto* value = std::get_if<double>(&message.arguments[at]);
            if (value != nullptr && std::isfinite(*value)) return *value;
            if (const auto* whole = std::get_if<int32_t>(&message.arguments[at])) return *whole;
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
    /// Of a file in a folder of the program's own choice.
    std::string bare_name(size_t at) const {
        std::string name = text(at);
        const bool fits =
            !name.empty() && name.size() <= 100 && name[0] != '.' && name[0] != '-' &&
            std::none_of(name.begin(), name.end(), [](char c) {
                const auto byte = static_cast<unsigned char>(c);
                return byte < ' ' || byte == 127 ||
                       std::string_view("/\\:%*?|<>\"'").find(c) != std::string_view::npos;
            });
        if (!fits) fail("a bare name: letters, digits and spaces, no folder");
        return name;
    }
    std::optional<double> seconds_if_any(size_t at) const {
        if (at >= count()) return std::nullopt;
        const double seconds = number(at);
        if (seconds < 0 || seconds > 3600) fail("0 to 3600 seconds");
        return seconds;
    }
    Switch to() const {
        if (count() > 0 && std::holds_alternative<std::string>(message.arguments[0])) {
            if (text(0) != "toggle") fail("0, 1 or toggle");
            return Switch::toggle;
        }
        return number(0) != 0 ? Switch::on : Switch::off;
    }
    /// The nearest number in the range.
    double within(const FaderSpec& scale, double value, std::string_view range) {
        const double taken = std::clamp(value, scale.low, scale.high);
        if (taken != value)
            note = fmt::format("{:g} is not in {}, {:g} is taken", value, range, taken);
        return taken;
    }
};

using Values = std::vector<OscArgument>;

struct Row {
    OscAddress address;
    std::string_view types;  ///< of its arguments, in OSC's letters
    bool has_rest;           ///< the address goes on after its '<'
    Request (*request)(Reading&);
    Values (*value)(const Desk&, const std::string& rest) = nullptr;  ///< null: a trigger
    const FaderSpec* scale = nullptr;  ///< of a number that is no parameter
    std::vector<std::string> (*choices)() = nullptr;
    /// How its addresses may go on, for the list; null: with the layers.
    std::vector<std::string> (*rests)() = nullptr;
};

/// Whole addresses stand before those that go on; a parameter is what is none of them.
const std::vector<Row>& rows();
/// "/reverie/<key>".
bool is_key_row(const Row& row);
Values value_of_key(const Desk& desk, const std::string& key);

}  // namespace reverie::osc
