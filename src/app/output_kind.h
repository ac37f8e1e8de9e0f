// What a live show can be given to beside its window.
#pragma once

#include <cstdint>

namespace reverie {

enum class OutputKind : uint8_t { record, record_dry, virtual_camera, stream, y4m };
inline constexpr int kOutputKinds = 5;

}  // namespace reverie
