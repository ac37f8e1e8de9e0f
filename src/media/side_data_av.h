// Side data between libav's streams and the program. Internal, as libav.h.
#pragma once

#include <string>
#include <vector>

#include "src/media/libav.h"
#include "src/media/side_data.h"

namespace reverie::libav {

/// The side data of `stream`, or of its `frame`, that holds for all pictures and that a sink can
/// keep.
std::vector<SideData> side_data_of(const AVStream& stream, const AVFrame& frame);

/// A line for each piece of their side data that no sink keeps.
std::vector<std::string> side_data_that_is_lost(const AVStream& stream, const AVFrame& frame);

/// Gives `stream` of `output` the side data that its container can hold; adds a line to `notes` for
/// each piece that it cannot hold. Must be called before the output's header is written.
void set_side_data(const std::vector<SideData>& data, AVFormatContext& output, AVStream& stream,
                   std::vector<std::string>& notes);

/// The same for a stream that is copied within one container.
void copy_side_data(const AVStream& from, AVFormatContext& output, AVStream& to);

/// The encoder option that writes HDR's mastering display and light level into the stream itself.
struct HdrSetting {
    const char* key = nullptr;  ///< "x265-params"; null: no such option, or nothing to write
    std::string value;
};
HdrSetting hdr_setting(const std::string& encoder, const std::vector<SideData>& data);

}  // namespace reverie::libav
