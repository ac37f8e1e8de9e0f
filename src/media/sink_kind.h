// The table of everything that frames can be written to: how it is recognised and opened, and its
// properties. To add a kind, define its SinkKind in a file of its own and add a row to the table in
// sink.cpp; to offer it in a live show, add also a row in src/show/output_kind.h.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "src/media/sink.h"

namespace reverie {

struct SinkKind {
    const char* name;  ///< "stream"
    /// with examples of its spelling: "a stream (rtmp://, srt://, udp://)"
    const char* description;
    bool (*recognises)(const std::string& spec);
    /// Throws Error as open_sink().
    std::unique_ptr<Sink> (*open)(const std::string& spec, const SinkOptions& options);
    bool on_disk = false;     ///< uses disk space, and is renamed when it is complete
    bool reconnects = false;  ///< reopened after the connection broke
    bool resumes = false;     ///< has write_again() and commit()
    bool sound = false;       ///< write_sound() has an effect
    /// The name in the message that this kind cannot hold sound, subtitles and the like: "y4m".
    /// Null: it copies them, or nobody misses them.
    const char* without_streams = nullptr;
    /// Can it keep alpha, in this codec ("": its own choice)? Null: never.
    bool (*keeps_alpha)(const std::string& spec, const std::string& codec) = nullptr;
};

/// All of them, in the order in which they are asked whether they recognise a spec.
const std::vector<const SinkKind*>& sink_kinds();
/// The kind that `spec` stands for, or null.
const SinkKind* find_sink_kind(const std::string& spec);
/// "a video file (.mp4, …), …, or - (y4m on stdout)".
std::string sink_help();

}  // namespace reverie
