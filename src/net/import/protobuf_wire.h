// The protocol buffers wire format, as needed for two formats of weights: Caffe's NetParameter and
// TensorFlow's GraphDef. Written by hand: only a dozen fields are needed, where libprotobuf would
// generate readers of every message in these formats; and files come from strangers, so all parsing
// stays in this file. Nothing here recurses: a message is a span of bytes, and only a reader that
// expects a message parses it, so depth is bounded by the code and memory by the file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/net/mapped_file.h"

namespace reverie {

enum class WireType : uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

struct WireField {
    uint32_t number = 0;
    WireType type = WireType::varint;
    uint64_t value = 0;  ///< of a varint, or the bits of a fixed number
    Bytes bytes;         ///< of a string, a message or packed numbers; in the file
};

class WireReader {
  public:
    /// `what` begins the messages of errors: "weights FILE: ".
    WireReader(Bytes message, const std::string& what) : rest_(message), what_(what) {}
    /// The next field, or false at the end. Throws Error: cut off, a length beyond the end, a field
    /// of a kind that neither format uses (groups).
    bool next(WireField& field);

  private:
    uint64_t varint();
    Bytes take(uint64_t count);
    [[noreturn]] void damaged() const;

    Bytes rest_;
    const std::string& what_;
};

/// A field's text, in the file.
std::string_view wire_text(const WireField& field);
float wire_float(const WireField& field);
/// Appends the field's numbers, packed or single. Throws Error where packed bytes end within a
/// number.
void append_wire_floats(const WireField& field, const std::string& what,
                        std::vector<float>& values);
void append_wire_doubles(const WireField& field, const std::string& what,
                         std::vector<float>& values);
/// The same, and throws Error if there would be more than `most`.
void append_wire_integers(const WireField& field, const std::string& what, size_t most,
                          std::vector<int64_t>& values);

}  // namespace reverie
