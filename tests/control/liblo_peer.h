// liblo as the other side of OSC, to send to and to receive from.
#pragma once

#include <lo/lo.h>
#include <lo/lo_lowlevel.h>

#include <string>
#include <vector>

#include "src/control/osc/osc_packet.h"

namespace reverie::test {

using Packet = std::vector<char>;

struct LoMessage {
    lo_message message = lo_message_new();
    LoMessage() = default;
    LoMessage(const LoMessage&) = delete;
    LoMessage& operator=(const LoMessage&) = delete;
    ~LoMessage() { lo_message_free(message); }
    Packet packet(const char* path) const {
        Packet bytes(lo_message_length(message, path));
        lo_message_serialise(message, path, bytes.data(), nullptr);
        return bytes;
    }
};

/// Receives with liblo and keeps what it has heard.
struct Hearer {
    lo_server server = lo_server_new(nullptr, nullptr);
    std::vector<OscMessage> heard;
    Hearer() {
        lo_server_add_method(
            server, nullptr, nullptr,
            [](const char* path, const char* types, lo_arg** values, int count, lo_message,
               void* self) {
                OscMessage message{path, {}};
                for (int i = 0; i < count; ++i) {
                    if (types[i] == 'f') message.arguments.emplace_back(double{values[i]->f});
                    if (types[i] == 'i')
                        message.arguments.emplace_back(static_cast<double>(values[i]->i));
                    if (types[i] == 's') message.arguments.emplace_back(std::string(&values[i]->s));
                    if (types[i] == 'T' || types[i] == 'F')
                        message.arguments.emplace_back(types[i] == 'T');
                }
                static_cast<Hearer*>(self)->heard.push_back(message);
                return 0;
            },
            this);
    }
    Hearer(const Hearer&) = delete;
    Hearer& operator=(const Hearer&) = delete;
    ~Hearer() { lo_server_free(server); }
    std::string port() const { return std::to_string(lo_server_get_port(server)); }
    /// The next message; the test fails if none comes.
    OscMessage next() {
        while (heard.empty() && lo_server_recv_noblock(server, 20000) > 0) {
        }
        if (heard.empty()) return {"nothing came", {}};
        OscMessage first = heard.front();
        heard.erase(heard.begin());
        return first;
    }
};

}  // namespace reverie::test
