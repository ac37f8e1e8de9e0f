// The table of everything that frames can be written to: how it is recognised and opened, and what
// must be known about it before. A new kind is a file that defines its SinkKind and a row of the
// table in sink.cpp; where it shall be offered beside a live show, also one in
// src/show/output_kind.h.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "src/media/sink.h"

namespace reverie {

struct SinkKind {
    const char* name;  ///< "stream"
    const char*
        description;  ///< with examples of its spelling: "a stream (rtmp://, srt://, udp://)"
    bool (*recognises)(const std::string& spec);
    /// Throws Error as open_sink().
    std::unique_ptr<Sink> (*open)(const std::string& spec, const SinkOptions& options);
    bool on_disk = false;     ///< fills a disk, and is moved to its name in the end
    bool reconnects = false;  ///< one that has broken off is opened again
    bool sound = false;       ///< write_sound() is heard
};

/// All of them, in the order in which they are asked whether they recognise a spec.
const std::vector<const SinkKind*>& sink_kinds();
/// The kind that `spec` stands for, or null.
const SinkKind* find_sink_kind(const std::string& spec);
/// "a video file (.mp4, …), …, or - (y4m on stdout)".
std::string sink_help();

}  // namespace reverie
