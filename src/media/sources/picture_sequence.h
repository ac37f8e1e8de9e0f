// Many pictures as a video. Internal: callers use open_source().
#pragma once

#include <memory>
#include <string>

#include "src/media/source.h"

namespace reverie {

/// The pictures of list_pictures(spec), one a frame at the options' rate (25 if unknown), in the
/// format and size of the first one. A missing or damaged picture is replaced by the one before it,
/// and counted. Throws Error if none can be read.
std::unique_ptr<Source> open_picture_sequence(const std::string& spec,
                                              const SourceOptions& options);

}  // namespace reverie
