#include "src/control/osc_packet.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <lo/lo.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "src/util/error.h"

namespace reverie {
namespace {

constexpr int kDeepestBundle = 8;
constexpr size_t kBundleHead = 16;  // "#bundle", and a time
constexpr std::string_view kBundle{"#bundle\0", 8};

OscArgument argument_of(char type, const lo_arg& value) {
    switch (type) {
        case LO_INT32:
            return static_cast<double>(value.i);
        case LO_INT64:
            return static_cast<double>(value.h);
        case LO_FLOAT:
            return static_cast<double>(value.f);
        case LO_DOUBLE:
            return value.d;
        case LO_TRUE:
        case LO_INFINITUM:
            return true;
        case LO_FALSE:
            return false;
        case LO_STRING:
            return std::string(&value.s);
        case LO_SYMBOL:
            return std::string(&value.S);
        default:
            throw Error(
                fmt::format("OSC: an argument of type '{}' is not supported; send a number, "
                            "a text, T or F",
                            type));
    }
}

OscMessage read_message(std::span<const char> bytes) {
    std::vector<char> copy(bytes.begin(), bytes.end());  // liblo changes the order of bytes in it
    int result = 0;
    const std::unique_ptr<void, void (*)(lo_message)> message(
        lo_message_deserialise(copy.data(), copy.size(), &result), lo_message_free);
    require(message != nullptr && bytes[0] == '/', "OSC: a packet is damaged");
    OscMessage read{bytes.data(), {}};
    const char* const types = lo_message_get_types(message.get());
    lo_arg** const values = lo_message_get_argv(message.get());
    for (int i = 0; i < lo_message_get_argc(message.get()); ++i)
        read.arguments.push_back(argument_of(types[i], *values[i]));
    return read;
}

void read(std::span<const char> bytes, int depth, std::vector<OscMessage>& messages) {
    require(depth < kDeepestBundle, "OSC: bundles are nested too deeply");
    const bool bundle =
        bytes.size() >= kBundleHead && std::equal(kBundle.begin(), kBundle.end(), bytes.begin());
    if (!bundle) {
        require(std::find(bytes.begin(), bytes.end(), '\0') != bytes.end(),
                "OSC: a packet is damaged");
        messages.push_back(read_message(bytes));
        return;
    }
    for (size_t at = kBundleHead; at < bytes.size();) {
        uint32_t size = 0;
        require(bytes.size() - at >= sizeof size, "OSC: a bundle is damaged");
        std::memcpy(&size, &bytes[at], sizeof size);
        size = ntohl(size);
        at += sizeof size;
        require(size > 0 && size <= bytes.size() - at, "OSC: a bundle is damaged");
        read(bytes.subspan(at, size), depth + 1, messages);
        at += size;
    }
}

}  // namespace

std::vector<OscMessage> read_osc_packet(std::span<const char> packet) {
    std::vector<OscMessage> messages;
    read(packet, 0, messages);
    return messages;
}

}  // namespace reverie
