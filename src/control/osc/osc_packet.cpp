#include "src/control/osc/osc_packet.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <lo/lo.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "src/util/error.h"

namespace reverie {
namespace {

constexpr int kDeepestBundle = 8;
constexpr size_t kBundleHead = 16;  // "#bundle", and a time
constexpr std::string_view kBundle{"#bundle\0", 8};

/// Of any address: 64 bits stand at multiples of four bytes in a packet.
template <class Number>
double number_at(const lo_arg* value) {
    Number number{};
    std::memcpy(&number, static_cast<const void*>(value), sizeof number);
    return static_cast<double>(number);
}

std::string text_at(const lo_arg* value) { return reinterpret_cast<const char*>(value); }

OscArgument argument_of(char type, const lo_arg* value) {
    switch (type) {
        case LO_INT32:
            return number_at<int32_t>(value);
        case LO_INT64:
            return number_at<int64_t>(value);
        case LO_FLOAT:
            return number_at<float>(value);
        case LO_DOUBLE:
            return number_at<double>(value);
        case LO_TRUE:
        case LO_INFINITUM:
            return true;
        case LO_FALSE:
            return false;
        case LO_STRING:
        case LO_SYMBOL:
            return text_at(value);
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
        read.arguments.push_back(argument_of(types[i], values[i]));
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

void add(lo_message message, const OscArgument& argument) {
    if (const auto* number = std::get_if<double>(&argument))
        lo_message_add_float(message, static_cast<float>(*number));
    else if (const auto* whole = std::get_if<int32_t>(&argument))
        lo_message_add_int32(message, *whole);
    else if (const auto* flag = std::get_if<bool>(&argument))
        *flag ? lo_message_add_true(message) : lo_message_add_false(message);
    else
        lo_message_add_string(message, std::get<std::string>(argument).c_str());
}

void append(std::vector<char>& bytes, std::span<const char> more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
}

std::vector<char> bundle_head() {
    std::vector<char> bytes(kBundle.begin(), kBundle.end());
    append(bytes, std::array<char, 8>{0, 0, 0, 0, 0, 0, 0, 1});  // the time that means at once
    return bytes;
}

}  // namespace

std::vector<char> write_osc_packet(const OscMessage& message) {
    const std::unique_ptr<void, void (*)(lo_message)> written(lo_message_new(), lo_message_free);
    for (const OscArgument& argument : message.arguments) add(written.get(), argument);
    std::vector<char> bytes(lo_message_length(written.get(), message.path.c_str()));
    lo_message_serialise(written.get(), message.path.c_str(), bytes.data(), nullptr);
    return bytes;
}

std::vector<std::vector<char>> write_osc_bundles(const std::vector<OscMessage>& messages,
                                                 size_t longest) {
    std::vector<std::vector<char>> bundles;
    for (const OscMessage& message : messages) {
        const std::vector<char> packet = write_osc_packet(message);
        const size_t needed = sizeof(uint32_t) + packet.size();
        if (bundles.empty() ||
            (bundles.back().size() > kBundleHead && bundles.back().size() + needed > longest))
            bundles.push_back(bundle_head());
        const uint32_t size = htonl(static_cast<uint32_t>(packet.size()));
        std::array<char, sizeof size> length{};
        std::memcpy(length.data(), &size, sizeof size);
        append(bundles.back(), length);
        append(bundles.back(), packet);
    }
    return bundles;
}

std::vector<OscMessage> read_osc_packet(std::span<const char> packet) {
    std::vector<OscMessage> messages;
    read(packet, 0, messages);
    return messages;
}

}  // namespace reverie
