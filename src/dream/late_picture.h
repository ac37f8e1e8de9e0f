// The pictures of a show, whose dreams are late: a frame, the dream that follows it, at a size of
// its own where the frame is too large for it, and what is shown in its place in a panic. The same
// in a show and where its take is played again.
//
//     const Pixels<const float> frame = late.fit(stream, rgb, dream_size);
//     late.dream().advance(stream, frame, time_s, params);
//     picture = late.show(stream, strength, panic);
//
// Thread-safety: belongs to one thread.
#pragma once

#include "src/dream/guided_show.h"
#include "src/dream/panic.h"
#include "src/dream/temporal_dream.h"
#include "src/util/size.h"

namespace reverie {

class LatePicture {
  public:
    explicit LatePicture(Device& device, const TemporalOptions& options = TemporalOptions::live());

    TemporalDream& dream() { return dream_; }
    const TemporalDream& dream() const { return dream_; }
    /// `rgb` (3 × H × W, 0 … 255) at the size that is dreamed at, for dream(): itself where it has
    /// that size. Both are read until the next call.
    Pixels<const float> fit(Stream& stream, Pixels<const float> rgb, Size dream_size);
    /// The picture of the last fit(), with so much of the dream; or what `panic` shows in its
    /// place. A picture that is held or black is made once. Valid until the call after the next.
    Pixels<const float> show(Stream& stream, float strength, Panic panic);
    /// All that comes pictures later: see StateArchive.
    void keep(StateArchive& archive);

  private:
    Pixels<const float> in_panic(Stream& stream, Pixels<const float> picture, Panic panic);

    Device* device_;
    TemporalDream dream_;
    GuidedShow guided_;
    Pixels<const float> rgb_;
    bool smaller_ = false;         ///< the dream, than the picture
    Image panic_picture_;          ///< black, or the picture that is held
    Panic panicked_ = Panic::off;  ///< what that was made for
};

}  // namespace reverie
