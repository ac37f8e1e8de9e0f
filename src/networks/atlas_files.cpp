#include "src/networks/atlas_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "src/util/error.h"
#include "src/util/user_folders.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMadeEnding = ".jpg";

/// Empty if there is none.
fs::path sheet_in(const fs::path& folder, const std::string& name) {
    std::error_code ignored;
    const fs::path file = folder / name;
    return fs::is_regular_file(file, ignored) ? file : fs::path();
}

[[noreturn]] void fail_on(const fs::path& path, const char* what) {
    throw Error(fmt::format("{}: {}: {}", path.string(), what, std::strerror(errno)));
}

}  // namespace

AtlasFiles::AtlasFiles(const fs::path& weights, const std::string& sha256) {
    constexpr size_t kDigits = 16;
    const std::string name = sha256.substr(0, kDigits);
    shipped_ = weights.parent_path() / "atlas" / name;
    const fs::path folder = user_folder(UserFolder::cache);
    if (!folder.empty()) cache_ = folder / "atlas" / name;
}

std::string AtlasFiles::file_name(const std::string& layer) {
    std::string name = layer;
    std::replace(name.begin(), name.end(), '/', '-');
    return name;
}

fs::path AtlasFiles::find_made(const std::string& layer) const {
    return cache_.empty() ? fs::path() : sheet_in(cache_, file_name(layer) + kMadeEnding);
}

fs::path AtlasFiles::find(const std::string& layer) const {
    const fs::path made = find_made(layer);
    return !made.empty() ? made : sheet_in(shipped_, file_name(layer) + ".webp");
}

fs::path AtlasFiles::to_make(const std::string& layer) const {
    require(!cache_.empty(),
            "there is no place to keep an atlas: neither HOME nor XDG_CACHE_HOME is set");
    std::error_code error;
    fs::create_directories(cache_, error);
    if (error) throw Error(fmt::format("{}: {}", cache_.string(), error.message()));
    return cache_ / (file_name(layer) + kMadeEnding);
}

UnfinishedSheet::UnfinishedSheet(fs::path path, size_t tile_bytes)
    : path_(std::move(path)), tile_bytes_(tile_bytes) {
    file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (file_ < 0) fail_on(path_, "cannot be written");
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
        ::close(file_);
        throw Error(path_.string() + ": another reverie atlas is making this sheet");
    }
    const off_t size = ::lseek(file_, 0, SEEK_END);
    tiles_ = static_cast<int>(size / static_cast<off_t>(tile_bytes_));
}

UnfinishedSheet::~UnfinishedSheet() {
    if (file_ >= 0) ::close(file_);
}

void UnfinishedSheet::append(const std::vector<uint8_t>& tile) {
    require(tile.size() == tile_bytes_, "all tiles of a sheet have one size");
    const auto begin = static_cast<off_t>(tiles_) * static_cast<off_t>(tile_bytes_);
    for (size_t done = 0; done < tile.size();) {
        const ssize_t wrote = ::pwrite(file_, tile.data() + done, tile.size() - done,
                                       begin + static_cast<off_t>(done));
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) fail_on(path_, "cannot be written");
        done += static_cast<size_t>(wrote);
    }
    ++tiles_;
}

std::vector<uint8_t> UnfinishedSheet::bytes() const {
    std::vector<uint8_t> all(static_cast<size_t>(tiles_) * tile_bytes_);
    for (size_t done = 0; done < all.size();) {
        const ssize_t got =
            ::pread(file_, all.data() + done, all.size() - done, static_cast<off_t>(done));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) fail_on(path_, "cannot be read");
        done += static_cast<size_t>(got);
    }
    return all;
}

void UnfinishedSheet::remove() {
    std::error_code ignored;
    fs::remove(path_, ignored);
}

}  // namespace reverie
