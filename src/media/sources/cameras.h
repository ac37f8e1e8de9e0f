// Lists cameras and their modes, chooses a mode, and finds the camera that a name means.
// Uses V4L2 directly: libavdevice opens cameras, but does not list their modes.
#pragma once

#include <string>
#include <vector>

#include "src/media/frames/frame.h"

namespace reverie {

/// One format, size and rate that a camera offers.
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
    std::string bus;     ///< where it is plugged in; "" if the driver does not say
    std::vector<CameraMode> modes;
    std::string problem;  ///< why it cannot be queried (permissions), one line; or ""
};

/// The requested mode; zeros and "": the default, 1280x720 at 30.
struct CameraWish {
    int width = 0;
    int height = 0;
    Rational fps;
    std::string format;  ///< one of those that it offers
};

/// A camera that was opened before, to find it again when hot-plugged under another number.
struct CameraMemory {
    CameraInfo self;                 ///< name "": none yet
    std::vector<CameraInfo> others;  ///< those that were connected at the same time
};

/// Every V4L2 device that captures video, in order of its number. Does not disturb a program that
/// uses a camera. A size within a camera's continuous range is listed if it is common or wished.
std::vector<CameraInfo> list_cameras(const CameraWish& wish = {});

/// Does `spec` name a camera: `camera`, `camera:0`, `camera:Part of its name`, /dev/video2,
/// /dev/v4l/by-id/…?
bool is_camera(const std::string& spec);

/// The mode nearest to the wish: size (in octaves of area and of aspect), then a rate that is not
/// lower, then raw rather than compressed pictures. Throws Error if there is none, UsageError for a
/// format that the camera does not have.
CameraMode choose_camera_mode(const CameraInfo& camera, const CameraWish& wish);

/// The camera that `spec` means: `camera:N` counts from 0 through the list. With a memory, the same
/// camera as before (by name and bus, else by name on another bus), or one connected since; never
/// one of memory.others. Throws Error if there is none.
CameraInfo find_camera(const std::string& spec, const std::vector<CameraInfo>& cameras,
                       const CameraMemory& memory = {});

/// An Error's text for the errno of a failed open call: "/dev/video0: no permission; …".
std::string camera_open_error(const CameraInfo& camera, int error);

}  // namespace reverie
