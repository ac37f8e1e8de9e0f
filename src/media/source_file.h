// A source that libav decodes. Internal: callers use open_source().
#pragma once

#include <memory>
#include <string>

#include "src/media/source.h"

namespace reverie {

std::unique_ptr<Source> open_file_source(const std::string& path, const SourceOptions& options);

/// `source` on the grid of `fps`: at each of its times the latest frame that began by then; the
/// frame's own memory is shared where it is shown again. time_base becomes 1/fps.
std::unique_ptr<Source> resample_rate(std::unique_ptr<Source> source, Rational fps);

}  // namespace reverie
