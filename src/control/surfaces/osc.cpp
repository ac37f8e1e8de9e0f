// OSC over UDP: a thread receives packets and asks the desk for all of a packet's messages at once,
// so that a bundle takes effect in one frame. The socket is the program's own, since liblo listens
// on all interfaces only.
#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <vector>

#include "src/control/osc_requests.h"
#include "src/control/surface.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr size_t kLongestPacket = 65536;
constexpr auto kReportEvery = std::chrono::seconds(10);

/// Owns a file descriptor.
class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return number_; }

  private:
    int number_;
};

struct Place {
    std::string address = "127.0.0.1", port;
};

/// Of "9000", "0.0.0.0:9000", "[::1]:9000".
Place place_of(const std::string& value) {
    const size_t colon = value.rfind(':');
    Place place;
    place.port = colon == std::string::npos ? value : value.substr(colon + 1);
    if (colon != std::string::npos) place.address = value.substr(0, colon);
    if (place.address.starts_with('[') && place.address.ends_with(']'))
        place.address = place.address.substr(1, place.address.size() - 2);
    const bool digits = !place.port.empty() && place.port.size() <= 5 &&
                        place.port.find_first_not_of("0123456789") == std::string::npos;
    if (!digits || std::stoi(place.port) > 65535 || place.address.empty()) {
        throw UsageError(
            fmt::format("--osc {}: expected a port, or ADDRESS:PORT as in 0.0.0.0:9000", value));
    }
    return place;
}

int open_socket(const Place& place, const std::string& value) {
    addrinfo hints{}, *found = nullptr;
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_DGRAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    const int failure = ::getaddrinfo(place.address.c_str(), place.port.c_str(), &hints, &found);
    if (failure != 0) throw Error(fmt::format("--osc {}: {}", value, ::gai_strerror(failure)));
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(found, ::freeaddrinfo);
    const int socket = ::socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket >= 0 && ::bind(socket, found->ai_addr, found->ai_addrlen) == 0) return socket;
    const int reason = errno;
    if (socket >= 0) ::close(socket);
    throw Error(fmt::format("--osc {}: {}{}", value, std::strerror(reason),
                            reason == EADDRINUSE ? "; another program listens there, try another "
                                                   "port"
                                                 : ""));
}

class OscSurface : public Surface {
  public:
    OscSurface(const std::string& value, Desk& desk, Notices& notices)
        : place_(place_of(value)),
          socket_(open_socket(place_, value)),
          wake_(::eventfd(0, EFD_CLOEXEC)),
          notices_(notices),
          client_(desk.join("osc")) {
        require(wake_.get() >= 0, "--osc: no event descriptor could be made");
        thread_ = std::thread([this] { run(); });
    }
    ~OscSurface() override {
        const uint64_t one = 1;
        static_cast<void>(::write(wake_.get(), &one, sizeof one));
        thread_.join();
    }
    OscSurface(const OscSurface&) = delete;
    OscSurface& operator=(const OscSurface&) = delete;

    std::string description() const override {
        sockaddr_storage bound{};
        socklen_t size = sizeof bound;
        std::array<char, NI_MAXSERV> port{};
        auto* const name = reinterpret_cast<sockaddr*>(&bound);
        if (::getsockname(socket_.get(), name, &size) == 0) {
            ::getnameinfo(name, size, nullptr, 0, port.data(), port.size(),
                          NI_NUMERICSERV | NI_DGRAM);
        }
        return fmt::format("OSC: {}:{}", place_.address, port.data());
    }

  private:
    void run() {
        std::array<pollfd, 2> waiting{{{socket_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}}};
        while (true) {
            if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) return;
            if (waiting[1].revents != 0) return;
            const ssize_t size = ::recv(socket_.get(), buffer_.data(), buffer_.size(), 0);
            if (size > 0) take({buffer_.data(), static_cast<size_t>(size)});
        }
    }

    /// A message that cannot be used does not keep back those beside it.
    void take(std::span<const char> packet) {
        std::vector<Request> requests;
        try {
            for (const OscMessage& message : read_osc_packet(packet)) {
                try {
                    requests.push_back(osc_request(message));
                } catch (const Error& error) {
                    count(error);
                }
            }
        } catch (const Error& error) {
            count(error);
        }
        if (!requests.empty()) client_.ask(std::move(requests));
    }

    /// The first at once, then how many there were: a fader at a wrong address sends hundreds.
    void count(const Error& error) {
        ++unusable_;
        const auto now = std::chrono::steady_clock::now();
        if (unusable_ > 1 && now - reported_ < kReportEvery) return;
        reported_ = now;
        notices_.post(unusable_ == 1
                          ? error.what()
                          : fmt::format("{} ({} unusable messages)", error.what(), unusable_));
    }

    Place place_;
    Descriptor socket_, wake_;
    Notices& notices_;
    DeskClient client_;
    std::vector<char> buffer_ = std::vector<char>(kLongestPacket);
    int64_t unusable_ = 0;
    std::chrono::steady_clock::time_point reported_;
    std::thread thread_;  ///< the last member: it uses the others
};

}  // namespace

extern const SurfaceKind kOscSurface{
    .name = "osc",
    .option = "--osc",
    .argument = "[ADDRESS:]PORT",
    .help =
        "listen for OSC messages on this UDP port, on this machine alone unless an address is "
        "given; `reverie list osc` shows what it understands",
    .open = [](const std::string& value, Desk& desk, Notices& notices) -> std::unique_ptr<Surface> {
        return std::make_unique<OscSurface>(value, desk, notices);
    }};

}  // namespace reverie
