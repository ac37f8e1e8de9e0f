// What a video encoder gave, kept in a file, so that an output can be made again without it: the
// packets one after the other, each with the step of the output in which it came.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "src/media/libav.h"

namespace reverie::libav {

/// Thread-safety: used by one thread at a time.
class PacketLog {
  public:
    /// Begins a log; or takes up the first `resumed_bytes` of one, and drops what comes behind them.
    /// Throws Error: cannot be created, is shorter than that.
    PacketLog(const std::string& path, std::optional<int64_t> resumed_bytes);

    /// `step` rises from call to call. After all that was taken up is taken. Throws Error: disk full.
    void append(int64_t step, const AVPacket& packet);
    /// The next packet of what was taken up, if it came in this step. Throws Error for a log that is
    /// damaged.
    bool take(int64_t step, AVPacket& packet);
    /// What was appended until now survives a power failure. Returns the bytes of the log. Throws
    /// Error.
    int64_t commit();

  private:
    struct Record;
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    void put(const void* bytes, size_t count);
    void get(void* bytes, size_t count);

    std::string path_;
    std::unique_ptr<std::FILE, Close> file_;
    int64_t kept_bytes_ = 0;  ///< that are to be taken
    int64_t at_ = 0;          ///< of the next record
};

}  // namespace reverie::libav
