// The key of a captured graph: each piece of work that was queued, in order, with all its
// arguments. Nobody lists a graph's dependencies: every argument of an op is in the key.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace reverie {

/// A number unique to each object of this kind, since an address may be reused.
class Identity {
  public:
    Identity() : value_(++last_) {}
    Identity(const Identity& /*other*/) : Identity() {}
    Identity& operator=(const Identity& /*other*/) { return *this; }
    ~Identity() = default;
    uint64_t value() const { return value_; }

  private:
    static inline std::atomic<uint64_t> last_ = 0;
    uint64_t value_;
};

class GraphKey {
  public:
    /// One piece of work: its name, and its arguments as bytes. These are numbers, addresses of
    /// device memory and plain structs of both: data behind a host address would be missing. Equal
    /// keys mean the same pieces with the same arguments, as a name always has the same argument
    /// types.
    template <class... Args>
    void add(std::string_view work, const Args&... args) {
        bytes_.append(work);
        bytes_.push_back('\0');
        (add_bytes(args), ...);
    }
    void clear() { bytes_.clear(); }
    bool operator==(const GraphKey&) const = default;

  private:
    template <class T>
    void add_bytes(const T& value) {
        static_assert(std::is_trivially_copyable_v<T>, "an op's arguments are plain values");
        T plain = value;
        // Padding bytes between a struct's fields would make every key unique.
#if defined(__GNUC__) && !defined(__clang__)
        __builtin_clear_padding(&plain);
#endif
        // For a pointer, the size of the pointer is meant.
        // NOLINTNEXTLINE(bugprone-sizeof-expression)
        bytes_.append(reinterpret_cast<const char*>(&plain), sizeof plain);
    }

    std::string bytes_;
};

}  // namespace reverie
