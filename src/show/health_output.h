// Where a show says once a second how it is: a file that always holds the newest line, or a Unix
// socket whose listeners get each line.
#pragma once

#include <memory>
#include <string>

namespace reverie {

/// Thread-safety: used by one thread at a time.
class HealthOutput {
  public:
    virtual ~HealthOutput() = default;
    /// One line, without its end. Throws Error where it cannot be written; the next one may be.
    /// Whoever listens and does not read is let go.
    virtual void write(const std::string& line) = 0;
};

/// "unix:PATH" or "….sock": a socket, in place of one that a show before left behind; else a file,
/// which is replaced whole. Throws Error where there is no such folder, or where PATH is something
/// else, or another show's.
std::unique_ptr<HealthOutput> open_health_output(const std::string& path);

}  // namespace reverie
