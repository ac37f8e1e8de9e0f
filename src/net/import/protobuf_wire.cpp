#include "src/net/import/protobuf_wire.h"

#include <bit>
#include <optional>

#include "src/util/error.h"

namespace reverie {
namespace {

uint64_t little_endian(Bytes bytes) {
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.size(); ++i) value |= static_cast<uint64_t>(bytes[i]) << (8 * i);
    return value;
}

/// Takes a number of up to ten bytes from the front, or nothing where it does not end.
std::optional<uint64_t> take_varint(Bytes& rest) {
    constexpr unsigned kMostBits = 64;
    uint64_t value = 0;
    for (unsigned shift = 0; shift < kMostBits; shift += 7) {
        if (rest.empty()) return std::nullopt;
        const unsigned char byte = rest.front();
        rest = rest.subspan(1);
        value |= static_cast<uint64_t>(byte & 0x7FU) << shift;
        if ((byte & 0x80U) == 0) return value;
    }
    return std::nullopt;
}

/// Packed or single numbers of `Bits`, appended as float.
template <class Bits, class Number>
void append_numbers(const WireField& field, WireType single, const std::string& what,
                    std::vector<float>& values) {
    const auto append = [&](uint64_t bits) {
        values.push_back(static_cast<float>(std::bit_cast<Number>(static_cast<Bits>(bits))));
    };
    if (field.type == single) return append(field.value);
    require(field.type == WireType::bytes && field.bytes.size() % sizeof(Bits) == 0,
            what + "the numbers of a tensor are damaged");
    for (size_t i = 0; i < field.bytes.size(); i += sizeof(Bits))
        append(little_endian(field.bytes.subspan(i, sizeof(Bits))));
}

}  // namespace

void WireReader::damaged() const { throw Error(what_ + "cut off or damaged"); }

uint64_t WireReader::varint() {
    const std::optional<uint64_t> value = take_varint(rest_);
    if (!value) damaged();
    return *value;
}

Bytes WireReader::take(uint64_t count) {
    if (count > rest_.size()) damaged();
    const Bytes taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
}

bool WireReader::next(WireField& field) {
    if (rest_.empty()) return false;
    const uint64_t tag = varint();
    const uint64_t number = tag >> 3U;
    if (number == 0 || number > 0x1FFFFFFFU) damaged();
    field = {static_cast<uint32_t>(number), static_cast<WireType>(tag & 7U), 0, {}};
    switch (field.type) {
        case WireType::varint:
            field.value = varint();
            return true;
        case WireType::fixed64:
            field.value = little_endian(take(8));
            return true;
        case WireType::fixed32:
            field.value = little_endian(take(4));
            return true;
        case WireType::bytes:
            field.bytes = take(varint());
            return true;
    }
    damaged();
}

std::string_view wire_text(const WireField& field) {
    return {reinterpret_cast<const char*>(field.bytes.data()), field.bytes.size()};
}

float wire_float(const WireField& field) {
    return std::bit_cast<float>(static_cast<uint32_t>(field.value));
}

void append_wire_floats(const WireField& field, const std::string& what,
                        std::vector<float>& values) {
    append_numbers<uint32_t, float>(field, WireType::fixed32, what, values);
}

void append_wire_doubles(const WireField& field, const std::string& what,
                         std::vector<float>& values) {
    append_numbers<uint64_t, double>(field, WireType::fixed64, what, values);
}

void append_wire_integers(const WireField& field, const std::string& what, size_t most,
                          std::vector<int64_t>& values) {
    const auto append = [&](uint64_t value) {
        require(values.size() < most, what + "a tensor has too many dimensions");
        values.push_back(static_cast<int64_t>(value));
    };
    if (field.type == WireType::varint) return append(field.value);
    Bytes rest = field.bytes;
    require(field.type == WireType::bytes, what + "cut off or damaged");
    while (!rest.empty()) {
        const std::optional<uint64_t> value = take_varint(rest);
        require(value.has_value(), what + "cut off or damaged");
        append(*value);
    }
}

}  // namespace reverie
