#include "src/gl/texture.h"

#include <fmt/format.h>
#include <glad/gl.h>

#include <cstring>
#include <utility>

#include "kernels/ops.h"
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
        case TextureFormat::bgra8:
            // Unsized, so that the driver keeps the order of what is uploaded.
            return {GL_RGBA, GL_BGRA, GL_UNSIGNED_BYTE, 4};
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
    for (auto& shared : shared_) shared.reset();
    if (buffers_[0] != 0) glDeleteBuffers(kBuffers, buffers_);
}

StreamedTexture::StreamedTexture(StreamedTexture&& other) noexcept { *this = std::move(other); }

StreamedTexture& StreamedTexture::operator=(StreamedTexture&& other) noexcept {
    std::swap(texture_, other.texture_);
    std::swap(buffers_, other.buffers_);
    std::swap(buffer_bytes_, other.buffer_bytes_);
    std::swap(next_, other.next_);
    std::swap(device_, other.device_);
    std::swap(shared_size_, other.shared_size_);
    std::swap(sharing_, other.sharing_);
    std::swap(shared_, other.shared_);
    packed_.swap(other.packed_);
    host_.swap(other.host_);
    return *this;
}

void StreamedTexture::resize(Size size, TextureFormat format) {
    if (texture_.empty() || texture_.size() != size || texture_.format() != format)
        texture_ = Texture(size, format);
    if (buffers_[0] == 0) glGenBuffers(kBuffers, buffers_);
    next_ = (next_ + 1) % kBuffers;
}

/// A buffer keeps its memory from picture to picture: reallocation would fragment it.
void StreamedTexture::bind(int buffer, int64_t bytes) {
    glBindBuffer(GL_PIXEL_UNPACK_BUFFER, buffers_[buffer]);
    if (std::exchange(buffer_bytes_[buffer], bytes) != bytes)
        glBufferData(GL_PIXEL_UNPACK_BUFFER, bytes, nullptr, GL_STREAM_DRAW);
}

void* StreamedTexture::begin(Size size, TextureFormat format, int64_t bytes) {
    if (sharing_) {
        for (auto& shared : shared_) shared.reset();
        device_ = nullptr;
        sharing_ = false;
    }
    resize(size, format);
    bind(next_, bytes);
    void* memory = glMapBufferRange(GL_PIXEL_UNPACK_BUFFER, 0, bytes,
                                    GL_MAP_WRITE_BIT | GL_MAP_INVALIDATE_BUFFER_BIT);
    if (memory == nullptr) {
        buffer_bytes_[next_] = 0;
        glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
        throw Error(fmt::format("OpenGL has no memory for a picture of {}x{}; try a smaller one",
                                size.width, size.height));
    }
    return memory;
}

void StreamedTexture::finish() {
    // False where the driver has lost what was written: the next picture makes up for it.
    if (glUnmapBuffer(GL_PIXEL_UNPACK_BUFFER) == GL_TRUE) read_buffer();
    glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
}

/// The texture becomes what is in the buffer that is bound.
void StreamedTexture::read_buffer() {
    const GlFormat gl = gl_format(texture_.format());
    glBindTexture(GL_TEXTURE_2D, texture_.id());
    glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
    glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, texture_.size().width, texture_.size().height,
                    gl.format, gl.type, nullptr);
}

/// Whether the device can write the buffers for colours of this size; asked once a size.
bool StreamedTexture::share(Device& device, Size size) {
    if (device_ == &device && shared_size_ == size) return shared_[0] != nullptr;
    device_ = &device;
    shared_size_ = size;
    for (auto& shared : shared_) shared.reset();
    if (device.info().kind == DeviceKind::cpu) return false;
    resize(size, TextureFormat::bgra8);
    for (int i = 0; i < kBuffers; ++i) {
        bind(i, bytes_of(size, sizeof(uint32_t)));
        glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
        shared_[i] = device.share_buffer(buffers_[i]);
        if (shared_[i] == nullptr) break;
    }
    if (shared_[kBuffers - 1] != nullptr) return true;
    for (auto& shared : shared_) shared.reset();
    return false;
}

void StreamedTexture::upload_colours(Device& device, Stream& stream, Pixels<const float> picture) {
    const Size size{picture.width, picture.height};
    if (share(device, size)) {
        resize(size, TextureFormat::bgra8);
        SharedBuffer& buffer = *shared_[next_];
        device.ops().pack_bgra(stream, picture, static_cast<uint32_t*>(buffer.map(stream)));
        buffer.unmap(stream);
        glBindBuffer(GL_PIXEL_UNPACK_BUFFER, buffers_[next_]);
        read_buffer();
        glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
        sharing_ = true;
        return;
    }
    const auto pixels = static_cast<size_t>(picture.plane_size());
    void* const memory = begin(size, TextureFormat::bgra8, bytes_of(size, sizeof(uint32_t)));
    try {
        if (device.info().kind == DeviceKind::cpu) {
            device.ops().pack_bgra(stream, picture, static_cast<uint32_t*>(memory));
            stream.synchronize();
        } else {
            if (packed_.size() != pixels) packed_ = Buffer<uint32_t>(device, pixels);
            device.ops().pack_bgra(stream, picture, packed_.data());
            device.download(stream, memory, packed_.data(), packed_.bytes());
        }
    } catch (...) {
        glUnmapBuffer(GL_PIXEL_UNPACK_BUFFER);
        glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
        throw;
    }
    finish();
}

void StreamedTexture::upload_bgra8(Size size, const uint8_t* data, int64_t stride_bytes) {
    constexpr int kBytes = 4;
    void* memory = begin(size, TextureFormat::bgra8, bytes_of(size, kBytes));
    write_rows(memory, data, int64_t{kBytes} * size.width, stride_bytes, size.height);
    finish();
}

void StreamedTexture::upload(Pixels<const float> picture) {
    const Size size{picture.width, picture.height};
    const int64_t pixels = picture.plane_size();
    if (picture.channels == 2) {
        void* memory = begin(size, TextureFormat::rg32f, 8 * pixels);
        write_pairs(static_cast<float*>(memory), picture);
    } else if (picture.channels == 1) {
        void* memory = begin(size, TextureFormat::r32f, 4 * pixels);
        std::memcpy(memory, picture.data, static_cast<size_t>(4 * pixels));
    } else {
        throw Error(fmt::format("a flow of {} channels, or a map, cannot be shown; 2 and 1 can",
                                picture.channels));
    }
    finish();
}

void StreamedTexture::upload(Device& device, Stream& stream, Pixels<const float> picture) {
    if (picture.channels == 3) return upload_colours(device, stream, picture);
    if (device.info().kind != DeviceKind::cpu) {
        host_.resize(static_cast<size_t>(picture.size()));
        device.download(stream, host_.data(), picture.data, host_.size() * sizeof(float));
        picture.data = host_.data();
    }
    upload(picture);
}

}  // namespace reverie
