// Makes the masks that an objective names, frame by frame: feathered, and carried along by the flow,
// so that they do not flicker. Thread-safety: belongs to one thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "kernels/ops_ascent.h"
#include "src/dream/masks/brush.h"
#include "src/dream/masks/frame_masks.h"
#include "src/dream/masks/mask_name.h"
#include "src/dream/masks/person_model.h"
#include "src/dream/resizer.h"

namespace reverie {

class StateArchive;

/// Loads a picture as a mask: 1 channel, 0 … 1, its brightness. Throws Error: there is none.
using MaskLoader = std::function<Image(Stream& stream, const std::string& file)>;

/// What comes beside a frame, for its masks: pictures of any size, 0 … 255, read as long as the frame
/// is; null where there is none.
struct MaskInputs {
    Pixels<const float> alpha;   ///< the frame's, in the first channel; null: it is opaque
    Pixels<const float> second;  ///< 3 channels, of a second source; null: black
};

class MaskMaker {
  public:
    /// Without a loader, pictures are no masks.
    explicit MaskMaker(Device& device, MaskLoader load = nullptr)
        : device_(&device),
          resizer_(device),
          load_(std::move(load)),
          mean_(device, 1),
          blur_(device, 1) {}

    /// Whether what this objective needs is how the picture moves.
    static bool needs_motion(const Objective& objective);
    /// Whether it has a mask of that kind.
    static bool needs(const Objective& objective, MaskKind kind);

    /// Bytes of the pictures that masks take at this size, those of the dream that keeps to them
    /// included; 0 where the objective has none.
    static size_t picture_bytes(int width, int height, const Objective& objective);

    /// What comes beside the frames to come, until the next call.
    void set_inputs(const MaskInputs& inputs) { inputs_ = inputs; }
    /// The masks of `frame` (3 × H × W, 0 … 255), `dt_s` after the one before (0: it is the first).
    /// `flow`: where each pixel was in that; null where it is not known. Masks that an objective has
    /// named in the last seconds are made on, since a dream of it may not be done. Synchronises where
    /// a person is looked for. Throws Error: a mask's file is no picture.
    void make(Stream& stream, Pixels<const float> frame, Pixels<const float> flow, double dt_s,
              const Objective& objective);
    const FrameMasks& masks() const { return masks_; }
    /// What @brush is from the next make() on: a place of the picture, which no motion carries along.
    /// Null, and at first: make() throws Error where an objective names it.
    void paint(std::shared_ptr<const BrushMask> brush) { brush_ = std::move(brush); }
    /// Forgets all that it has seen.
    void reset();
    /// All that comes of the frames before: see StateArchive.
    void keep(StateArchive& archive);

  private:
    /// A mask by its name, as long as an objective names it and a little longer.
    struct Wanted {
        MaskName name;
        double unwanted_s = 0;
        Image picture;                             ///< of a file, or painted …
        std::shared_ptr<const BrushMask> painted;  ///< … as this
    };
    void want(const Objective& objective, double dt_s);
    /// Writes what the mask is in this frame alone, not inverted, to now_.
    void see(Stream& stream, Wanted& wanted, Pixels<const float> frame, Pixels<const float> flow,
             double dt_s);
    void see_bright(Stream& stream, Pixels<const float> frame);
    void see_motion(Stream& stream, Pixels<const float> flow, double dt_s);
    void see_person(Stream& stream, Pixels<const float> frame, Pixels<const float> flow,
                    double dt_s);
    void see_alpha(Stream& stream);
    void see_second(Stream& stream);
    void fill(Stream& stream, float value, Pixels<float> mask);
    void fit(Stream& stream, Pixels<const float> src, Pixels<float> mask);
    void see_brush(Stream& stream, Wanted& wanted, Pixels<const float> frame);
    void see_picture(Stream& stream, Wanted& wanted, Pixels<const float> frame);
    void feather(Stream& stream, float widths, Pixels<float> mask);

    Device* device_;
    Resizer resizer_;
    MaskLoader load_;
    MaskInputs inputs_;
    std::map<std::string, Wanted> wanted_;
    std::shared_ptr<const BrushMask> brush_;
    BrushRaster brush_raster_;
    PersonModel person_;
    bool person_is_seen_ = false;  ///< in this frame, in person_mask_
    Image now_, scratch_, followed_, person_mask_, cells_, cell_colours_, cell_flow_, whole_;
    Buffer<float> mean_;
    Buffer<BlurKernel> blur_;
    float sigma_ = -1;  ///< blur_'s
    FrameMasks masks_;  ///< each followed over time
};

}  // namespace reverie
