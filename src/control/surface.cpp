#include "src/control/surface.h"

namespace reverie {

extern const SurfaceKind kOscSurface;

const std::vector<const SurfaceKind*>& surface_kinds() {
    static const std::vector<const SurfaceKind*> kKinds{&kOscSurface};
    return kKinds;
}

}  // namespace reverie
