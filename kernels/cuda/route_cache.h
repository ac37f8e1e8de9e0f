// Results of measurements, kept in a file: short texts by key. The file belongs to one machine (its
// identity is its first line); a file that is another machine's, damaged or unreadable counts as
// empty. Each line has a checksum, so that a line that was cut off, or written by two processes at
// once, is ignored without the others.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace reverie {

class RouteCache {
  public:
    /// Reads the file if there is one. An empty path keeps everything in memory.
    RouteCache(std::filesystem::path path, std::string identity);

    std::optional<std::string> find(const std::string& key) const;
    /// Stores the text, and appends it to the file at once; if that fails, only in memory. Neither
    /// text may contain a tab or a newline.
    void put(const std::string& key, const std::string& value);
    size_t size() const;

    /// $XDG_CACHE_HOME/reverie or ~/.cache/reverie, and in it a file named after `identity`; empty
    /// without a home directory.
    static std::filesystem::path usual_path(const std::string& identity);

  private:
    void load();

    std::filesystem::path path_;
    std::string identity_;
    bool fits_ = false;  ///< the file exists and has our identity
    mutable std::mutex mutex_;
    std::map<std::string, std::string> values_;
};

/// How many seconds may be spent on measuring: `setting`, the text of REVERIE_MEASURE_S, or
/// `otherwise` if that is null. 0: never measure. Throws UsageError if it is not a number.
double seconds_to_measure(const char* setting, double otherwise);

}  // namespace reverie
