// The kinds of sinks. Internal: callers use open_sink().
#pragma once

#include <memory>
#include <string>

#include "src/media/frames/frame_pool.h"
#include "src/media/sink.h"

namespace reverie {

/// A video file: mp4, m4v, mov, mkv, webm, avi.
std::unique_ptr<Sink> open_file_sink(const std::string& path, const SinkOptions& options);
/// YUV4MPEG2 on a file descriptor, which is not closed. `name`: for messages.
std::unique_ptr<Sink> open_pipe_sink(int fd, const std::string& name, const SinkOptions& options);

/// A live stream: rtmp:// (FLV), udp://, srt://, tcp:// (MPEG-TS). No write takes longer than 5 s.
std::unique_ptr<Sink> open_stream_sink(const std::string& url, const SinkOptions& options);
/// A v4l2loopback device; the options' codec is yuyv422 (the default) or yuv420p.
std::unique_ptr<Sink> open_virtual_camera(const std::string& device, const SinkOptions& options);

}  // namespace reverie
