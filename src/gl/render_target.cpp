#include "src/gl/render_target.h"

#include <glad/gl.h>

#include "src/util/error.h"

namespace reverie {

RenderTarget::RenderTarget() {
    glGenFramebuffers(1, &frame_buffer_);
    glGenVertexArrays(1, &vertex_array_);
}

RenderTarget::~RenderTarget() {
    glDeleteVertexArrays(1, &vertex_array_);
    glDeleteFramebuffers(1, &frame_buffer_);
}

void RenderTarget::begin(Size size) {
    glBindFramebuffer(GL_FRAMEBUFFER, frame_buffer_);
    if (!(texture_.size() == size)) {
        texture_ = Texture(size, TextureFormat::bgra8);
        glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture_.id(),
                               0);
        require(glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE,
                "OpenGL cannot draw the overlay apart");
    }
    glViewport(0, 0, size.width, size.height);
    glDisable(GL_SCISSOR_TEST);
    glClearColor(0, 0, 0, 0);
    glClear(GL_COLOR_BUFFER_BIT);
}

void RenderTarget::end() { glFlush(); }

void RenderTarget::composite(const std::vector<Area>& parts) const {
    if (texture_.empty()) return;
    shader_.use();
    shader_.set_texture("layer", 0, texture_.id());
    // Pixel for pixel.
    shader_.set("area_origin", 0, 0);
    shader_.set("area_size", 1, 1);
    shader_.set("placement_u", 1, 0, 0);
    shader_.set("placement_v", 0, 1, 0);
    glViewport(0, 0, texture_.size().width, texture_.size().height);
    glDisable(GL_DEPTH_TEST);
    glEnable(GL_SCISSOR_TEST);
    glEnable(GL_BLEND);
    glBlendEquation(GL_FUNC_ADD);
    glBlendFunc(GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
    glBindVertexArray(vertex_array_);
    for (const Area& part : parts) {
        glScissor(part.x, texture_.size().height - part.y - part.height, part.width, part.height);
        glDrawArrays(GL_TRIANGLES, 0, 3);
    }
    glBindVertexArray(0);
    glDisable(GL_BLEND);
    glDisable(GL_SCISSOR_TEST);
}

void RenderTarget::copy(const std::vector<Area>& parts) const {
    if (texture_.empty()) return;
    GLint bound = 0;
    glGetIntegerv(GL_READ_FRAMEBUFFER_BINDING, &bound);
    glBindFramebuffer(GL_READ_FRAMEBUFFER, frame_buffer_);
    const int height = texture_.size().height;
    for (const Area& part : parts) {
        const int right = part.x + part.width, bottom = part.y + part.height;
        glBlitFramebuffer(part.x, part.y, right, bottom, part.x, height - part.y, right,
                          height - bottom, GL_COLOR_BUFFER_BIT, GL_NEAREST);
    }
    glBindFramebuffer(GL_READ_FRAMEBUFFER, static_cast<GLuint>(bound));
}

}  // namespace reverie
