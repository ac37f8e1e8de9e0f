#include "src/control/surface.h"

namespace reverie {

extern const SurfaceKind kOscSurface, kOscOutput, kMidiSurface;

const std::vector<const SurfaceKind*>& surface_kinds() {
    static const std::vector<const SurfaceKind*> kKinds{&kOscSurface, &kOscOutput, &kMidiSurface};
    return kKinds;
}

}  // namespace reverie
