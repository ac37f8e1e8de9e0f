// A periodic colour texture with its smaller versions, for ground that is seen from near to far.
#pragma once

#include <cstddef>
#include <vector>

namespace reverie {

/// R, G, B and a fourth value of the pattern's own.
using Texel __attribute__((vector_size(16))) = float;

class MippedTexture {
  public:
    /// `texels`: size x size of them; size is a power of two.
    MippedTexture(int size, std::vector<Texel> texels);

    /// Trilinear (Williams, "Pyramidal Parametrics", 1983), at texel (x, y) of the largest version,
    /// for a pixel that covers `footprint` texels. Coordinates lie within ±1e6.
    Texel at(float x, float y, float footprint) const;

  private:
    struct Level {
        int size;
        std::vector<Texel> texels;  ///< rows of size + 1: the first of a row follows its last
    };
    static Texel sample(const Level& level, float x, float y);

    std::vector<Level> levels_;
};

}  // namespace reverie
