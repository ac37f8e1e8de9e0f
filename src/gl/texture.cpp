#include "src/gl/texture.h"

#include <fmt/format.h>
#include <glad/gl.h>

#include <bit>
#include <cstring>
#include <utility>

#include "src/util/error.h"

namespace reverie {
namespace {

struct GlFormat {
    GLint internal;
    GLenum format;
    GLenum type;
    int bytes;  ///< a pixel
};

GlFormat gl_format(TextureFormat format) {
    switch (format) {
        case TextureFormat::rgb8:
            return {GL_RGB8, GL_RGB, GL_UNSIGNED_BYTE, 3};
        case TextureFormat::rgba8:
            return {GL_RGBA8, GL_RGBA, GL_UNSIGNED_BYTE, 4};
        case TextureFormat::r32f:
            return {GL_R32F, GL_RED, GL_FLOAT, 4};
        case TextureFormat::rg32f:
            return {GL_RG32F, GL_RG, GL_FLOAT, 8};
    }
    throw Error("texture: no such format");
}

int64_t bytes_of(Size size, int pixel_bytes) {
    return static_cast<int64_t>(size.width) * size.height * pixel_bytes;
}

uint32_t to_byte(float value) {
    // Written so that NaN is black.
    const float lit = value > 0 ? value : 0.0F;
    const float lifted = (lit < 255.0F ? lit : 255.0F) + 0.5F;
    return static_cast<uint32_t>(static_cast<int32_t>(lifted));
}

/// As the bytes R, G, B, 255.
void write_rgba(uint32_t* dst, Pixels<const float> picture) {
    static_assert(std::endian::native == std::endian::little);
    const int64_t pixels = picture.plane_size();
    const float* red = picture.data;
    const float* green = red + pixels;
    const float* blue = green + pixels;
    for (int64_t i = 0; i < pixels; ++i)
        dst[i] = to_byte(red[i]) | to_byte(green[i]) << 8U | to_byte(blue[i]) << 16U | 0xFF000000U;
}

void write_pairs(float* dst, Pixels<const float> picture) {
    const int64_t pixels = picture.plane_size();
    for (int64_t i = 0; i < pixels; ++i) {
        dst[2 * i] = picture.data[i];
        dst[2 * i + 1] = picture.data[pixels + i];
    }
}

void write_rows(void* dst, const uint8_t* src, int64_t row_bytes, int64_t stride_bytes, int rows) {
    auto* out = static_cast<uint8_t*>(dst);
    for (int y = 0; y < rows; ++y)
        std::memcpy(out + y * row_bytes, src + y * stride_bytes, static_cast<size_t>(row_bytes));
}

}  // namespace

Texture::Texture(Size size, TextureFormat format) : size_(size), format_(format) {
    GLint limit = 0;
    glGetIntegerv(GL_MAX_TEXTURE_SIZE, &limit);
    require(size.width > 0 && size.height > 0 && size.width <= limit && size.height <= limit,
            fmt::format("a picture of {}x{} does not fit into a texture here (at most {}x{})",
                        size.width, size.height, limit, limit));
    const GlFormat gl = gl_format(format);
    glGenTextures(1, &id_);
    glBindTexture(GL_TEXTURE_2D, id_);
    glTexImage2D(GL_TEXTURE_2D, 0, gl.internal, size.width, size.height, 0, gl.format, gl.type,
                 nullptr);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
}

Texture::~Texture() {
    if (id_ != 0) glDeleteTextures(1, &id_);
}

Texture::Texture(Texture&& other) noexcept
    : id_(std::exchange(other.id_, 0)), size_(other.size_), format_(other.format_) {}

Texture& Texture::operator=(Texture&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(size_, other.size_);
    std::swap(format_, other.format_);
    return *this;
}

std::vector<uint8_t> Texture::read_back() const {
    const GlFormat gl = gl_format(format_);
    std::vector<uint8_t> bytes(static_cast<size_t>(bytes_of(size_, gl.bytes)));
    glBindTexture(GL_TEXTURE_2D, id_);
    glPixelStorei(GL_PACK_ALIGNMENT, 1);
    glGetTexImage(GL_TEXTURE_2D, 0, gl.format, gl.type, bytes.data());
    return bytes;
}

StreamedTexture::~StreamedTexture() {
    if (buffers_[0] != 0) glDeleteBuffers(kBuffers, buffers_);
}

StreamedTexture::StreamedTexture(StreamedTexture&& other) noexcept
    : texture_(std::move(other.texture_)), next_(other.next_) {
    std::swap(buffers_, other.buffers_);
}

StreamedTexture& StreamedTexture::operator=(StreamedTexture&& other) noexcept {
    std::swap(texture_, other.texture_);
    std::swap(buffers_, other.buffers_);
    std::swap(next_, other.next_);
    return *this;
}

void* StreamedTexture::begin(Size size, TextureFormat format, int64_t bytes) {
    if (texture_.empty() || texture_.size() != size || texture_.format() != format)
        texture_ = Texture(size, format);
    if (buffers_[0] == 0) glGenBuffers(kBuffers, buffers_);
    next_ = (next_ + 1) % kBuffers;
    glBindBuffer(GL_PIXEL_UNPACK_BUFFER, buffers_[next_]);
    glBufferData(GL_PIXEL_UNPACK_BUFFER, bytes, nullptr, GL_STREAM_DRAW);
    void* memory = glMapBufferRange(GL_PIXEL_UNPACK_BUFFER, 0, bytes,
                                    GL_MAP_WRITE_BIT | GL_MAP_INVALIDATE_BUFFER_BIT);
    if (memory == nullptr) {
        glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
        throw Error(fmt::format("OpenGL has no memory for a picture of {}x{}; try a smaller one",
                                size.width, size.height));
    }
    return memory;
}

void StreamedTexture::finish() {
    // False where the driver has lost what was written: the next picture makes up for it.
    if (glUnmapBuffer(GL_PIXEL_UNPACK_BUFFER) == GL_TRUE) {
        const GlFormat gl = gl_format(texture_.format());
        glBindTexture(GL_TEXTURE_2D, texture_.id());
        glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
        glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, texture_.size().width, texture_.size().height,
                        gl.format, gl.type, nullptr);
    }
    glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
}

void StreamedTexture::upload_rgb8(Size size, const uint8_t* data, int64_t stride_bytes) {
    constexpr int kBytes = 3;
    void* memory = begin(size, TextureFormat::rgb8, bytes_of(size, kBytes));
    write_rows(memory, data, int64_t{kBytes} * size.width, stride_bytes, size.height);
    finish();
}

void StreamedTexture::upload_rgba8(Size size, const uint8_t* data, int64_t stride_bytes) {
    constexpr int kBytes = 4;
    void* memory = begin(size, TextureFormat::rgba8, bytes_of(size, kBytes));
    write_rows(memory, data, int64_t{kBytes} * size.width, stride_bytes, size.height);
    finish();
}

void StreamedTexture::upload(Pixels<const float> picture) {
    const Size size{picture.width, picture.height};
    const int64_t pixels = picture.plane_size();
    if (picture.channels == 3) {
        void* memory = begin(size, TextureFormat::rgba8, 4 * pixels);
        write_rgba(static_cast<uint32_t*>(memory), picture);
    } else if (picture.channels == 2) {
        void* memory = begin(size, TextureFormat::rg32f, 8 * pixels);
        write_pairs(static_cast<float*>(memory), picture);
    } else if (picture.channels == 1) {
        void* memory = begin(size, TextureFormat::r32f, 4 * pixels);
        std::memcpy(memory, picture.data, static_cast<size_t>(4 * pixels));
    } else {
        throw Error(
            fmt::format("a picture of {} channels cannot be shown; 1 to 3 can", picture.channels));
    }
    finish();
}

}  // namespace reverie
