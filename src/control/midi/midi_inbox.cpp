#include "src/control/midi/midi_inbox.h"

#include <chrono>
#include <optional>
#include <utility>

namespace reverie {
namespace {

constexpr size_t kMostHeard = 8192;  // a second and a half of a cable's whole rate, and more

std::optional<MidiClockEvent::Kind> clock_kind(MidiKind kind) {
    switch (kind) {
        case MidiKind::clock:
            return MidiClockEvent::Kind::tick;
        case MidiKind::start:
            return MidiClockEvent::Kind::start;
        case MidiKind::resume:
            return MidiClockEvent::Kind::resume;
        case MidiKind::stop:
            return MidiClockEvent::Kind::stop;
        default:
            return std::nullopt;
    }
}

}  // namespace

void MidiInbox::attach(int device, const std::string& name) {
    const std::lock_guard lock(mutex_);
    decoders_[device] = {};
    events_.push_back({MidiEvent::Kind::attached, device, name});
}

void MidiInbox::detach(int device) {
    const std::lock_guard lock(mutex_);
    if (decoders_.erase(device) > 0) events_.push_back({MidiEvent::Kind::detached, device, ""});
}

void MidiInbox::take(int device, std::span<const uint8_t> bytes) {
    const auto now = std::chrono::steady_clock::now();
    std::vector<MidiClockEvent> clock;
    {
        const std::lock_guard lock(mutex_);
        const auto decoder = decoders_.find(device);
        if (decoder == decoders_.end()) return;
        for (const uint8_t byte : bytes) {
            const std::optional<MidiMessage> message = decoder->second.take(byte);
            if (!message) continue;
            if (const auto kind = clock_kind(message->kind)) {
                clock.push_back({*kind, now, device});
                continue;
            }
            ++messages_;
            if (events_.size() < kMostHeard)
                events_.push_back({MidiEvent::Kind::message, device, "", *message});
            else
                ++lost_;
        }
    }
    if (!clock_) return;
    for (const MidiClockEvent& event : clock) clock_(event);
}

std::vector<MidiEvent> MidiInbox::events() {
    const std::lock_guard lock(mutex_);
    return std::exchange(events_, {});
}

int64_t MidiInbox::messages() const {
    const std::lock_guard lock(mutex_);
    return messages_;
}

int64_t MidiInbox::lost() const {
    const std::lock_guard lock(mutex_);
    return lost_;
}

}  // namespace reverie
