// Resizing with the scratch memory that it needs: one Resizer an owner (and stream) that resizes
// pictures.
#pragma once

#include "kernels/device.h"

namespace reverie {

class Resizer {
  public:
    explicit Resizer(Device& device) : device_(&device) {}

    /// dst = src at dst's size (ImageOps::resize). Allocates only when a pair of sizes needs more
    /// than any before it. Throws Error where a picture is empty or the numbers of channels differ.
    void resize(Stream& stream, Pixels<const float> src, Pixels<float> dst);

    /// Makes room for this pair beforehand, so that no step allocates.
    void reserve(Pixels<const float> src, Pixels<float> dst);

    /// Where the scratch memory is: it moves when it grows.
    const float* scratch() const { return scratch_.data(); }

  private:
    Device* device_;
    Buffer<float> scratch_;
};

}  // namespace reverie
