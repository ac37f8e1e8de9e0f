#include "kernels/cuda/route_cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>

#include "src/util/error.h"
#include "src/util/number_text.h"
#include "src/util/user_folders.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHeader = "reverie measured plans 1\t";

/// FNV-1a, as 16 hexadecimal digits.
std::string checksum(std::string_view text) {
    uint64_t hash = 0xcbf29ce484222325U;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    std::string digits(16, '0');
    for (size_t i = digits.size(); i-- > 0; hash >>= 4U) digits[i] = "0123456789abcdef"[hash & 15U];
    return digits;
}

/// A file that is opened to be appended to, and made where it is not there; no other process has it
/// open so meanwhile.
class LockedFile {
  public:
    explicit LockedFile(const fs::path& path)
        : file_(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644)),
          error_(file_ < 0 ? errno : 0) {
        if (file_ >= 0) ::flock(file_, LOCK_EX);  // some network drives have no locks
    }
    ~LockedFile() {
        if (file_ >= 0) ::close(file_);
    }
    LockedFile(const LockedFile&) = delete;
    LockedFile& operator=(const LockedFile&) = delete;
    /// `afresh`: in place of what is there. Returns 0, or what errno was.
    int append(const std::string& text, bool afresh) const {
        if (error_ != 0) return error_;
        if (afresh && ::ftruncate(file_, 0) != 0) return errno;
        const ssize_t written = ::write(file_, text.data(), text.size());
        if (written < 0) return errno;
        return written == static_cast<ssize_t>(text.size()) ? 0 : ENOSPC;
    }

  private:
    int file_;
    int error_;
};

bool plain(std::string_view text) { return text.find_first_of("\t\n\r") == std::string_view::npos; }

}  // namespace

RouteCache::RouteCache(fs::path path, std::string identity)
    : path_(std::move(path)), identity_(one_line(identity)) {
    values_ = read().value_or(Values());
}

fs::path RouteCache::usual_path(const std::string& identity) {
    const fs::path folder = user_folder(UserFolder::cache);
    if (folder.empty()) return {};
    return folder / ("plans-" + checksum(one_line(identity)) + ".txt");
}

std::optional<RouteCache::Values> RouteCache::read() const {
    if (path_.empty()) return std::nullopt;
    std::ifstream file(path_);
    std::string line;
    if (!std::getline(file, line) || line != std::string(kHeader) + identity_) return std::nullopt;
    Values values;
    while (std::getline(file, line)) {
        const size_t first = line.find('\t');
        if (first == std::string::npos) continue;
        const std::string rest = line.substr(first + 1);
        const size_t second = rest.find('\t');
        if (second == std::string::npos || line.substr(0, first) != checksum(rest)) continue;
        values[rest.substr(0, second)] = rest.substr(second + 1);
    }
    return values;
}

std::optional<std::string> RouteCache::find(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = values_.find(key);
    if (found == values_.end()) return std::nullopt;
    return used_[key] = found->second;
}

size_t RouteCache::size() const {
    const std::lock_guard lock(mutex_);
    return values_.size();
}

std::map<std::string, std::string> RouteCache::used() const {
    const std::lock_guard lock(mutex_);
    return used_;
}

std::string RouteCache::lost() const {
    const std::lock_guard lock(mutex_);
    return lost_;
}

std::string RouteCache::put(const std::string& key, const std::string& value) {
    require(plain(key) && plain(value), "a measured plan's key and value must be one line each");
    const std::lock_guard lock(mutex_);
    std::string& held = values_[key];
    held = agree(key, value, held).value_or(value);
    return used_[key] = held;
}

void RouteCache::adopt(const std::map<std::string, std::string>& values) {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, value] : values) {
        if (!plain(key) || !plain(value)) continue;
        values_[key] = used_[key] = value;
    }
}

std::optional<std::string> RouteCache::agree(const std::string& key, const std::string& value,
                                             const std::string& known) {
    if (path_.empty()) {
        lost_ = "there is no home folder";
        return std::nullopt;
    }
    std::error_code failed;
    fs::create_directories(path_.parent_path(), failed);
    const LockedFile file(path_);
    const std::optional<Values> there = read();
    if (there) {
        const auto other = there->find(key);
        if (other != there->end() && other->second != known) return other->second;
    }
    // It begins with a newline, since the line before may have been cut off.
    const std::string rest = key + '\t' + value;
    std::string text = '\n' + checksum(rest) + '\t' + rest + '\n';
    if (!there) text.insert(0, std::string(kHeader) + identity_ + '\n');
    const int error = file.append(text, !there);
    if (error != 0) lost_ = path_.string() + ": " + std::strerror(error);
    return std::nullopt;
}

double seconds_to_measure(const char* setting, double otherwise) {
    if (setting == nullptr) return otherwise;
    const std::optional<double> seconds = parse_decimal(setting);
    if (!seconds) {
        throw UsageError(std::string("REVERIE_MEASURE_S is '") + setting +
                         "', which is not a number of seconds; try 60, or 0 to measure nothing");
    }
    return *seconds;
}

}  // namespace reverie
