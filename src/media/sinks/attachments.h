// What hangs on a file beside its streams: fonts for its subtitles, a cover picture.
#pragma once

#include <string>
#include <vector>

#include "src/media/libav.h"

namespace reverie::libav {

/// Thread-safety: used by one thread at a time.
class Attachments {
  public:
    /// Adds a stream to `output` for each attachment of `input` that its container can hold, however
    /// the input's container has it; a line to `notes` for each that it cannot hold. To be called
    /// before the output's header is written. `input` outlives this.
    void add(const AVFormatContext& input, AVFormatContext& output,
             std::vector<std::string>& notes);
    /// The covers that add() kept for the plain MP4, since libav makes an empty track of each in a
    /// fragmented one: streams for them before the header,
    void add_covers(AVFormatContext& output) const;
    /// and after it, what is in them.
    void write_covers(AVFormatContext& output) const;

  private:
    std::vector<const AVStream*> covers_;
};

/// Is it an attachment, as add() takes it?
bool is_attachment(const AVStream& stream);

}  // namespace reverie::libav
