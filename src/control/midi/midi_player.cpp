#include "src/control/midi/midi_player.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "src/util/error.h"

namespace reverie {
namespace {

constexpr double kHighest7 = 127, kHighest14 = 16383;
constexpr int kPressedFrom = 64;       // of a button that sends a control
constexpr double kMeets = 2.5 / 127;   // so near, a fader has met the value
constexpr double kSame = 1e-3;         // positions that are the same value
constexpr double kEncoderStep = 0.01;  // a hundred steps from end to end

int steps_of(MidiUse use, int value) {
    if (use == MidiUse::offset) return value - 64;
    if (use == MidiUse::twos) return value < 64 ? value : value - 128;
    return value < 64 ? value : 64 - value;
}

/// A row's own ends, which may be the wrong way round.
struct Way {
    FaderSpec scale;
    bool turned = false;

    double value(double position) const {
        return fader_value(scale, turned ? 1 - position : position);
    }
    double position(double value) const {
        const double at = fader_position(scale, value);
        return turned ? 1 - at : at;
    }
};

Way way_of(const MidiControl& control, const OscDial& dial) {
    Way way{dial.scale};
    const double low =
        std::clamp(control.low.value_or(dial.scale.low), dial.scale.low, dial.scale.high);
    const double high =
        std::clamp(control.high.value_or(dial.scale.high), dial.scale.low, dial.scale.high);
    if (low == high) return way;
    way.turned = low > high;
    way.scale.low = std::min(low, high);
    way.scale.high = std::max(low, high);
    return way;
}

}  // namespace

MidiPlayer::MidiPlayer(const Desk& desk, MidiMap map) : desk_(&desk), map_(std::move(map)) {
    for (const MidiControl& control : map_.controls) {
        Row row;
        row.control = control;
        try {
            const bool moved = !is_button(control.use);
            if (moved && !osc_dial(*desk_, control.message.path))
                throw Error(fmt::format("'{}' is no number to be moved", one_line(control.to)));
            if (!moved) osc_request(control.message);
        } catch (const Error& error) {
            row.usable = false;
            problems_.push_back(fmt::format("MIDI map {}, {}: {}",
                                            map_.origin.empty() ? map_.device : map_.origin,
                                            describe(control.input), error.what()));
        }
        rows_.push_back(std::move(row));
    }
}

void MidiPlayer::begin_frame() {
    for (Row& row : rows_) row.asked = false;
}

bool MidiPlayer::is_meant(const Row& row, const MidiMessage& message) const {
    const MidiInput& input = row.control.input;
    if (!row.usable || (input.channel >= 0 && input.channel != message.channel)) return false;
    switch (message.kind) {
        case MidiKind::note:
            return input.kind == MidiInput::Kind::note && input.number == message.number;
        case MidiKind::bend:
            return input.kind == MidiInput::Kind::bend;
        case MidiKind::control:
            if (input.kind == MidiInput::Kind::cc) return input.number == message.number;
            return input.kind == MidiInput::Kind::cc14 &&
                   (input.number == message.number ||
                    input.number + kMidiLowBits == message.number);
        default:
            return false;
    }
}

std::vector<Request> MidiPlayer::take(const MidiMessage& message) {
    std::vector<Request> requests;
    for (Row& row : rows_) {
        if (!is_meant(row, message)) continue;
        try {
            take(row, message, requests);
        } catch (const Error&) {
            row.usable = false;  // as at its beginning; the map is as it was
        }
    }
    return requests;
}

void MidiPlayer::take(Row& row, const MidiMessage& message, std::vector<Request>& requests) {
    const MidiControl& control = row.control;
    if (is_button(control.use)) {
        const int from = message.kind == MidiKind::note ? 1 : kPressedFrom;
        if (message.value >= from)
            press(row, std::min(message.value, 127), requests);
        else
            let_go(row, requests);
    } else if (is_encoder(control.use)) {
        turn(row, steps_of(control.use, message.value & 0x7F), requests);
    } else if (control.input.kind == MidiInput::Kind::cc14) {
        if (message.number == control.input.number) {
            row.high_bits = message.value;
            row.half = true;
        } else {
            row.half = false;
            move(row, (row.high_bits << 7 | message.value) / kHighest14, requests);
        }
    } else {
        const double highest = message.kind == MidiKind::bend ? kHighest14 : kHighest7;
        move(row, message.value / highest, requests);
    }
}

std::vector<Request> MidiPlayer::settle() {
    std::vector<Request> requests;
    for (Row& row : rows_) {
        if (std::exchange(row.half, false)) move(row, row.high_bits / kHighest7, requests);
    }
    return requests;
}

std::vector<Request> MidiPlayer::release() {
    std::vector<Request> requests;
    for (Row& row : rows_) {
        let_go(row, requests);
        row.hand.reset();
        row.set.reset();
        row.half = false;
        row.sent = -1;
    }
    return requests;
}

/// nullopt for what is no number, and what a button sets to a text.
std::optional<OscDial> MidiPlayer::dial_of(const Row& row) const {
    return osc_dial(*desk_, row.control.message.path);
}

void MidiPlayer::ask(Row& row, std::vector<OscArgument> values,
                     std::vector<Request>& requests) const {
    OscAsked asked = osc_request({row.control.message.path, std::move(values)});
    if (!asked.request || asked.request->is<request::Report>()) return;
    requests.push_back(std::move(*asked.request));
    row.asked = true;
}

/// A fader that stands elsewhere than the value does nothing until it has met it.
void MidiPlayer::move(Row& row, double position, std::vector<Request>& requests) {
    const std::optional<OscDial> dial = dial_of(row);
    if (!dial) return;
    const Way way = way_of(row.control, *dial);
    const double now = way.position(dial->value);
    const bool holds = row.set && (row.asked || std::abs(way.position(*row.set) - now) < kSame);
    const bool crosses = row.hand && (*row.hand - now) * (position - now) <= 0;
    const bool meets = std::abs(position - now) <= kMeets || crosses ||
                       (dial->scale.integer && way.value(position) == dial->value);
    row.hand = position;
    if (row.control.use == MidiUse::fader && !holds && !meets) {
        row.set.reset();
        return;
    }
    row.set = way.value(position);
    ask(row, {*row.set}, requests);
}

void MidiPlayer::turn(Row& row, int steps, std::vector<Request>& requests) {
    const std::optional<OscDial> dial = dial_of(row);
    if (!dial || steps == 0) return;
    const Way way = way_of(row.control, *dial);
    const double now = way.position(dial->value);
    const bool holds = row.set && (row.asked || std::abs(way.position(*row.set) - now) < kSame);
    if (!holds) row.position = now;
    row.position = std::clamp(row.position + steps * kEncoderStep, 0.0, 1.0);
    const double value = way.value(row.position);
    const double before = row.asked && row.set ? *row.set : dial->value;
    row.set = value;
    if (value != before) ask(row, {value}, requests);
}

bool MidiPlayer::is_on(const Row& row) const {
    const std::vector<OscArgument>& values = row.control.message.arguments;
    const std::optional<OscDial> dial = dial_of(row);
    if (dial) {
        const Way way = way_of(row.control, *dial);
        const auto* const value = values.empty() ? nullptr : std::get_if<double>(values.data());
        const double on = value != nullptr ? *value : way.value(1);
        return std::abs(fader_position(dial->scale, on) -
                        fader_position(dial->scale, dial->value)) < kSame;
    }
    const std::vector<OscArgument> now = osc_value(*desk_, row.control.message.path);
    if (now.empty() || values.empty()) return row.down;
    return now[0] == values[0];
}

/// What a toggle goes back to; empty: nothing.
std::vector<OscArgument> MidiPlayer::off_values(Row& row) const {
    std::vector<OscArgument> before = std::exchange(row.before, {});
    const std::optional<OscDial> dial = dial_of(row);
    if (dial && row.control.low) return {way_of(row.control, *dial).value(0)};
    if (!before.empty()) return before;
    if (dial) return {dial->scale.initial};
    if (row.control.message.path == "/reverie/panic") return {std::string("off")};
    return {};
}

void MidiPlayer::press(Row& row, int velocity, std::vector<Request>& requests) {
    if (std::exchange(row.down, true)) return;
    const MidiControl& control = row.control;
    const bool was_on = row.asked ? !row.before.empty() : is_on(row);
    if (control.use == MidiUse::toggle && was_on) {
        const std::vector<OscArgument> off = off_values(row);
        if (!off.empty()) ask(row, off, requests);
        return;
    }
    row.order = ++presses_;
    const Row* const held = held_with(row, [](const Row&) { return true; });
    std::vector<OscArgument> values = control.message.arguments;
    if (held != nullptr && !values.empty())
        row.before = held->control.message.arguments;
    else
        row.before = was_on ? std::vector<OscArgument>{} : osc_value(*desk_, control.message.path);
    if (const std::optional<OscDial> dial = dial_of(row)) {
        const double hit = control.velocity ? velocity / kHighest7 : 1;
        if (values.empty() || control.velocity) values = {way_of(control, *dial).value(hit)};
    }
    ask(row, values, requests);
}

/// What the buttons that are still held have asked of the same address, in their order, holds on.
void MidiPlayer::let_go(Row& row, std::vector<Request>& requests) {
    if (!std::exchange(row.down, false) || row.control.use != MidiUse::hold) return;
    std::vector<OscArgument> before = std::exchange(row.before, {});
    Row* const above = held_with(row, [&](const Row& other) { return other.order > row.order; });
    if (above != nullptr) {
        above->before = std::move(before);
        return;
    }
    const bool nothing = before.empty() || before == std::vector<OscArgument>{std::string()};
    if (!nothing) ask(row, before, requests);
}

/// The held row of the same address that was pressed last, of those that `counts`.
template <class Counts>
MidiPlayer::Row* MidiPlayer::held_with(const Row& row, Counts counts) {
    Row* last = nullptr;
    for (Row& other : rows_) {
        if (&other == &row || !other.down || other.control.use != MidiUse::hold) continue;
        if (other.control.message.path != row.control.message.path || !counts(other)) continue;
        if (last == nullptr || other.order > last->order) last = &other;
    }
    return last;
}

/// 0 … 127; of 14 bits 0 … 16383.
int MidiPlayer::shown_value(const Row& row) const {
    const MidiControl& control = row.control;
    if (is_button(control.use)) return is_on(row) ? control.lit : control.unlit;
    const std::optional<OscDial> dial = dial_of(row);
    if (!dial) return 0;
    const bool fine =
        control.input.kind == MidiInput::Kind::cc14 || control.input.kind == MidiInput::Kind::bend;
    const double highest = fine ? kHighest14 : kHighest7;
    return static_cast<int>(std::lround(way_of(control, *dial).position(dial->value) * highest));
}

std::vector<MidiMessage> MidiPlayer::feedback() {
    std::vector<MidiMessage> messages;
    for (Row& row : rows_) {
        if (!row.usable || !row.control.feedback) continue;
        const int value = shown_value(row);
        if (value == std::exchange(row.sent, value)) continue;
        const std::optional<OscDial> dial = dial_of(row);
        const bool of_hand = !is_button(row.control.use) && !is_encoder(row.control.use) &&
                             row.set && dial && std::abs(*row.set - dial->value) < kSame;
        if (of_hand) continue;  // a motor does not pull at the hand that moves it
        const MidiInput& input = row.control.input;
        const int channel = std::max(input.channel, 0);
        switch (input.kind) {
            case MidiInput::Kind::note:
                messages.push_back({MidiKind::note, channel, input.number, value});
                break;
            case MidiInput::Kind::bend:
                messages.push_back({MidiKind::bend, channel, 0, value});
                break;
            case MidiInput::Kind::cc14:
                messages.push_back({MidiKind::control, channel, input.number, value >> 7});
                messages.push_back(
                    {MidiKind::control, channel, input.number + kMidiLowBits, value & 0x7F});
                break;
            default:
                messages.push_back({MidiKind::control, channel, input.number, value});
        }
    }
    return messages;
}

}  // namespace reverie
