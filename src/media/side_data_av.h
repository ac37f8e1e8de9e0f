// Side data between libav's streams and the program. Internal, as libav.h.
#pragma once

#include <string>
#include <vector>

#include "src/media/libav.h"
#include "src/media/side_data.h"

namespace reverie::libav {

/// What `stream`, or `frame` of it, says of all pictures and a sink may keep.
std::vector<SideData> side_data_of(const AVStream& stream, const AVFrame& frame);

/// A line for each thing that they say and that no sink keeps.
std::vector<std::string> side_data_that_is_lost(const AVStream& stream, const AVFrame& frame);

/// Gives `stream` of `output` what its container can hold; a line to `notes` for each that it
/// cannot. To be called before the output's header is written.
void set_side_data(const std::vector<SideData>& data, AVFormatContext& output, AVStream& stream,
                   std::vector<std::string>& notes);

/// The same of a stream that is copied within one container.
void copy_side_data(const AVStream& from, AVFormatContext& output, AVStream& to);

/// An encoder's option by which it writes HDR's display and light into the stream itself.
struct HdrSetting {
    const char* key = nullptr;  ///< "x265-params"; null: it has none, or there is nothing to say
    std::string value;
};
HdrSetting hdr_setting(const std::string& encoder, const std::vector<SideData>& data);

}  // namespace reverie::libav
