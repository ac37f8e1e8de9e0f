// Attachments of a file: fonts for its subtitles, a cover picture.
#pragma once

#include <string>
#include <vector>

#include "src/media/libav.h"

namespace reverie::libav {

/// Thread-safety: used by one thread at a time.
class Attachments {
  public:
    /// Adds a stream to `output` for each attachment of `input` that its container can hold,
    /// whatever form the input's container gives it; adds a line to `notes` for each that it cannot
    /// hold. Must be called before the output's header is written. `input` must outlive this.
    void add(const AVFormatContext& input, AVFormatContext& output,
             std::vector<std::string>& notes);
    /// Adds streams for the covers that add() kept for the plain MP4 (in a fragmented one, libav
    /// makes an empty track of each). Must be called before the header is written.
    void add_covers(AVFormatContext& output) const;
    /// Writes these covers, after the header.
    void write_covers(AVFormatContext& output) const;

  private:
    std::vector<const AVStream*> covers_;
};

/// Is it an attachment, as add() takes it?
bool is_attachment(const AVStream& stream);

}  // namespace reverie::libav
