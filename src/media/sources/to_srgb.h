// Colours of photographs and renderings as sRGB, which all the rest of the program takes pictures
// for: by an ICC profile (with lcms2), or from linear light.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "src/media/frame_converter.h"

namespace reverie {

/// The way from a picture's profile to sRGB.
class ProfileToSrgb {
  public:
    /// For pictures of `format`. Throws Error, with what the profile is, where it cannot be used.
    ProfileToSrgb(std::span<const uint8_t> profile, const PixelFormat& format);

    /// Does it change nothing? Then the picture is sRGB, and can stay as it is.
    bool is_identity() const;
    /// The profile's name: "Display P3".
    const std::string& name() const { return name_; }
    /// Of what convert() gives: RGB of 8 or 16 bits.
    const PixelFormat& format() const { return rgb_format_; }
    VideoFrame convert(const VideoFrame& frame);

  private:
    std::string name_;
    PixelFormat rgb_format_;
    std::shared_ptr<void> transform_;  ///< a cmsHTRANSFORM, on packed RGB
    libav::FrameConverter to_rgb_;
};

/// Samples of linear light, 0 … 1, become those of sRGB, which are clamped to 0 … 1 (IEC 61966-2-1).
void linear_to_srgb(AVFrame& frame);

}  // namespace reverie
