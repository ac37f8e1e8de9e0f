// Results of measurements, kept in a file: short texts by key. The file belongs to one machine (its
// identity is its first line); a file that is another machine's, damaged or unreadable counts as
// empty. Each line has a checksum, so that a line that was cut off is ignored without the others.
// Of processes that measure the same at once, all use what the first one has stored.
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
    /// Stores the text, and appends it to the file at once; if that fails, only in memory. Returns
    /// what the key has from now on: where another process has stored something under it since this
    /// one knew it, that. Neither text may contain a tab or a newline.
    std::string put(const std::string& key, const std::string& value);
    /// These come before what the file has, in this object alone: they may be another machine's.
    void adopt(const std::map<std::string, std::string>& values);
    /// What was found, put and adopted since this object was made.
    std::map<std::string, std::string> used() const;
    /// Why something is kept in memory only, with the file; "": all is in it.
    std::string lost() const;
    size_t size() const;

    /// $XDG_CACHE_HOME/reverie or ~/.cache/reverie, and in it a file named after `identity`; empty
    /// without a home directory.
    static std::filesystem::path usual_path(const std::string& identity);

  private:
    using Values = std::map<std::string, std::string>;
    /// What the file holds; nothing: it is not there, or another machine's.
    std::optional<Values> read() const;
    /// Appends what is to be kept under a key if the file does not have another value than `known`;
    /// else returns that.
    std::optional<std::string> agree(const std::string& key, const std::string& value,
                                     const std::string& known);

    std::filesystem::path path_;
    std::string identity_;
    mutable std::mutex mutex_;
    Values values_;
    mutable Values used_;
    std::string lost_;
};

/// How many seconds may be spent on measuring: `setting`, the text of REVERIE_MEASURE_S, or
/// `otherwise` if that is null. 0: never measure. Throws UsageError if it is not a number.
double seconds_to_measure(const char* setting, double otherwise);

}  // namespace reverie
