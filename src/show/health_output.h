// The output of a show's health, one line a second: a file that always holds the newest line, or a
// Unix socket whose listeners get each line.
#pragma once

#include <memory>
#include <string>

namespace reverie {

/// Thread-safety: used by one thread at a time.
class HealthOutput {
  public:
    virtual ~HealthOutput() = default;
    /// One line, without the newline. Throws Error if it cannot be written; the next one may
    /// succeed. A listener that does not read is disconnected.
    virtual void write(const std::string& line) = 0;
};

/// "unix:PATH" or "….sock": a socket, which replaces a stale one of an earlier show; else a file,
/// which is replaced atomically. Throws Error if the folder does not exist, or if PATH is something
/// else, or in use by another show.
std::unique_ptr<HealthOutput> open_health_output(const std::string& path);

}  // namespace reverie
