// What a live show can be given to beside its window.
#pragma once

#include <cstdint>
#include <string_view>

namespace reverie {

enum class OutputKind : uint8_t { record, record_dry, virtual_camera, stream, y4m };
inline constexpr int kOutputKinds = 5;

/// As a file that the program writes for itself names them.
constexpr std::string_view token_of(OutputKind kind) {
    constexpr std::string_view kTokens[kOutputKinds] = {"record", "record_dry", "virtual_camera",
                                                        "stream", "y4m"};
    return kTokens[static_cast<size_t>(kind)];
}

}  // namespace reverie
