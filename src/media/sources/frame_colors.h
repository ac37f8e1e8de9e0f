// What a source does with the colours of its frames before anybody else sees them: linear light and
// profiles become sRGB, transparent parts are laid over a colour.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "src/media/sources/to_srgb.h"

namespace reverie {

/// Decided by the first frame, for all of them. Thread-safety: used by one thread at a time.
class FrameColors {
  public:
    /// `tags` become those of what comes out; `background` is a colour's name or #rrggbb. Throws
    /// Error where the frame's pixel format is not supported, UsageError for no colour.
    FrameColors(const AVFrame& first, ColorTags& tags, const std::string& background);

    /// That frames are to be converted to between the two steps below.
    AVPixelFormat stored() const { return stored_; }
    const PixelFormat& stored_pixels() const { return stored_pixels_; }
    /// Of what finish() gives.
    const PixelFormat& format() const { return profile_ ? profile_->format() : stored_pixels_; }
    /// What a user should know of it.
    const std::vector<std::string>& notes() const { return notes_; }
    /// Frames with transparent parts, if notes() did not speak of them.
    int64_t unannounced_transparent() const { return announced_ ? 0 : transparent_; }

    /// A frame as it was decoded.
    void begin(AVFrame& decoded) const;
    /// A frame of stored(), whose colours are changed in place where that is enough.
    void lay_over(AVFrame& frame);
    VideoFrame finish(VideoFrame frame) { return profile_ ? profile_->convert(frame) : frame; }

  private:
    void find_alpha(const AVFrame& first, const std::string& background);
    void find_profile(const AVFrame& first, ColorTags& tags);
    double background_of(int component) const;

    AVPixelFormat stored_ = AV_PIX_FMT_NONE;
    PixelFormat stored_pixels_;
    bool linear_ = false;
    std::unique_ptr<ProfileToSrgb> profile_;  ///< null: as the picture is
    std::array<double, 3> background_{};      ///< R, G, B, 0 … 1
    bool alpha_unused_ = false;
    bool announced_ = false;
    int64_t transparent_ = 0;
    std::vector<std::string> notes_;
};

}  // namespace reverie
