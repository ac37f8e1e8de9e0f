#include "src/gl/context.h"

#include <fmt/format.h>
#include <glad/gl.h>

#include <algorithm>

namespace reverie {

Picture8 Context::read_back() {
    make_current();
    Picture8 picture{size(), {}};
    const size_t row_bytes = static_cast<size_t>(picture.size.width) * 4;
    const int rows = picture.size.height;
    picture.rgba.resize(row_bytes * static_cast<size_t>(rows));
    glPixelStorei(GL_PACK_ALIGNMENT, 1);
    glReadPixels(0, 0, picture.size.width, rows, GL_RGBA, GL_UNSIGNED_BYTE, picture.rgba.data());
    // OpenGL's first row is at the bottom.
    for (int y = 0; y < rows / 2; ++y) {
        const auto upper = picture.rgba.begin() + static_cast<std::ptrdiff_t>(row_bytes) * y;
        const auto lower =
            picture.rgba.begin() + static_cast<std::ptrdiff_t>(row_bytes) * (rows - 1 - y);
        std::swap_ranges(upper, upper + static_cast<std::ptrdiff_t>(row_bytes), lower);
    }
    return picture;
}

std::string Context::description() {
    make_current();
    const auto text = [](GLenum name) {
        const GLubyte* bytes = glGetString(name);
        return bytes == nullptr ? std::string("?") : reinterpret_cast<const char*>(bytes);
    };
    return fmt::format("{}, {}", text(GL_VERSION), text(GL_RENDERER));
}

}  // namespace reverie
