// A device's ops: everything it computes except convolutions. Each domain's virtual functions have
// a header of their own; each op is written once for every backend (color_impl.h, image_impl.h,
// …), each functor once for CPU and CUDA.
#pragma once

#include "kernels/ops_ascent.h"
#include "kernels/ops_color.h"
#include "kernels/ops_flow.h"
#include "kernels/ops_image.h"
#include "kernels/ops_layers.h"
#include "kernels/ops_masks.h"

namespace reverie {

/// No argument points to host memory: an op may be queued, or captured, and run later.
class Ops : public ColorOps,
            public ImageOps,
            public FlowOps,
            public AscentOps,
            public LayerOps,
            public MaskOps {};

/// op(name) for each of them.
#define REVERIE_OPS(op)   \
    REVERIE_COLOR_OPS(op) \
    REVERIE_IMAGE_OPS(op) \
    REVERIE_FLOW_OPS(op) REVERIE_ASCENT_OPS(op) REVERIE_LAYER_OPS(op) REVERIE_MASK_OPS(op)

}  // namespace reverie
