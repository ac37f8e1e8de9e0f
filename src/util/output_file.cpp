#include "src/util/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "src/util/error.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;  ///< as Linux follows

fs::path folder_of(const fs::path& file) {
    return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

/// Bytes of a name in that folder.
size_t longest_name(const fs::path& folder) {
    const long most = ::pathconf(folder.c_str(), _PC_NAME_MAX);
    return most > 0 ? static_cast<size_t>(most) : 255;
}

/// The beginning of `text`, of at most `bytes`, without a torn UTF-8 character at its end.
std::string beginning_of(const std::string& text, size_t bytes) {
    if (text.size() <= bytes) return text;
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) --bytes;
    return text.substr(0, bytes);
}

/// FNV-1a: names that begin alike must not share a temporary one.
std::string hash_of(const std::string& text) {
    uint32_t hash = 2166136261U;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    return fmt::format("{:08x}", hash);
}

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
    throw Error(fmt::format("cannot write '{}': {}", path, why));
}

}  // namespace

fs::path file_behind(const fs::path& path) {
    fs::path file = path;
    std::error_code failure;
    for (int links = 0; fs::is_symlink(file, failure); ++links) {
        const fs::path next = fs::read_symlink(file, failure);
        if (failure || links == kMostLinks) refuse(path.string(), "its link leads nowhere");
        file = next.is_absolute() ? next : file.parent_path() / next;
    }
    return file;
}

std::string partial_name(const std::string& path) {
    const fs::path file = file_behind(path);
    const std::string stem = file.stem().string();
    std::string ending = ".partial" + file.extension().string();
    const size_t most = longest_name(folder_of(file));
    if (1 + stem.size() + ending.size() > most) ending.insert(0, "." + hash_of(stem));
    const size_t room = most - std::min(most, 1 + ending.size());
    return (file.parent_path() / ("." + beginning_of(stem, room) + ending)).string();
}

void require_writable(const std::string& path) {
    const fs::path file = file_behind(path);
    const fs::path folder = folder_of(file);
    std::error_code ignored;
    if (!fs::is_directory(folder, ignored))
        refuse(path, fmt::format("there is no folder '{}'", folder.string()));
    if (const size_t most = longest_name(folder); file.filename().string().size() > most) {
        refuse(path, fmt::format("the name is too long by {} bytes; try a shorter one",
                                 file.filename().string().size() - most));
    }
    if (fs::is_directory(file, ignored)) refuse(path, "it is a folder; add a name");
    if (fs::exists(file, ignored) && !fs::is_regular_file(file, ignored))
        refuse(path, "there is something of that name that is no file; choose another name");
    // What the folder's rights, an immutable folder or a read-only disk say, by trying.
    const std::string probe = partial_name(path);
    const int opened = ::open(probe.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    const int error = errno;
    if (opened >= 0) {
        ::close(opened);
        ::unlink(probe.c_str());
    } else if (error != EEXIST || ::access(probe.c_str(), W_OK) != 0) {
        refuse(path, fmt::format("no file can be created in '{}' ({}); try another folder",
                                 folder.string(), std::strerror(error == EEXIST ? errno : error)));
    }
}

void sync_to_disk(const fs::path& path) {
    const std::string name = path.empty() ? "." : path.string();
    const int opened = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
    const bool good = opened >= 0 && ::fsync(opened) == 0;
    const int error = errno;
    if (opened >= 0) ::close(opened);
    // Some file systems of networks have no such call for folders.
    if (!good && error != EINVAL) refuse(name, std::strerror(error));
}

void move_into_place(const std::string& partial, const std::string& path) {
    std::error_code failure;
    fs::rename(partial, file_behind(path), failure);
    if (failure) {
        throw Error(
            fmt::format("cannot rename '{}' to '{}': {}", partial, path, failure.message()));
    }
}

}  // namespace reverie
