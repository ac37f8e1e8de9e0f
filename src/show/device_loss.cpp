#include "src/show/device_loss.h"

namespace reverie {

std::string go_on_on_cpu(const Error& error, const ShowParts& parts) {
    if (parts.runtime.device->info().kind == DeviceKind::cpu) throw;
    const std::string why = error.what();
    parts.show.go_on_on_cpu();
    parts.outputs.device_changed();
    if (parts.installation != nullptr) parts.installation->device_changed();
    return why + "; the CPU goes on";
}

}  // namespace reverie
