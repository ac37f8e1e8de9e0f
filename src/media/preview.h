// A preview of a long job while it runs: every few seconds its newest frame is written to a picture
// beside the output. The picture is replaced in one step, so that a viewer never reads half of it.
#pragma once

#include <memory>
#include <string>

#include "src/media/sink.h"

namespace reverie {

/// A sink that passes all frames on to `sink` and writes some of them to the picture `path` (.png,
/// .jpg): the first one, then one every three seconds, or less often so that this takes at most a
/// thirtieth of the time, and the last one. `options`: those of the sink. If the picture cannot be
/// written later on (a full disk), notes() says so once, and the job continues. Throws UsageError
/// if `path` does not name a picture, Error as open_sink().
std::unique_ptr<Sink> with_preview(std::unique_ptr<Sink> sink, const std::string& path,
                                   const SinkOptions& options);

}  // namespace reverie
