#include "src/net/precision.h"

#include <fmt/format.h>

#include "src/util/error.h"

namespace reverie {

Precision choose_precision(const std::string& precision, const DeviceInfo& device) {
    if (precision == "exact") return {DType::f32, ConvKind::exact};
    if (precision == "f32") return {DType::f32};
    const bool any = precision == "auto";
    if (device.native_f16 && (any || precision == "f16")) return {DType::f16};
    if (any ? device.prefers_bf16 : precision == "bf16" && device.native_bf16) return {DType::bf16};
    if (any) return {DType::f32};
    throw Error(
        fmt::format("{} has no native {}; try --precision auto or f32", device.name, precision));
}

std::string precision_name(const Network& network) {
    if (network.kind() == ConvKind::exact) return "exact";
    switch (network.type()) {
        case DType::bf16:
            return "bf16";
        case DType::f16:
            return "f16";
        case DType::f32:
            break;
    }
    return "f32";
}

}  // namespace reverie
