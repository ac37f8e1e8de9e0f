// Converts the colours of a source's frames before anything else uses them: linear light and ICC
// profiles become sRGB; transparent parts are laid over a colour, or their alpha is kept.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "src/media/sources/to_srgb.h"

namespace reverie {

/// What is to be done with transparent parts.
struct TransparentParts {
    std::string background;     ///< a colour's name or #rrggbb; "": black
    bool keep = false;          ///< alpha is kept, and nothing is laid over the background
    bool always_meant = false;  ///< alpha of this codec is never an unused byte
};

/// Is alpha in a video of this codec always meant? Then a first frame with alpha 0 throughout is a
/// title that fades in. In raw pictures it may be a byte that nobody uses.
bool means_its_alpha(AVCodecID codec);

/// Decided by the first frame, for all of them. Thread-safety: used by one thread at a time.
class FrameColors {
  public:
    /// `tags` become those of the converted frames. Throws Error if the frame's pixel format is not
    /// supported, UsageError for a background that is no colour.
    FrameColors(const AVFrame& first, ColorTags& tags, const TransparentParts& parts);

    /// The format to which frames must be converted between begin() and lay_over().
    AVPixelFormat stored() const { return stored_; }
    const PixelFormat& stored_pixels() const { return stored_pixels_; }
    /// The format of what finish() returns.
    const PixelFormat& format() const { return profile_ ? profile_->format() : stored_pixels_; }
    /// What a user should know about the colours.
    const std::vector<std::string>& notes() const { return notes_; }
    /// Has the first frame transparent parts?
    bool transparent() const { return transparent_from_first_; }
    /// Frames with transparent parts, if the first one has none.
    int64_t unannounced_transparent() const {
        return transparent_from_first_ ? 0 : transparent_frames_;
    }

    /// First step, on a frame as it was decoded.
    void begin(AVFrame& decoded);
    /// Second step, on a frame of stored(), whose colours are changed in place.
    void lay_over(AVFrame& frame);
    VideoFrame finish(VideoFrame frame) { return profile_ ? profile_->convert(frame) : frame; }

  private:
    void find_alpha(const AVFrame& first, const TransparentParts& parts);
    void find_stored(const AVFrame& first, bool keep);
    void find_profile(const AVFrame& first, ColorTags& tags);
    double background_of(int component) const;

    AVPixelFormat stored_ = AV_PIX_FMT_NONE;
    PixelFormat stored_pixels_;
    bool linear_ = false;
    std::unique_ptr<ProfileToSrgb> profile_;  ///< null: no conversion
    std::array<double, 3> background_{};      ///< R, G, B, 0 … 1
    bool alpha_unused_ = false;
    bool keep_alpha_ = false;
    bool transparent_from_first_ = false;
    int64_t transparent_frames_ = 0;
    std::vector<std::string> notes_;
};

}  // namespace reverie
