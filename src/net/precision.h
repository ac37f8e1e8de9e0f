// How a network computes, by name.
#pragma once

#include <string>

#include "src/net/network.h"

namespace reverie {

/// How the network computes: the storage type of its tensors and the precision of its sums.
struct Precision {
    DType type = DType::f32;
    ConvKind kind = ConvKind::fast;
};

/// "f32", "bf16", "f16", "exact" (f32, convolutions summed in double), or "auto", the fastest
/// native type of the device. Throws Error for a type that the device would emulate.
Precision choose_precision(const std::string& precision, const DeviceInfo& device);

/// "f32", "bf16", "f16", "exact".
std::string precision_name(const Network& network);

}  // namespace reverie
