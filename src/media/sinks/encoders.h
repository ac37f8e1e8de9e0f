// The encoders that this program uses: the codec of each, its settings, and whether it is
// available.
#pragma once

#include <string>
#include <vector>

#include "src/media/libav.h"
#include "src/media/sink.h"

namespace reverie::libav {

/// The settings that an encoder is opened with.
struct EncoderRequest {
    std::string codec;  ///< a codec's or an encoder's name
    int width = 0, height = 0;
    AVRational time_base{1, 25};
    AVRational frame_rate{25, 1};
    AVRational sample_aspect{1, 1};
    PixelFormat source_format;
    ColorTags tags;
    std::vector<SideData> side_data;
    int crf = -1;
    int bits = 0;
    bool global_header = false;
    bool in_order = false;     ///< no B-frames, for a container without display times
    bool realtime = false;     ///< faster settings
    bool low_latency = false;  ///< no frames held back; a key frame every two seconds
};

/// SVT-AV1 blocks for ever if it is closed before its end, so it is flushed and drained first.
struct DrainAndFree {
    void operator()(AVCodecContext* context) const;
};

struct OpenEncoder {
    std::unique_ptr<AVCodecContext, DrainAndFree> context;
    PixelFormat format;  ///< of the frames that it takes
};

/// The codec that a file's ending stands for: mp4, m4v, mkv, avi: h264; mov: prores; webm: av1; for
/// pictures with `alpha`, of mkv and webm: vp9. "" for others.
std::string codec_for_ending(const std::string& ending, bool alpha = false);

/// Do files of this ending keep alpha in this codec ("": codec_for_ending)?
bool keeps_alpha(const std::string& ending, const std::string& codec);

/// Opens the first encoder of the wanted codec that works. The same frames give the same bytes.
/// Throws UsageError for an unknown name, Error if none can be opened, each with those that can.
OpenEncoder open_encoder(const EncoderRequest& request);

/// A frame for the encoder: the planes are shared, not copied.
FramePtr wrap_frame(const VideoFrame& frame, const OpenEncoder& encoder);

}  // namespace reverie::libav
