// A source that libav decodes. Internal: callers use open_source(); the kinds of source that are
// read so stand in sources/.
#pragma once

#include <memory>
#include <string>

#include "src/media/source.h"
#include "src/media/sources/input.h"

namespace reverie {

/// How a kind of source wants to be read.
struct FileReading {
    libav::Transport transport = libav::Transport::file;
    bool companions = false;  ///< see SourceKind
};

/// Frames stand on the options' rate. Throws Error as open_source().
std::unique_ptr<Source> open_file_source(const std::string& path, const SourceOptions& options,
                                         const FileReading& reading);

/// `source` on the grid of `fps`: at each of its times the latest frame that began by then; the
/// frame's own memory is shared where it is shown again. time_base becomes 1/fps.
std::unique_ptr<Source> resample_rate(std::unique_ptr<Source> source, Rational fps);

}  // namespace reverie
