#include "src/control/midi/midi_learner.h"

#include <algorithm>

namespace reverie {
namespace {

constexpr size_t kEnough = 3;
constexpr int kFast = 16;  // steps that an encoder sends at most in one message

/// An encoder repeats itself; a fader's position is never sent twice.
std::optional<MidiUse> encoder_in(const std::vector<MidiMessage>& seen) {
    const bool repeats =
        std::adjacent_find(seen.begin(), seen.end(), [](const auto& a, const auto& b) {
            return a.value == b.value;
        }) != seen.end();
    if (!repeats) return std::nullopt;
    const auto any = [&](int low, int high) {
        return std::any_of(seen.begin(), seen.end(), [&](const MidiMessage& message) {
            return message.value >= low && message.value <= high;
        });
    };
    const bool small = any(1, kFast), above = any(65, 64 + kFast);
    if (any(128 - kFast, 127)) return MidiUse::twos;
    if (small && above) return MidiUse::sign;
    if (small) return MidiUse::twos;
    return above || any(64 - kFast, 63) ? std::optional(MidiUse::offset) : std::nullopt;
}

}  // namespace

std::optional<MidiLearner::Learned> MidiLearner::take(const MidiMessage& message) {
    if (message.kind == MidiKind::note) {
        if (message.value == 0) return std::nullopt;
        return Learned{{MidiInput::Kind::note, message.number, message.channel}, MidiUse::toggle};
    }
    if (message.kind == MidiKind::bend)
        return Learned{{MidiInput::Kind::bend, 0, message.channel}, MidiUse::fader};
    if (message.kind != MidiKind::control) return std::nullopt;
    const MidiInput input{MidiInput::Kind::cc, message.number, message.channel};
    if (!seen_.empty()) {
        const MidiMessage& first = seen_.front();
        const bool low_bits = first.channel == message.channel && first.number < kMidiLowBits &&
                              first.number + kMidiLowBits == message.number;
        if (low_bits)
            return Learned{{MidiInput::Kind::cc14, first.number, first.channel}, MidiUse::fader};
        if (first.number != message.number || first.channel != message.channel) seen_.clear();
    }
    seen_.push_back(message);
    const bool pressed = seen_.size() == 2 && seen_[0].value == 127 && seen_[1].value == 0;
    if (pressed) return Learned{input, MidiUse::toggle};
    if (seen_.size() < kEnough) return std::nullopt;
    return Learned{input, encoder_in(seen_).value_or(MidiUse::fader)};
}

}  // namespace reverie
