// A video frame in host memory, and the properties of a stream of them. Independent of libav: a
// frame holds planes and keeps their owner alive, of whatever type.
#pragma once

#include <cstdint>
#include <memory>

#include "kernels/video_planes.h"

namespace reverie {

/// A fraction, as in a time base (seconds a tick) or a frame rate (frames a second). den = 0 or num
/// = 0: not known.
struct Rational {
    int num = 0;
    int den = 1;

    bool operator==(const Rational&) const = default;
    bool known() const { return num > 0 && den > 0; }
    double value() const { return den == 0 ? 0 : static_cast<double>(num) / den; }
};

/// Code points of ITU-T H.273, as files store them; 2 is "unspecified".
struct ColorTags {
    int primaries = 2;
    int transfer = 2;
    int matrix = 2;
    int range = 0;            ///< 0 unspecified, 1 limited, 2 full
    int chroma_location = 0;  ///< libav's AVChromaLocation; 0 unspecified

    bool operator==(const ColorTags&) const = default;
};

/// Copies share the planes. The thread that fills a frame (acquire() of a sink, make_frame) is its
/// only owner until it is passed on; frames of a source may be shared with a decoder that still
/// refers to them and are not written to.
struct VideoFrame {
    VideoPlanes planes;  ///< host memory; upright, whatever the stream's rotation
    int64_t pts = 0;     ///< in the time base of the source (or of the sink that it is written to)
    int64_t duration = 0;         ///< likewise; 0: not known
    std::shared_ptr<void> owner;  ///< of the memory behind `planes`

    int width() const { return planes.width; }
    int height() const { return planes.height; }
    const PixelFormat& format() const { return planes.format; }
};

/// An owning frame with rows aligned to 64 bytes; contents are undefined. Throws Error if the size
/// is not positive or memory is out.
VideoFrame make_frame(const PixelFormat& format, int width, int height);

}  // namespace reverie
