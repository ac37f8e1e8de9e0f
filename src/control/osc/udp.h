// A UDP socket, for OSC. liblo's own listens on all interfaces only.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace reverie {

/// An address and a port, as a user writes them.
struct UdpPlace {
    std::string address = "127.0.0.1", port;
};
/// Of "9000", "0.0.0.0:9000", "[::1]:9000". Throws UsageError, which begins with `option`.
UdpPlace udp_place(const std::string& option, const std::string& value);

/// Thread-safety: one thread may receive while another one sends.
class UdpSocket {
  public:
    /// What is sent here is received. Throws Error, which begins with `option`.
    static UdpSocket at(const UdpPlace& place, const std::string& option);
    /// Sends to this place. Throws Error, which begins with `option`.
    static UdpSocket to(const UdpPlace& place, const std::string& option);

    UdpSocket(UdpSocket&& other) noexcept;
    UdpSocket& operator=(UdpSocket&&) = delete;
    ~UdpSocket();

    /// For poll().
    int descriptor() const { return descriptor_; }
    /// The port that it has, as text.
    std::string port() const;
    /// The size of a packet, and in `from` whom send() answers; nullopt where none waits.
    std::optional<size_t> receive(std::span<char> buffer, std::string& from);
    /// Packets that the system dropped since they came faster than they were received.
    int64_t lost() const { return lost_; }
    /// Does not wait: a packet that cannot be sent at once is dropped, as UDP may do to any.
    void send(std::span<const char> packet, const std::string& to = "") const;

  private:
    explicit UdpSocket(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
    int64_t lost_ = 0;
};

}  // namespace reverie
