#include "kernels/cuda/route_cache.h"

#include <cstdint>
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

bool plain(std::string_view text) { return text.find_first_of("\t\n\r") == std::string_view::npos; }

}  // namespace

RouteCache::RouteCache(fs::path path, std::string identity)
    : path_(std::move(path)), identity_(one_line(identity)) {
    load();
}

fs::path RouteCache::usual_path(const std::string& identity) {
    const fs::path folder = user_folder(UserFolder::cache);
    if (folder.empty()) return {};
    return folder / ("plans-" + checksum(one_line(identity)) + ".txt");
}

void RouteCache::load() {
    if (path_.empty()) return;
    std::ifstream file(path_);
    std::string line;
    if (!std::getline(file, line) || line != std::string(kHeader) + identity_) return;
    fits_ = true;
    while (std::getline(file, line)) {
        const size_t first = line.find('\t');
        if (first == std::string::npos) continue;
        const std::string rest = line.substr(first + 1);
        const size_t second = rest.find('\t');
        if (second == std::string::npos || line.substr(0, first) != checksum(rest)) continue;
        values_[rest.substr(0, second)] = rest.substr(second + 1);
    }
}

std::optional<std::string> RouteCache::find(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = values_.find(key);
    if (found == values_.end()) return std::nullopt;
    return found->second;
}

size_t RouteCache::size() const {
    const std::lock_guard lock(mutex_);
    return values_.size();
}

void RouteCache::put(const std::string& key, const std::string& value) {
    require(plain(key) && plain(value), "a measured plan's key and value must be one line each");
    const std::lock_guard lock(mutex_);
    values_[key] = value;
    if (path_.empty()) return;
    std::error_code failed;
    if (!fits_) {
        fs::create_directories(path_.parent_path(), failed);
        std::ofstream fresh(path_, std::ios::trunc);
        fresh << kHeader << identity_ << '\n';
        fits_ = fresh.good();
    }
    // One write for the whole line, so that lines of several processes do not mix. It begins with a
    // newline, since the line before may have been cut off.
    const std::string rest = key + '\t' + value;
    std::ofstream file(path_, std::ios::app);
    file << '\n' + checksum(rest) + '\t' + rest + '\n';
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
