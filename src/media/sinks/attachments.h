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
    /// before the output's header is written.
    void add(const AVFormatContext& input, AVFormatContext& output,
             std::vector<std::string>& notes);
    /// After the header: the covers that are packets of a stream.
    void write(AVFormatContext& output);

  private:
    std::vector<PacketPtr> covers_;
};

/// Is it an attachment, as add() takes it?
bool is_attachment(const AVStream& stream);

}  // namespace reverie::libav
