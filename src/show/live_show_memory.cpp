// What a show does where the memory of its GPU runs out.
#include "src/show/live_show.h"
#include "src/util/error.h"

namespace reverie {

/// The network is the dream's thread's: that ends, and another one begins.
bool LiveShow::make_room(const OutOfMemory& error) {
    if (runtime_.device->info().kind == DeviceKind::cpu) return false;
    dreamer_.reset();
    thumbnails_.forget_network();
    recognition_.forget_network();
    const bool less = runtime_.network->take_less(error);
    again_ = frame_.video.width() > 0;
    start_dreaming();
    return less;
}

}  // namespace reverie
