// Loops over planar pictures in strips of neighbouring pixels, for functors that work on vector
// registers: each_lane gives them (channel, row, strip, lane), pixel x is strip · kStrip + lane.
#pragma once

#include "kernels/lane_grid.h"

namespace reverie {

constexpr int kStrip = 16;

template <class T>
LaneGrid strips_of(const Pixels<T>& p) {
    return {p.channels, p.height, (p.width + kStrip - 1) / kStrip, kStrip};
}

}  // namespace reverie
