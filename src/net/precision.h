// How a network computes, by name.
#pragma once

#include <string>

#include "src/net/network.h"

namespace reverie {

/// How the network computes: how its tensors are stored, and how its convolutions add up.
struct Precision {
    DType type = DType::f32;
    ConvKind kind = ConvKind::fast;
};

/// "f32", "bf16", "f16", "exact" (f32, convolutions summed in double), or "auto", the fastest that
/// the device has natively. Throws Error for a type that the device would emulate.
Precision choose_precision(const std::string& precision, const DeviceInfo& device);

/// "f32", "bf16", "f16", "exact".
std::string precision_name(const Network& network);

}  // namespace reverie
