// Downloads one file by libcurl: into a partial file next to it, which a later call resumes, and
// which is renamed when it is complete.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace reverie {

struct Download {
    std::string url;           ///< http or https
    std::filesystem::path to;  ///< its folder is there
    uint64_t most_bytes = uint64_t{1} << 31U;
    /// The content is checked afterwards, so that a partial file may be continued even where the
    /// server does not say which version it was of.
    bool checked = false;
    std::function<void(uint64_t done, uint64_t total)> progress;  ///< total 0: not known; or null
    const std::atomic<bool>* stop = nullptr;                      ///< asked to end, or null
};

/// Where `download` keeps what has come so far.
std::filesystem::path partial_download(const std::filesystem::path& to);

/// Fetches the whole file; goes on where an earlier call ended, and by itself where a connection
/// breaks after something came. Throws Error: what libcurl says; the disk is full; larger than
/// `most_bytes`. Throws Interrupted where it was asked to stop. The partial file is kept.
void download(const Download& job);

}  // namespace reverie
