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
class RenderTarget {
  public:
    /// In the current context. Throws Error with the compiler's own words.
    RenderTarget();
    ~RenderTarget();
    RenderTarget(const RenderTarget&) = delete;
    RenderTarget& operator=(const RenderTarget&) = delete;

    /// What is drawn from now on goes to the target, which is empty, has this size and its upper
    /// row first. Throws Error where OpenGL refuses it.
    void begin(Size size);
    /// All is drawn: the driver begins with it, whenever the target is composited.
    static void end();
    Size size() const { return texture_.size(); }
    /// Composites these parts of the target over the bound frame buffer, which has its size.
    /// What was drawn has to have left colours times alpha, as blending onto an empty target does.
    void composite(const std::vector<Area>& parts) const;
    /// The same where nothing is beneath them, that is black: a copy, which costs far less.
    void copy(const std::vector<Area>& parts) const;

  private:
    Shader shader_{"overlay.frag"};
    Texture texture_;
    uint32_t frame_buffer_ = 0, vertex_array_ = 0;
};

}  // namespace reverie
