// A source that libav decodes. Internal: callers use open_source(); the kinds of source that use it
// are in sources/.
#pragma once

#include <memory>
#include <string>

#include "src/media/source.h"
#include "src/media/sources/input.h"

namespace reverie {

/// How a kind of source wants to be read.
struct FileReading {
    libav::Transport transport = libav::Transport::file;
    bool streams_to_copy = false;  ///< may hold sound, subtitles and chapters that a sink can copy
};

/// Frames have the options' rate. Throws Error as open_source().
std::unique_ptr<Source> open_file_source(const std::string& path, const SourceOptions& options,
                                         const FileReading& reading);

/// `source` at the constant rate `fps`: for each tick the latest frame that began by then; a
/// repeated frame shares its memory. time_base becomes 1/fps.
std::unique_ptr<Source> resample_rate(std::unique_ptr<Source> source, Rational fps);

}  // namespace reverie
