// The parts of a built-in pattern. To add one, define its PatternKind in a file of its own and add
// a row to the table in pattern.cpp; help texts, the overlay and attract mode follow. Internal:
// callers use pattern.h.
#pragma once

#include <cstdint>
#include <memory>

#include "src/media/frames/frame.h"

namespace reverie {

/// A moving picture of one size.
class Pattern {
  public:
    virtual ~Pattern() = default;
    /// The picture at `time_s`, into planes of 8 bits in the order G, B, R and of that size.
    virtual void draw(double time_s, const VideoPlanes& dst) = 0;
};

struct PatternKind {
    const char* name;  ///< "clouds", as in pattern:clouds
    const char* help;  ///< one line
    /// For pictures of width x height px; the same seed gives the same pictures.
    std::unique_ptr<Pattern> (*make)(int width, int height, uint64_t seed);
    /// As pattern_flow(), for the pattern that make() makes; null if the motion is not a warp.
    void (*flow)(int width, int height, uint64_t seed, double time_s, double earlier_s,
                 float* flow);
};

}  // namespace reverie
