// A webcam as a source, through libavdevice. Internal: callers use open_source() or LiveInput.
#pragma once

#include <memory>
#include <string>

#include "src/media/source.h"
#include "src/media/sources/cameras.h"

namespace reverie {

/// Opens the camera that `spec` means (see is_camera), in the mode nearest to the options. Frames
/// are time-stamped by the driver, from 0; if the reader is late, older ones are skipped. next()
/// throws Error if the camera is unplugged, changes its picture's size, sends nothing for 3 s, or
/// only damaged pictures for 10 s. A damaged picture is left out, and counted. With a memory, finds
/// the same camera again, and stores the camera there. Throws Error: not found, in use by another
/// program, no permission.
std::unique_ptr<Source> open_camera(const std::string& spec, const SourceOptions& options,
                                    CameraMemory* memory);

}  // namespace reverie
