#include "tests/support/picture.h"

#include <stdexcept>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image.h>
#pragma GCC diagnostic pop

namespace reverie::test {

Picture read_picture(const std::filesystem::path& path) {
    Picture picture;
    int channels = 0;
    unsigned char* bytes = stbi_load(path.c_str(), &picture.width, &picture.height, &channels, 3);
    if (bytes == nullptr) throw std::runtime_error("cannot read " + path.string());
    const size_t plane = static_cast<size_t>(picture.width) * picture.height;
    picture.planes.resize(3 * plane);
    for (size_t i = 0; i < plane; ++i) {
        for (size_t c = 0; c < 3; ++c) picture.planes[c * plane + i] = bytes[3 * i + c];
    }
    stbi_image_free(bytes);
    return picture;
}

}  // namespace reverie::test
