#include "src/util/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "src/util/error.h"
#include "src/util/output_file.h"

namespace reverie {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, int error) {
    throw Error(fmt::format("cannot write {}: {}", path.string(), std::strerror(error)));
}

bool write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(file, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        text.remove_prefix(static_cast<size_t>(count));
    }
    return true;
}

void write(const std::filesystem::path& path, std::string_view text, bool durable, mode_t mode) {
    const std::string partial = partial_name(path.string());
    const int file = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (file < 0) fail(path, errno);
    bool good = write_all(file, text) && (!durable || ::fsync(file) == 0);
    int error = errno;
    if (::close(file) != 0 && good) {
        good = false;
        error = errno;
    }
    if (good && std::rename(partial.c_str(), file_behind(path).c_str()) != 0) {
        good = false;
        error = errno;
    }
    if (good) return;
    ::unlink(partial.c_str());
    fail(path, error);
}

}  // namespace

void write_atomically(const std::filesystem::path& path, std::string_view text) {
    write(path, text, false, 0644);
}

void keep_privately(const std::filesystem::path& path, std::string_view text) {
    write(path, text, true, 0600);
}

}  // namespace reverie
