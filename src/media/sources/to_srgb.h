// Converts colours of photographs and renderings to sRGB, which the rest of the program assumes: by
// an ICC profile (with lcms2), or from linear light.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "src/media/frames/frame_converter.h"

namespace reverie {

/// The conversion from a picture's profile to sRGB.
class ProfileToSrgb {
  public:
    /// For pictures of `format`. Throws Error, which names the profile, if it cannot be used.
    ProfileToSrgb(std::span<const uint8_t> profile, const PixelFormat& format);

    /// Does the conversion change nothing? Then the picture is sRGB already.
    bool is_identity() const;
    /// The profile's name: "Display P3".
    const std::string& name() const { return name_; }
    /// The format of what convert() returns: RGB of 8 or 16 bits.
    const PixelFormat& format() const { return rgb_format_; }
    VideoFrame convert(const VideoFrame& frame);

  private:
    std::string name_;
    PixelFormat rgb_format_;
    std::shared_ptr<void> transform_;  ///< a cmsHTRANSFORM, on packed RGB
    libav::FrameConverter to_rgb_;
};

/// Converts samples of linear light to sRGB, clamped to 0 … 1 (IEC 61966-2-1).
void linear_to_srgb(AVFrame& frame);

}  // namespace reverie
