#include "src/show/health_output.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <vector>

#include "src/util/atomic_file.h"
#include "src/util/error.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& path, const std::string& why) {
    throw Error(fmt::format("--health {}: {}", path, why));
}

class HealthFile : public HealthOutput {
  public:
    explicit HealthFile(const std::string& path) : path_(path) {
        const fs::path folder = fs::path(path).parent_path();
        std::error_code status;
        if (fs::is_directory(path, status)) fail(path, "it is a folder; name a file in it");
        if (::access(folder.empty() ? "." : folder.c_str(), W_OK) != 0)
            fail(path, fmt::format("cannot write there: {}", std::strerror(errno)));
    }
    void write(const std::string& line) override { write_atomically(path_, line + "\n"); }

  private:
    std::string path_;
};

class HealthSocket : public HealthOutput {
  public:
    explicit HealthSocket(const std::string& path) : path_(path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (path.empty() || path.size() >= sizeof address.sun_path)
            fail(path, "a socket needs a name of at most 107 bytes");
        std::memcpy(address.sun_path, path.data(), path.size());
        const auto* named = reinterpret_cast<const sockaddr*>(&address);
        clear_place(named, sizeof address);
        socket_ = open_socket();
        if (::bind(socket_, named, sizeof address) != 0 || ::listen(socket_, 8) != 0) {
            const int error = errno;
            ::close(socket_);
            fail(path, fmt::format("cannot listen there: {}", std::strerror(error)));
        }
    }
    ~HealthSocket() override {
        for (const int listener : listeners_) ::close(listener);
        ::close(socket_);
        ::unlink(path_.c_str());
    }
    HealthSocket(const HealthSocket&) = delete;
    HealthSocket& operator=(const HealthSocket&) = delete;

    void write(const std::string& line) override {
        while (true) {
            const int listener = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
            if (listener < 0) break;
            listeners_.push_back(listener);
        }
        const std::string text = line + "\n";
        std::erase_if(listeners_, [&](int listener) {
            const ssize_t sent =
                ::send(listener, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent == static_cast<ssize_t>(text.size())) return false;
            ::close(listener);
            return true;
        });
    }

  private:
    int open_socket() const {
        const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (socket < 0) fail(path_, std::strerror(errno));
        return socket;
    }

    /// Removes what a previous show has left.
    void clear_place(const sockaddr* named, socklen_t size) const {
        struct stat there {};
        if (::lstat(path_.c_str(), &there) != 0) return;
        if (!S_ISSOCK(there.st_mode)) fail(path_, "it exists and is not a socket");
        const int probe = open_socket();
        const bool used = ::connect(probe, named, size) == 0 || errno == EAGAIN;
        ::close(probe);
        if (used) fail(path_, "another show listens there; name another one");
        ::unlink(path_.c_str());
    }

    std::string path_;
    int socket_ = -1;
    std::vector<int> listeners_;
};

}  // namespace

std::unique_ptr<HealthOutput> open_health_output(const std::string& path) {
    constexpr std::string_view kScheme = "unix:";
    if (path.starts_with(kScheme))
        return std::make_unique<HealthSocket>(path.substr(kScheme.size()));
    if (path.ends_with(".sock")) return std::make_unique<HealthSocket>(path);
    return std::make_unique<HealthFile>(path);
}

}  // namespace reverie
