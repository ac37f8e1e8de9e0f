// One clock for a whole input: continuous, and 0 where the input begins. Files are joined, recorders
// begin anywhere, receivers jump: what a container says of time is put right packet by packet, and
// for all streams alike, so that picture and sound stay together.
#pragma once

#include <vector>

#include "src/media/libav.h"

namespace reverie::libav {

class InputClock {
  public:
    enum class Verdict {
        ok,
        wait,  ///< the sound has jumped and the picture not yet, whose way it is to go
        drop,  ///< sound that lies on that of before a jump
    };

    /// `video`: the stream of the picture, whose first time is 0 where the container begins late.
    InputClock(const AVFormatContext& input, int video);

    /// Puts pts and dts of a packet right; in the order of the file. `waited`: do not wait (longer).
    Verdict correct(AVPacket& packet, bool waited = false);
    /// The input was sought in: its streams begin again, on the container's own clock.
    void restart();
    /// The time of the container that is 0 here, in its ticks and in seconds.
    int64_t origin_ticks(AVRational time_base) const;
    double origin_s() const;

  private:
    /// From one jump to the next.
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
        // Of the last packet, on the container's clock; AV_NOPTS_VALUE: not told.
        int64_t decoded_ns = AV_NOPTS_VALUE, shown_ns = AV_NOPTS_VALUE;
        int64_t lasts_ns = 0;
        int64_t last_ns() const { return decoded_ns != AV_NOPTS_VALUE ? decoded_ns : shown_ns; }
        int64_t delay = 0;   ///< ticks from decoding to showing, where the epoch begins
        int64_t end_ns = 0;  ///< ours, of all until now
    };

    bool jumps(const Stream& stream, const AVPacket& packet) const;
    bool joins(Stream& stream, int64_t at_ns) const;
    size_t epoch_at(int64_t at_ns) const;
    static void shift(AVPacket& packet, const Stream& stream, int64_t by_ns);

    std::vector<Stream> streams_;
    std::vector<Epoch> epochs_;
    int video_;
    bool restless_;  ///< a format whose clock may be set at any time
};

/// May the clock of such a file go back or jump? Then a time does not tell where in it something is.
bool has_restless_clock(const AVInputFormat& format);

}  // namespace reverie::libav
