// A render target of a window's size that is drawn separately and composited over the window any
// number of times: the overlay changes less often than the picture and costs more to draw.
#pragma once

#include <cstdint>
#include <vector>

#include "src/gl/present.h"
#include "src/gl/shader.h"
#include "src/gl/texture.h"

namespace reverie {

/// Belongs to one context.
class Layer {
  public:
    /// In the current context. Throws Error with the compiler's own words.
    Layer();
    ~Layer();
    Layer(const Layer&) = delete;
    Layer& operator=(const Layer&) = delete;

    /// What is drawn from now on goes to the sheet, which is empty, has this size and its upper row
    /// first. Throws Error where OpenGL refuses it.
    void begin(Size size);
    /// All is drawn: the driver begins with it, whenever the sheet is laid over.
    static void end();
    Size size() const { return texture_.size(); }
    /// Lays these parts of the sheet over the frame buffer that is bound and has the sheet's size.
    /// What was drawn has to have left colours times alpha, as blending onto an empty sheet does.
    void lay_over(const std::vector<Area>& parts) const;
    /// The same where nothing is beneath them, that is black: a copy, which costs far less.
    void lay_down(const std::vector<Area>& parts) const;

  private:
    Shader shader_{"overlay.frag"};
    Texture texture_;
    uint32_t frame_buffer_ = 0, vertex_array_ = 0;
};

}  // namespace reverie
