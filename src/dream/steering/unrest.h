// Anti-stagnation perturbation of endless feedback. Measures how much the picture changes against
// its own recent past, carried along; where that is little, lets the canvas flow and its colours
// drift, slowly and at large scale, until it is lively again.
#pragma once

#include <array>
#include <vector>

#include "src/dream/resizer.h"

namespace reverie {

class StateArchive;

class Unrest {
  public:
    explicit Unrest(Device& device);

    /// Makes `picture` (3 × H × W) the whole past.
    void begin(Stream& stream, Pixels<const float> picture);
    /// Compares `picture` with the past and adds it to the past. Does not wait.
    void observe(Stream& stream, double dt_s, Pixels<const float> picture);
    /// Updates restlessness() from what was observed, for pictures of this contrast. Synchronises
    /// with the last observe().
    void weigh(Stream& stream, double dt_s, float contrast);
    /// 0: lively, nothing is done; 1: at rest for a while.
    float restlessness() const { return restlessness_; }
    /// Mean change against the past as a share of the contrast, smoothed.
    float change() const { return change_; }

    /// Carries the past along a backward flow.
    void carry(Stream& stream, Pixels<const float> flow);
    /// Adds the currents of `dt_s` seconds at `time_s` to a backward flow, or the tints to
    /// `picture`. Does nothing where `firmness` or restlessness() is 0.
    void stir_flow(Stream& stream, double dt_s, float firmness, Pixels<float> flow);
    void stir_colours(Stream& stream, double dt_s, float firmness, Pixels<float> picture);
    /// New currents and tints for the moment `time_s` and a seed. Same seed, same bytes.
    void turn(Stream& stream, double time_s, int seed, int width, int height);

    /// See StateArchive.
    void keep(StateArchive& archive);

  private:
    Device* device_;
    Resizer resizer_;
    Image past_, scratch_, knots_, field_;
    Buffer<float> sum_;
    std::vector<float> host_;
    float change_ = 1, restlessness_ = 0;
};

}  // namespace reverie
