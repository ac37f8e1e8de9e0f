// The memory of a dream as bytes, so that another process can go on as if the first one had never
// ended. Each class that remembers something has one function,
//
//     void keep(StateArchive& archive) { archive.value(index_); archive.image(residual_); … }
//
// which serves both ways: it saves the members that it names, or restores them, in the same order.
// What is computed anew for each frame is not named. The bytes are of this program and this kind of
// machine: numbers as they lie in memory.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "kernels/device.h"
#include "src/util/error.h"

namespace reverie {

/// Thread-safety: belongs to one thread.
class StateArchive {
  public:
    /// To save: what keep() names is appended to bytes().
    StateArchive(Device& device, Stream& stream) : device_(device), stream_(stream) {}
    /// To restore from `bytes`, which outlive the archive, as bytes() gave them.
    StateArchive(Device& device, Stream& stream, std::string_view bytes)
        : device_(device), stream_(stream), rest_(bytes), restores_(true) {}

    /// Else it saves.
    bool restores() const { return restores_; }
    Device& device() const { return device_; }
    Stream& stream() const { return stream_; }

    /// Each of these throws Error while restoring where the bytes are of something else.
    template <class T>
    void value(T& value) {
        static_assert(std::is_trivially_copyable_v<T> && !std::is_pointer_v<T>);
        bytes(&value, sizeof value);
    }
    void value(std::string& text);
    template <class T>
    void values(std::vector<T>& values) {
        static_assert(std::is_trivially_copyable_v<T>);
        values.resize(size(values.size(), sizeof(T)));
        bytes(values.data(), values.size() * sizeof(T));
    }
    /// Elements that have a keep() of their own.
    template <class T>
    void each(std::vector<T>& values) {
        values.resize(size(values.size(), 1));
        for (T& value : values) value.keep(*this);
    }
    /// Of device memory; synchronises. An empty picture stays empty.
    void image(Image& image);
    template <class T>
    void buffer(Buffer<T>& buffer) {
        const size_t count = size(buffer.size(), sizeof(T));
        if (restores_ && count != buffer.size()) buffer = Buffer<T>(device_, count);
        memory(buffer.data(), buffer.bytes());
    }
    /// Device memory that is there already, with as many bytes both ways.
    void memory(void* on_device, size_t count);

    const std::string& bytes() const { return saved_; }
    /// After the last keep() that restores: throws Error if something is left over.
    void require_end() const;

  private:
    void bytes(void* memory, size_t count);
    /// A number of elements, of at least `least_bytes` each.
    size_t size(size_t now, size_t least_bytes);
    std::string_view take(size_t count);

    Device& device_;
    Stream& stream_;
    std::string saved_;
    std::string_view rest_;
    bool restores_ = false;
};

}  // namespace reverie
