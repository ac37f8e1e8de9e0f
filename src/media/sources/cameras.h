// Which cameras are there, what each offers, which of that suits, and which camera a name means.
// Asked of V4L2 directly: libavdevice opens cameras, but keeps to itself what it knows of them.
#pragma once

#include <string>
#include <vector>

#include "src/media/frame.h"

namespace reverie {

/// One way in which a camera can send its pictures.
struct CameraMode {
    std::string format;  ///< as libav calls it: "yuyv422", "mjpeg", …
    int width = 0;       ///< px
    int height = 0;
    Rational fps;

    bool operator==(const CameraMode&) const = default;
};

struct CameraInfo {
    std::string device;  ///< "/dev/video0"
    std::string name;    ///< as the camera calls itself
    std::string bus;     ///< where it is plugged in; "" where the driver does not say
    std::vector<CameraMode> modes;
    std::string problem;  ///< why nothing more is known of it (permissions), one line; or ""
};

/// What is asked of a camera; zeros and "": the default, 1280x720 at 30.
struct CameraWish {
    int width = 0;
    int height = 0;
    Rational fps;
    std::string format;  ///< one of those that it offers
};

/// A camera that was open once, so that it is found again under whatever number it comes back.
struct CameraMemory {
    CameraInfo self;                 ///< name "": none yet
    std::vector<CameraInfo> others;  ///< that were there beside it, and so are not it
};

/// Every V4L2 device that captures video, in order of its number. Takes no camera away from a
/// program that uses it. A size within a camera's continuous range is listed where it is usual or
/// the wish.
std::vector<CameraInfo> list_cameras(const CameraWish& wish = {});

/// Does `spec` name a camera: `camera`, `camera:0`, `camera:Part of its name`, /dev/video2,
/// /dev/v4l/by-id/…?
bool is_camera(const std::string& spec);

/// The mode that comes nearest to the wish: size (in octaves of area and of aspect), then a rate
/// that is not lower, then raw rather than compressed pictures. Throws Error where there is none,
/// UsageError for a format that the camera does not have.
CameraMode choose_camera_mode(const CameraInfo& camera, const CameraWish& wish);

/// That of `cameras` which `spec` means: `camera:N` counts from 0 through the list. With a memory,
/// the same camera as then (by name and bus, else by name on another), or one that has newly come
/// in its place; never one that was there beside it. Throws Error where there is none.
CameraInfo find_camera(const std::string& spec, const std::vector<CameraInfo>& cameras,
                       const CameraMemory& memory = {});

/// "/dev/video0: no permission; …" for the errno of an open call that failed, as an Error's text.
std::string camera_open_error(const CameraInfo& camera, int error);

}  // namespace reverie
