#include "src/control/midi/midi_hub.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/util/error.h"

namespace reverie {
namespace {

/// What no change of the desk tells of, a recording's light, is looked at so often.
constexpr int kLookEvery = 15;

}  // namespace

MidiHub::MidiHub(Desk& desk, Notices& notices, MidiInbox& inbox, Send send)
    : desk_(desk),
      notices_(notices),
      inbox_(inbox),
      send_(std::move(send)),
      client_(desk.join("midi", [this](const DeskChange&) { changed_ = true; })) {
    desk_.handle<request::Learn>([this](const auto& r) {
        if (!r.address.empty()) osc_value(desk_, midi_target(r.address).path);  // throws
        learning_ = learning_ == r.address ? "" : r.address;
        learners_.clear();
        if (learning_.empty()) return;
        notices_.post(fmt::format("move the control that is to play {}", learning_),
                      Severity::info);
    });
    desk_.publish("learning", [this] { return learning_; });
}

MidiHub::~MidiHub() {
    desk_.handle<request::Learn>(nullptr);
    desk_.publish("learning", [] { return std::string(); });
}

void MidiHub::between_frames() {
    for (auto& [number, device] : devices_) device.player.begin_frame();
    std::vector<Request> requests;
    for (const MidiEvent& event : inbox_.events()) {
        switch (event.kind) {
            case MidiEvent::Kind::attached:
                attach(event);
                break;
            case MidiEvent::Kind::detached:
                detach(event.device);
                break;
            default:
                take(event, requests);
        }
    }
    for (auto& [number, device] : devices_) {
        for (Request& request : device.player.settle()) requests.push_back(std::move(request));
    }
    if (!requests.empty()) client_.ask(std::move(requests));
    if (!std::exchange(changed_, false) && ++frames_ % kLookEvery != 0) return;
    for (auto& [number, device] : devices_) {
        for (const MidiMessage& message : device.player.feedback())
            send_(number, midi_bytes(message));
    }
}

void MidiHub::attach(const MidiEvent& event) {
    std::vector<std::string> problems;
    std::optional<MidiMap> map = find_midi_map(event.name, problems);
    for (const std::string& problem : problems) notices_.post(problem);
    if (map) {
        notices_.post(fmt::format("MIDI: {} plays, by {}", event.name,
                                  map->origin.empty() ? "the built-in map" : map->origin),
                      Severity::info);
    }
    MidiMap none;
    none.device = event.name;
    const auto [at, added] = devices_.insert_or_assign(
        event.device, Device{event.name, MidiPlayer(desk_, map.value_or(none))});
    for (const std::string& problem : at->second.player.problems()) notices_.post(problem);
    changed_ = true;
}

void MidiHub::detach(int device) {
    const auto found = devices_.find(device);
    if (found == devices_.end()) return;
    std::vector<Request> requests = found->second.player.release();
    if (!requests.empty()) client_.ask(std::move(requests));
    if (!found->second.player.map().controls.empty())
        notices_.post(fmt::format("MIDI: {} is gone", found->second.name));
    devices_.erase(found);
    learners_.erase(device);
}

void MidiHub::take(const MidiEvent& event, std::vector<Request>& requests) {
    const auto found = devices_.find(event.device);
    if (found == devices_.end()) return;
    if (!learning_.empty()) {
        if (const auto learned = learners_[event.device].take(event.message))
            learn(found->second, *learned);
        return;
    }
    for (Request& request : found->second.player.take(event.message))
        requests.push_back(std::move(request));
}

void MidiHub::learn(Device& device, const MidiLearner::Learned& learned) {
    const std::string address = std::exchange(learning_, "");
    learners_.clear();
    MidiMap map = with_learned(device.player.map(), address, learned, desk_);
    if (map.title.empty()) map.title = device.name;
    std::string told =
        fmt::format("{} of {} plays {}", describe(learned.input), device.name, address);
    try {
        map.origin = save_midi_map(map);
        told += ", kept in " + map.origin;
    } catch (const Error& error) {
        notices_.post(error.what(), Severity::error);  // it plays until the show ends
    }
    notices_.post(told, Severity::info);
    std::vector<Request> let_go = device.player.release();
    if (!let_go.empty()) client_.ask(std::move(let_go));
    device.player = MidiPlayer(desk_, std::move(map));
    changed_ = true;
}

MidiMap with_learned(MidiMap map, const std::string& address, const MidiLearner::Learned& learned,
                     const Desk& desk) {
    std::erase_if(map.controls, [&](const MidiControl& control) {
        const MidiInput& input = control.input;
        const bool channel = input.channel < 0 || input.channel == learned.input.channel;
        return channel && input.kind == learned.input.kind && input.number == learned.input.number;
    });
    MidiControl control;
    control.input = learned.input;
    control.to = address;
    control.message = midi_target(address);
    control.use = learned.use;
    const bool number = osc_dial(desk, control.message.path).has_value();
    const bool panic = control.message.path == "/reverie/panic";
    // A button calls what is no number; a fader has no way to.
    if (!number && !panic) control.use = MidiUse::trigger;
    if (panic) control.use = MidiUse::toggle;
    control.feedback = is_button(control.use) || is_encoder(control.use);
    map.controls.push_back(std::move(control));
    return map;
}

}  // namespace reverie
