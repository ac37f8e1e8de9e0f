// A file mapped into memory for reading, used by the readers of weights. Its bytes may be anything;
// readers check them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace reverie {

using Bytes = std::span<const unsigned char>;

class MappedFile {
  public:
    /// Throws Error: cannot be opened or read, not a regular file (does not wait for a pipe).
    explicit MappedFile(const std::filesystem::path& path);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    /// Valid as long as this object.
    Bytes bytes() const { return {static_cast<const unsigned char*>(address_), size_}; }

  private:
    void* address_ = nullptr;
    size_t size_ = 0;
};

}  // namespace reverie
