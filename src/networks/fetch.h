// The networks that people know, from those who published them.
#pragma once

#include <atomic>
#include <string>
#include <vector>

namespace reverie {

enum class Digest : uint8_t { none, sha1, sha256 };

/// A network as published.
struct Publication {
    std::string name;  ///< as `weights fetch` and --weights have it
    std::string what;  ///< one line for people
    std::string url;
    std::string file;  ///< its name in a mirror
    Digest digest = Digest::none;
    std::string hash;  ///< published, in hexadecimal; "" where the publisher gives none
    std::string licence;
};

const std::vector<Publication>& publications();

struct FetchJob {
    Publication publication;
    std::string folder;  ///< where the network is kept; made where it is not there
    std::string mirror;  ///< instead of the publisher: a URL or a local folder that has `file`; ""
    bool overwrite = false;
    bool quiet = false;
    const std::atomic<bool>* stop = nullptr;
};

/// Fetches the file, checks its hash, converts it to FOLDER/NAME.safetensors. Returns one line each
/// for what the user may want to know. Throws Error, with how to do it by hand; a file of the wrong
/// hash is deleted, a partial one kept for the next call. Throws Interrupted as download() does.
std::vector<std::string> fetch_network(const FetchJob& job);

}  // namespace reverie
