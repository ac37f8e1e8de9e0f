#include "src/control/osc/udp.h"

#include <fmt/format.h>
#include <netdb.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "src/util/error.h"

namespace reverie {
namespace {

/// As much as the system allows, up to this: packets wait here while the processor is busy.
constexpr int kReceiveBytes = 4 << 20;

enum class End { listens, sends };

int open_udp(const UdpPlace& place, const std::string& option, End end) {
    addrinfo hints{}, *found = nullptr;
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_DGRAM;
    hints.ai_flags = AI_NUMERICSERV | (end == End::listens ? AI_PASSIVE : 0);
    const std::string told = fmt::format("{} {}:{}", option, place.address, place.port);
    const int failure = ::getaddrinfo(place.address.c_str(), place.port.c_str(), &hints, &found);
    if (failure != 0) throw Error(fmt::format("{}: {}", told, ::gai_strerror(failure)));
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(found, ::freeaddrinfo);
    const int socket = ::socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const auto take = end == End::listens ? ::bind : ::connect;
    if (socket >= 0 && take(socket, found->ai_addr, found->ai_addrlen) == 0) return socket;
    const int reason = errno;
    if (socket >= 0) ::close(socket);
    throw Error(fmt::format("{}: {}{}", told, std::strerror(reason),
                            reason == EADDRINUSE ? "; another program listens there, try another "
                                                   "port"
                                                 : ""));
}

}  // namespace

UdpPlace udp_place(const std::string& option, const std::string& value) {
    const size_t colon = value.rfind(':');
    UdpPlace place;
    place.port = colon == std::string::npos ? value : value.substr(colon + 1);
    if (colon != std::string::npos) place.address = value.substr(0, colon);
    if (place.address.starts_with('[') && place.address.ends_with(']'))
        place.address = place.address.substr(1, place.address.size() - 2);
    const bool digits = !place.port.empty() && place.port.size() <= 5 &&
                        place.port.find_first_not_of("0123456789") == std::string::npos;
    if (!digits || std::stoi(place.port) > 65535 || place.address.empty()) {
        throw UsageError(fmt::format(
            "{} {}: expected a port, or ADDRESS:PORT as in 192.168.1.20:9000", option, value));
    }
    return place;
}

UdpSocket UdpSocket::at(const UdpPlace& place, const std::string& option) {
    UdpSocket socket(open_udp(place, option, End::listens));
    // Where either is refused, packets are lost sooner, or uncounted.
    const int on = 1;
    ::setsockopt(socket.descriptor_, SOL_SOCKET, SO_RCVBUF, &kReceiveBytes, sizeof kReceiveBytes);
    ::setsockopt(socket.descriptor_, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
    return socket;
}

UdpSocket UdpSocket::to(const UdpPlace& place, const std::string& option) {
    return UdpSocket(open_udp(place, option, End::sends));
}

UdpSocket::UdpSocket(UdpSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), lost_(other.lost_) {}

UdpSocket::~UdpSocket() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::string UdpSocket::port() const {
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    std::array<char, NI_MAXSERV> port{};
    auto* const name = reinterpret_cast<sockaddr*>(&bound);
    if (::getsockname(descriptor_, name, &size) == 0) {
        ::getnameinfo(name, size, nullptr, 0, port.data(), port.size(), NI_NUMERICSERV | NI_DGRAM);
    }
    return port.data();
}

std::optional<size_t> UdpSocket::receive(std::span<char> buffer, std::string& from) {
    sockaddr_storage sender{};
    iovec bytes{buffer.data(), buffer.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(uint32_t))> control{};
    msghdr head{};
    head.msg_name = &sender;
    head.msg_namelen = sizeof sender;
    head.msg_iov = &bytes;
    head.msg_iovlen = 1;
    head.msg_control = control.data();
    head.msg_controllen = control.size();
    const ssize_t size = ::recvmsg(descriptor_, &head, 0);
    if (size < 0) return std::nullopt;
    for (cmsghdr* at = CMSG_FIRSTHDR(&head); at != nullptr; at = CMSG_NXTHDR(&head, at)) {
        if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SO_RXQ_OVFL) continue;
        uint32_t dropped = 0;
        std::memcpy(&dropped, CMSG_DATA(at), sizeof dropped);
        lost_ = dropped;
    }
    from.assign(reinterpret_cast<const char*>(&sender), head.msg_namelen);
    return static_cast<size_t>(size);
}

void UdpSocket::send(std::span<const char> packet, const std::string& to) const {
    const auto* const name = to.empty() ? nullptr : reinterpret_cast<const sockaddr*>(to.data());
    ::sendto(descriptor_, packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL, name,
             static_cast<socklen_t>(to.size()));
}

}  // namespace reverie
