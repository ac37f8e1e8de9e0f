// Safetensors files: read by mapping them into memory, written in one go. Every offset and shape is
// checked before use.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "src/net/mapped_file.h"

namespace reverie {

/// A safetensors file of F32, F16 or BF16 tensors.
class SafetensorsFile {
  public:
    /// What to do with tensors that are neither F32 nor F16 nor BF16.
    enum class OtherTypes : uint8_t { refuse, skip };

    /// Throws Error: cannot open, truncated, broken header, a tensor outside the file or
    /// overlapping another, a shape that does not match its bytes, an element type other than F32,
    /// F16, BF16 unless those are skipped.
    explicit SafetensorsFile(const std::filesystem::path& path,
                             OtherTypes others = OtherTypes::refuse);

    const std::map<std::string, std::string>& metadata() const { return metadata_; }
    /// The metadata's value, or `fallback`.
    std::string metadata(const std::string& key, const std::string& fallback) const;
    bool has(const std::string& name) const { return tensors_.count(name) != 0; }
    std::vector<std::string> names() const;
    /// Throws Error when there is no such tensor.
    const std::vector<int64_t>& shape(const std::string& name) const;
    /// The values as float, row-major. Throws as shape() does.
    std::vector<float> values(const std::string& name) const;
    const std::filesystem::path& path() const { return path_; }

  private:
    enum class Element : uint8_t { f32, f16, bf16 };
    struct Entry {
        Element element;
        std::vector<int64_t> shape;
        size_t begin, end;  ///< bytes from the start of the data
    };
    const Entry& entry(const std::string& name) const;
    void read_header(const std::string& text, size_t data_bytes);

    std::filesystem::path path_;
    OtherTypes others_;
    std::shared_ptr<const MappedFile> mapping_;
    const unsigned char* data_ = nullptr;
    std::map<std::string, std::string> metadata_;
    std::map<std::string, Entry> tensors_;
};

struct NamedTensor {
    std::string name;
    std::vector<int64_t> shape;
    std::vector<float> values;
};

/// Writes F32 tensors. Throws Error when the file cannot be written.
void write_safetensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors,
                       const std::map<std::string, std::string>& metadata);

}  // namespace reverie
