// Finds who is before a camera that stands still, on a coarse grid of cells: from what stands out
// from the learned background, from what has moved of late, and from the colours of both. Plain
// values in and out.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "src/dream/masks/background.h"

namespace reverie {

class StateArchive;

class PersonModel {
  public:
    /// The next picture, `dt_s` after the one before. `colours`: R, G, B of columns × rows cells,
    /// 0 … 255, one component after the other. `flow`: dx, dy likewise, in picture widths a second;
    /// empty: not known. Returns how likely each cell is part of somebody, 0 … 1. Another size
    /// starts from scratch.
    const std::vector<float>& observe(int columns, int rows, const std::vector<float>& colours,
                                      const std::vector<float>& flow, double dt_s);
    void forget();
    /// All that it has learned: see StateArchive.
    void keep(StateArchive& archive);

  private:
    static constexpr size_t kLevels = 12;  ///< of each component, in a table of colours
    static constexpr size_t kColours = kLevels * kLevels * kLevels;
    /// How often colours were seen, the old ones forgotten.
    using ColourTable = std::array<float, kColours>;

    float usual_at(size_t cell) const;
    void see_motion(const std::vector<float>& before, const std::vector<float>& flow, double dt_s);
    void learn_colours(double dt_s);
    void judge();
    void agree();
    float colour_evidence(size_t cell, float all_of_person, float all_of_room) const;
    std::vector<float> spread(const std::vector<float>& cells) const;

    int columns_ = 0, rows_ = 0;
    std::vector<float> colours_;
    Background background_;
    std::vector<float> known_;     ///< how well the background is known, 0 … 1
    std::vector<float> moved_;     ///< 1 while a cell moves, less and less after that
    std::vector<float> evidence_;  ///< log of the odds that somebody is there
    std::vector<float> person_;
    ColourTable of_person_{}, of_room_{};
};

}  // namespace reverie
