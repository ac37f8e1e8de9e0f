// What was found out by measuring, kept in a file: short texts by key. The file belongs to one
// machine (its identity is its first line); one that is another machine's, damaged or unreadable
// counts as empty. Each line carries a checksum, so that a line that was cut off, or written by two
// at once, is left out alone.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace reverie {

class PlanCache {
  public:
    /// Reads the file where there is one. An empty path keeps everything in memory.
    PlanCache(std::filesystem::path path, std::string identity);

    std::optional<std::string> find(const std::string& key) const;
    /// Kept, and appended to the file at once; where that fails it is kept in memory only. Neither
    /// text may hold a tab or a line's end.
    void put(const std::string& key, const std::string& value);
    size_t size() const;

    /// $XDG_CACHE_HOME/reverie or ~/.cache/reverie, and in it a file whose name follows from
    /// `identity`; empty where there is no home.
    static std::filesystem::path usual_path(const std::string& identity);

  private:
    void load();

    std::filesystem::path path_;
    std::string identity_;
    bool fits_ = false;  ///< the file is there and has our identity
    mutable std::mutex mutex_;
    std::map<std::string, std::string> values_;
};

/// How many seconds may be spent on measuring: `setting`, the text of REVERIE_MEASURE_S, or
/// `otherwise` where there is none (null). 0 is never to measure. Throws UsageError where it is no
/// number.
double seconds_to_measure(const char* setting, double otherwise);

}  // namespace reverie
