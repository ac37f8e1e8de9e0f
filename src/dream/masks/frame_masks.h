// The masks of one frame by their names, and what an objective makes of them.
#pragma once

#include <string>
#include <vector>

#include "kernels/device.h"
#include "src/dream/objective.h"

namespace reverie {

/// Plain values on a device: a dream takes a copy along to its own thread.
class FrameMasks {
  public:
    /// The mask of that name: 1 channel, 0 … 1; resized by the caller, who fills it.
    Image& make(const std::string& name);
    void remove(const std::string& name);
    bool has(const std::string& name) const { return find(name) != nullptr; }
    void clear() { masks_.clear(); }
    void copy_to(Device& device, Stream& stream, FrameMasks& other) const;

    /// Those of masks_of(objective), in that order; null where there is none of that name.
    std::vector<Pixels<const float>> of(const Objective& objective) const;
    /// How much of the dream each pixel is to get, 0 … 1, of `width` × `height`: 1 where terms that
    /// have kFullShare of the weight reach, in proportion below that, so that a mask comes and goes
    /// smoothly while one objective becomes another. False, and nothing is written, where no term
    /// has a mask that is there.
    bool cover(Device& device, Stream& stream, const Objective& objective, int width, int height,
               Image& coverage) const;
    static constexpr float kFullShare = 0.2F;

  private:
    struct Named {
        std::string name;
        Image mask;
    };
    const Named* find(const std::string& name) const;

    std::vector<Named> masks_;
};

}  // namespace reverie
