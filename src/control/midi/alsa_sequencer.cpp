#include "src/control/midi/alsa_sequencer.h"

#include <alsa/asoundlib.h>
#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "src/control/midi/midi_map.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr size_t kLongestMessage = 256;
constexpr unsigned kHeard = SND_SEQ_PORT_CAP_READ | SND_SEQ_PORT_CAP_SUBS_READ;
constexpr unsigned kWritten = SND_SEQ_PORT_CAP_WRITE | SND_SEQ_PORT_CAP_SUBS_WRITE;
constexpr int kPortBits = 8;

int device_of(int client, int port) { return client << kPortBits | port; }

/// ALSA would print a line of its own.
void say_nothing(const char* /*file*/, int /*line*/, const char* /*function*/, int /*error*/,
                 const char* /*format*/, ...) {}  // NOLINT(cert-dcl50-cpp): ALSA's signature

using Sequencer = std::unique_ptr<snd_seq_t, int (*)(snd_seq_t*)>;

Sequencer open_sequencer() {
    snd_seq_t* opened = nullptr;
    snd_lib_error_set_handler(say_nothing);
    const int status = snd_seq_open(&opened, "default", SND_SEQ_OPEN_DUPLEX, SND_SEQ_NONBLOCK);
    snd_lib_error_set_handler(nullptr);
    if (status < 0) {
        throw Error(fmt::format("there is no MIDI sequencer here ({}); try: sudo modprobe snd-seq",
                                snd_strerror(status)));
    }
    snd_seq_set_client_name(opened, "Reverie");
    return {opened, snd_seq_close};
}

/// nullopt for what is no device: the system's own, those that only pass on, and this program.
std::optional<MidiPort> port_at(snd_seq_t* sequencer, int client, int port) {
    snd_seq_client_info_t* client_info = nullptr;
    snd_seq_port_info_t* port_info = nullptr;
    snd_seq_client_info_alloca(&client_info);
    snd_seq_port_info_alloca(&port_info);
    const bool there = snd_seq_get_any_client_info(sequencer, client, client_info) >= 0 &&
                       snd_seq_get_any_port_info(sequencer, client, port, port_info) >= 0;
    if (!there || client == SND_SEQ_CLIENT_SYSTEM || client == snd_seq_client_id(sequencer))
        return std::nullopt;
    if ((snd_seq_port_info_get_capability(port_info) & kHeard) != kHeard) return std::nullopt;
    const std::string client_name = one_line(snd_seq_client_info_get_name(client_info));
    const std::string port_name = one_line(snd_seq_port_info_get_name(port_info));
    if (client_name == "Midi Through") return std::nullopt;
    const bool says_more = !port_name.starts_with(client_name);
    return MidiPort{says_more ? client_name + " " + port_name : client_name, client, port};
}

std::vector<MidiPort> ports_of(snd_seq_t* sequencer) {
    std::vector<MidiPort> ports;
    snd_seq_client_info_t* client = nullptr;
    snd_seq_port_info_t* port = nullptr;
    snd_seq_client_info_alloca(&client);
    snd_seq_port_info_alloca(&port);
    snd_seq_client_info_set_client(client, -1);
    while (snd_seq_query_next_client(sequencer, client) >= 0) {
        snd_seq_port_info_set_client(port, snd_seq_client_info_get_client(client));
        snd_seq_port_info_set_port(port, -1);
        while (snd_seq_query_next_port(sequencer, port) >= 0) {
            if (auto found = port_at(sequencer, snd_seq_port_info_get_client(port),
                                     snd_seq_port_info_get_port(port)))
                ports.push_back(std::move(*found));
        }
    }
    return ports;
}

}  // namespace

std::vector<MidiPort> list_midi_ports() { return ports_of(open_sequencer().get()); }

AlsaSequencer::AlsaSequencer(MidiInbox& inbox, std::string part)
    : inbox_(inbox), part_(lower_case(std::move(part))) {
    Sequencer opened = open_sequencer();
    port_ =
        snd_seq_create_simple_port(opened.get(), "Reverie", kHeard | kWritten,
                                   SND_SEQ_PORT_TYPE_MIDI_GENERIC | SND_SEQ_PORT_TYPE_APPLICATION);
    require(port_ >= 0, "the MIDI sequencer has no port left; close another program");
    require(snd_midi_event_new(kLongestMessage, &coder_) >= 0, "no memory is left for MIDI");
    snd_midi_event_no_status(coder_, 1);
    // Before the ports are listed, so that none is missed.
    snd_seq_connect_from(opened.get(), port_, SND_SEQ_CLIENT_SYSTEM, SND_SEQ_PORT_SYSTEM_ANNOUNCE);
    sequencer_ = opened.release();
    for (const MidiPort& port : ports_of(sequencer_)) attach(port.client, port.port);
    thread_ = std::thread([this] { run(); });
}

AlsaSequencer::~AlsaSequencer() {
    ends_ = true;
    wake_.wake();
    thread_.join();
    snd_midi_event_free(coder_);
    snd_seq_close(sequencer_);
}

void AlsaSequencer::send(int device, const std::vector<uint8_t>& bytes) {
    const std::lock_guard lock(mutex_);
    outbox_.emplace_back(device, bytes);
    wake_.wake();
}

void AlsaSequencer::run() {
    std::vector<pollfd> waiting(
        static_cast<size_t>(snd_seq_poll_descriptors_count(sequencer_, POLLIN)));
    snd_seq_poll_descriptors(sequencer_, waiting.data(), static_cast<unsigned>(waiting.size()),
                             POLLIN);
    waiting.push_back({wake_.descriptor(), POLLIN, 0});
    while (!ends_) {
        if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) return;
        wake_.clear();
        std::vector<std::pair<int, std::vector<uint8_t>>> out;
        {
            const std::lock_guard lock(mutex_);
            out.swap(outbox_);
        }
        for (const auto& [device, bytes] : out) put_out(device, bytes);
        snd_seq_event_t* event = nullptr;
        int status = 0;
        while ((status = snd_seq_event_input(sequencer_, &event)) >= 0 || status == -ENOSPC) {
            if (status >= 0 && event != nullptr) hear(*event);
        }
    }
}

void AlsaSequencer::attach(int client, int port) {
    const std::optional<MidiPort> found = port_at(sequencer_, client, port);
    const int device = device_of(client, port);
    if (!found || attached_.contains(device)) return;
    if (lower_case(found->name).find(part_) == std::string::npos) return;
    if (snd_seq_connect_from(sequencer_, port_, client, port) < 0) return;
    snd_seq_connect_to(sequencer_, port_, client, port);  // one without lights takes nothing
    attached_[device] = found->name;
    inbox_.attach(device, found->name);
}

void AlsaSequencer::hear(const snd_seq_event& event) {
    switch (event.type) {
        case SND_SEQ_EVENT_PORT_START:
            return attach(event.data.addr.client, event.data.addr.port);
        case SND_SEQ_EVENT_PORT_EXIT: {
            const int device = device_of(event.data.addr.client, event.data.addr.port);
            if (attached_.erase(device) > 0) inbox_.detach(device);
            return;
        }
        default:
            break;
    }
    std::array<uint8_t, kLongestMessage> bytes{};
    const long size = snd_midi_event_decode(coder_, bytes.data(), bytes.size(), &event);
    if (size <= 0) return;
    inbox_.take(device_of(event.source.client, event.source.port),
                {bytes.data(), static_cast<size_t>(size)});
}

void AlsaSequencer::put_out(int device, const std::vector<uint8_t>& bytes) {
    if (!attached_.contains(device)) return;
    snd_midi_event_reset_encode(coder_);
    snd_seq_event_t event;
    snd_seq_ev_clear(&event);
    if (snd_midi_event_encode(coder_, bytes.data(), static_cast<long>(bytes.size()), &event) <= 0)
        return;
    snd_seq_ev_set_source(&event, static_cast<unsigned char>(port_));
    snd_seq_ev_set_dest(&event, static_cast<unsigned char>(device >> kPortBits),
                        static_cast<unsigned char>(device & ((1 << kPortBits) - 1)));
    snd_seq_ev_set_direct(&event);
    snd_seq_event_output_direct(sequencer_, &event);
}

}  // namespace reverie
