// An output that was encoded in parts, by several runs, made one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace reverie {

/// A run of an output's frames, encoded as SinkOptions::packet_log of a sink of its own, which has had
/// begin_segment() after its last frame.
struct LoggedPart {
    std::string path;
    int64_t bytes = 0;  ///< as Sink::commit() said
    int64_t frames = 0;
    int64_t segment = 0;  ///< frames between two calls of begin_segment()
};

/// Writes the log of one run, which called begin_segment() before each part, into `to`. Returns
/// SinkOptions::resumed_bytes for it; after write_again() of all frames comes begin_segment() once
/// more. Throws Error for a log that is damaged, or where `to` cannot be written.
int64_t join_packet_logs(const std::vector<LoggedPart>& parts, const std::string& to);

}  // namespace reverie
