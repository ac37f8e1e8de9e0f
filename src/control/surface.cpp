#include "src/control/surface.h"

namespace reverie {

extern const SurfaceKind kOscSurface, kOscOutput;

const std::vector<const SurfaceKind*>& surface_kinds() {
    static const std::vector<const SurfaceKind*> kKinds{&kOscSurface, &kOscOutput};
    return kKinds;
}

}  // namespace reverie
