// A backend's ops, composed of one part per domain (ops_color.h, ops_image.h, …). Each part is
// compiled in a file of its own, the only one that includes the domain's functors:
// ops_cpu_color.cpp and so on for the CPU, ops_cuda_color.cu and so on for CUDA.
#pragma once

#include <memory>

#include "kernels/ops.h"

namespace reverie {

/// The backend's part for one domain. Each backend specialises it once a domain.
template <class Domain>
std::unique_ptr<Domain> make_part();
template <>
std::unique_ptr<ColorOps> make_part<ColorOps>();
template <>
std::unique_ptr<ImageOps> make_part<ImageOps>();
template <>
std::unique_ptr<FlowOps> make_part<FlowOps>();
template <>
std::unique_ptr<AscentOps> make_part<AscentOps>();
template <>
std::unique_ptr<LayerOps> make_part<LayerOps>();
template <>
std::unique_ptr<MaskOps> make_part<MaskOps>();

/// All parts as one: every op is done by its domain's part.
std::unique_ptr<Ops> make_ops();

}  // namespace reverie
