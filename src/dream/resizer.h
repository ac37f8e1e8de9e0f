// Resizing with its scratch memory: one Resizer for each owner (and stream) that resizes pictures.
#pragma once

#include "kernels/device.h"

namespace reverie {

class Resizer {
  public:
    explicit Resizer(Device& device) : device_(&device) {}

    /// dst = src at dst's size (ImageOps::resize). Allocates only when a pair of sizes needs more
    /// than any before. Throws Error for an empty picture or different numbers of channels.
    void resize(Stream& stream, Pixels<const float> src, Pixels<float> dst);

    /// Allocates for this pair in advance, so that no step allocates.
    void reserve(Pixels<const float> src, Pixels<float> dst);

    /// The address of the scratch memory: it moves when the memory grows.
    const float* scratch() const { return scratch_.data(); }

  private:
    Device* device_;
    Buffer<float> scratch_;
};

}  // namespace reverie
