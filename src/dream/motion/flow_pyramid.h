// Pyramids of two pictures and the flow between them at all levels: owns the memory and orders the
// ops.
#pragma once

#include <vector>

#include "kernels/device.h"
#include "kernels/ops_flow.h"
#include "src/dream/motion/motion.h"

namespace reverie {

class FlowPyramid {
  public:
    /// directions: 2, or 1 to leave out the flow from the previous picture to the current one.
    FlowPyramid(Device& device, Stream& stream, int width, int height, int directions,
                const FlowOptions& options);

    /// The current picture becomes the previous one; the next fill() makes the current one.
    void turn() { current_ = 1 - current_; }
    void fill(Stream& stream, Pixels<const float> rgb);
    /// Both: `rgb` becomes the current picture.
    void push(Stream& stream, Pixels<const float> rgb) {
        turn();
        fill(stream, rgb);
    }
    /// Direction 0: current -> previous; 1: previous -> current. Both pictures must have been
    /// pushed.
    void solve(Stream& stream);
    /// The solved flow of direction 0 at the pictures' size, in their pixels.
    void expand(Stream& stream, Pixels<float> dst) const;
    /// The flow's confidence. Both directions must be solved.
    void confidence(Stream& stream, Pixels<float> dst) const;

    /// See StateArchive.
    void keep(StateArchive& archive);

    int width() const { return width_; }
    int height() const { return height_; }
    /// False for pictures smaller than a patch: their flow is zero.
    bool has_flow() const { return finest_ < static_cast<int>(levels_.size()); }

  private:
    struct Level {
        int width, height;
        FlowPicture picture[2];  ///< alternately the current and the previous one
        FlowField field[kFlowDirections];
    };
    void lay_out(float* memory);
    FlowLevel view(int level) const;

    Device* device_;
    FlowOptions options_;
    int width_, height_, directions_;
    int finest_ = 0;
    int current_ = 0;
    size_t values_ = 0;  ///< of memory, laid out
    std::vector<Level> levels_;
    Buffer<float> memory_;
};

}  // namespace reverie
