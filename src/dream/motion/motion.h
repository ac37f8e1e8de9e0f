// The motion between frames: a dense backward flow from each frame to the one before, and its
// confidence. Motion owns all the memory and keeps the previous frame's pyramid.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernels/captured_graph.h"
#include "kernels/device.h"
#include "kernels/ops_flow.h"

namespace reverie {

struct FlowOptions {
    int finest_level = 1;  ///< flow is found on pictures 2^finest_level smaller
    FlowSolve solve;       ///< the solver's settings

    /// For video: both directions in a few milliseconds.
    static FlowOptions fast();
    /// For live shows: a quarter of fast()'s pixels in a third of its time.
    static FlowOptions live();
    /// For `lab flow`, and for renders that are not in a hurry.
    static FlowOptions fine();
};

/// Pyramids of two pictures and the flow between them, at all levels. The engine of Motion and
/// estimate_flow.
class FlowPyramid;
class StateArchive;

class Motion {
  public:
    explicit Motion(Device& device, FlowOptions options = FlowOptions::fast());
    ~Motion();
    Motion(Motion&&) noexcept;
    Motion& operator=(Motion&&) noexcept;

    /// Takes the next frame (3 channels, 0 ... 255) and finds the motion from the one before. On
    /// the first frame, and when the size changes, the flow is zero and the confidence 0. Allocates
    /// only then.
    void update(Stream& stream, Pixels<const float> rgb);

    /// Where each pixel of the current frame was in the previous one: 2 channels, pixels.
    Pixels<const float> flow_backward() const { return backward_; }
    /// The flow's confidence: 1 channel, 0 ... 1.
    Pixels<const float> confidence() const { return confidence_; }

    /// The last frame, for a dream that is to go on elsewhere.
    void keep(StateArchive& archive);

    /// Whether no motion is known: there was no previous frame, or it had another size.
    bool first_frame() const { return first_; }

  private:
    /// Allocates everything for pictures of this size, with no motion known.
    void begin(Stream& stream, int width, int height);
    void find(Stream& stream, Pixels<const float> rgb);

    Device* device_;
    FlowOptions options_;
    std::unique_ptr<FlowPyramid> pyramid_;
    CapturedGraph graph_;  ///< hundreds of small steps, the same for each frame
    Image backward_, confidence_;
    bool first_ = true;
};

/// The flow from picture A to picture B: dst(x) says where pixel x of A is in B, relative to x. a,
/// b: 3 channels, 0 ... 255; dst: 2 channels; all of one size, on the device. Allocates; for tools
/// and tests. Zero below the size of a patch.
void estimate_flow(Device& device, Stream& stream, Pixels<const float> a, Pixels<const float> b,
                   Pixels<float> dst, const FlowOptions& options = FlowOptions::fine());

/// A flow on the host: dx, dy of each pixel, row by row, as Middlebury files hold it.
struct FlowFile {
    int width = 0;
    int height = 0;
    std::vector<float> values;  ///< interleaved dx, dy
};

/// Reads a Middlebury .flo. Throws Error: cannot be read, not a .flo file, truncated.
FlowFile read_flo(const std::string& path);
/// Throws Error if the file cannot be written.
void write_flo(const std::string& path, const FlowFile& flow);

}  // namespace reverie
