#include "src/control/surface.h"

namespace reverie {

extern const SurfaceKind kOscSurface, kOscOutput, kMidiSurface, kLinkSurface;

const std::vector<const SurfaceKind*>& surface_kinds() {
    static const std::vector<const SurfaceKind*> kKinds{&kOscSurface, &kOscOutput, &kMidiSurface,
                                                        &kLinkSurface};
    return kKinds;
}

}  // namespace reverie
