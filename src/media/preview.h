// A look at a long job while it runs: every few seconds its newest frame, as a picture beside the
// output. It is replaced in one step, so that a viewer never reads half of one.
#pragma once

#include <memory>
#include <string>

#include "src/media/sink.h"

namespace reverie {

/// Writes on into `sink`, and now and then into the picture `path` (.png, .jpg): the first frame,
/// then one in three seconds, or so rarely that it takes a thirtieth of the time at the most, and
/// the last one. `options`: of the sink. A picture that cannot be written later on (a full disk) is
/// told once by notes(), and ends nothing. Throws UsageError where `path` is no picture, Error as
/// open_sink().
std::unique_ptr<Sink> with_preview(std::unique_ptr<Sink> sink, const std::string& path,
                                   const SinkOptions& options);

}  // namespace reverie
