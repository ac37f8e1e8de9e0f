// One clock for a whole input: continuous, and 0 where the input begins. Joined files, recorders
// that begin at any time and receivers make a container's clock jump. Times are corrected packet by
// packet, in the same way for all streams, so that picture and sound stay together.
#pragma once

#include <vector>

#include "src/media/libav.h"

namespace reverie::libav {

class InputClock {
  public:
    enum class Verdict {
        ok,
        wait,  ///< the sound has jumped, and must wait for the picture's jump to follow it
        drop,  ///< sound that overlaps with sound before a jump
    };

    /// `video`: the stream of the picture. Its first time is 0 if the container begins late.
    InputClock(const AVFormatContext& input, int video);

    /// Corrects pts and dts of a packet; call it in the order of the file. `waited`: do not wait
    /// (any longer).
    Verdict correct(AVPacket& packet, bool waited = false);
    /// Call it after a seek: the streams begin again, on the container's own clock.
    void restart();
    /// The container's time that is our time 0, in its ticks and in seconds.
    int64_t origin_ticks(AVRational time_base) const;
    double origin_s() const;

  private:
    /// The time from one jump to the next.
    struct Epoch {
        int64_t shift_ns;  ///< from the container's time to ours
        int64_t begin_ns;  ///< of the container's time
    };
    struct Stream {
        AVRational time_base{1, 1};
        AVMediaType type = AVMEDIA_TYPE_UNKNOWN;
        bool keeps_time = false;  ///< sound and the picture do, sparse subtitles do not
        bool begun = false;
        size_t epoch = 0;
        // Of the last packet, on the container's clock; AV_NOPTS_VALUE: not known.
        int64_t decoded_ns = AV_NOPTS_VALUE, shown_ns = AV_NOPTS_VALUE;
        int64_t lasts_ns = 0;
        int64_t last_ns() const { return decoded_ns != AV_NOPTS_VALUE ? decoded_ns : shown_ns; }
        int64_t delay = 0;   ///< ticks from decoding to display, at the beginning of the epoch
        int64_t end_ns = 0;  ///< end of all packets so far, in our time
    };

    bool jumps(const Stream& stream, const AVPacket& packet) const;
    bool joins(Stream& stream, int64_t at_ns) const;
    size_t epoch_at(int64_t at_ns) const;
    static void shift(AVPacket& packet, const Stream& stream, int64_t by_ns);

    std::vector<Stream> streams_;
    std::vector<Epoch> epochs_;
    int video_;
    bool restless_;  ///< a format whose clock may jump at any time
};

/// May the clock of such a file go back or jump? Then a time does not determine a position in the
/// file.
bool has_restless_clock(const AVInputFormat& format);

}  // namespace reverie::libav
