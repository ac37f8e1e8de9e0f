#include "src/control/midi/midi_message.h"

namespace reverie {
namespace {

constexpr uint8_t kNoteOff = 0x80, kNoteOn = 0x90, kControl = 0xB0, kProgram = 0xC0,
                  kPressure = 0xD0, kBend = 0xE0, kSystem = 0xF0;
constexpr uint8_t kClock = 0xF8, kStart = 0xFA, kContinue = 0xFB, kStop = 0xFC;

std::optional<MidiMessage> real_time(uint8_t byte) {
    switch (byte) {
        case kClock:
            return MidiMessage{MidiKind::clock};
        case kStart:
            return MidiMessage{MidiKind::start};
        case kContinue:
            return MidiMessage{MidiKind::resume};
        case kStop:
            return MidiMessage{MidiKind::stop};
        default:
            return std::nullopt;
    }
}

}  // namespace

std::optional<MidiMessage> MidiDecoder::take(uint8_t byte) {
    if (byte >= kClock) return real_time(byte);
    if (byte >= 0x80) {
        // Of a system message, exclusive ones included, the data is passed over.
        status_ = byte >= kSystem ? 0 : byte;
        has_first_ = false;
        return std::nullopt;
    }
    if (status_ == 0) return std::nullopt;
    const uint8_t kind = status_ & 0xF0;
    if (kind == kProgram || kind == kPressure) return std::nullopt;  // one byte each
    if (!has_first_) {
        first_ = byte;
        has_first_ = true;
        return std::nullopt;
    }
    has_first_ = false;
    const int channel = status_ & 0x0F;
    switch (kind) {
        case kNoteOff:
            return MidiMessage{MidiKind::note, channel, first_, 0};
        case kNoteOn:
            return MidiMessage{MidiKind::note, channel, first_, byte};
        case kControl:
            return MidiMessage{MidiKind::control, channel, first_, byte};
        case kBend:
            return MidiMessage{MidiKind::bend, channel, 0, first_ | byte << 7};
        default:
            return std::nullopt;
    }
}

std::vector<uint8_t> midi_bytes(const MidiMessage& message) {
    const auto channel = static_cast<uint8_t>(message.channel & 0x0F);
    const auto low = [](int value) { return static_cast<uint8_t>(value & 0x7F); };
    switch (message.kind) {
        case MidiKind::note:
            return {static_cast<uint8_t>(kNoteOn | channel), low(message.number),
                    low(message.value)};
        case MidiKind::control:
            return {static_cast<uint8_t>(kControl | channel), low(message.number),
                    low(message.value)};
        case MidiKind::bend:
            return {static_cast<uint8_t>(kBend | channel), low(message.value),
                    low(message.value >> 7)};
        default:
            return {};
    }
}

}  // namespace reverie
