// Textures, and pictures streamed into them through pixel buffers: those of the host are orphaned
// at each upload, so that neither side waits for the other; those of a GPU that also draws are
// written by it. A texture is shared by the windows that share their contexts.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/device.h"
#include "src/gl/context.h"

namespace reverie {

enum class TextureFormat : uint8_t {
    bgra8,  ///< as drivers and displays keep colours: others are reordered on their way
    r32f,   ///< confidence, what a layer sees
    rg32f,  ///< flow: dx, dy in pixels
};

/// Move-only owner of one texture. Made and ended with its context (or one that shares it) current.
class Texture {
  public:
    Texture() = default;
    /// Contents are undefined. Throws Error where OpenGL refuses the size.
    Texture(Size size, TextureFormat format);
    ~Texture();
    Texture(Texture&& other) noexcept;
    Texture& operator=(Texture&& other) noexcept;

    bool empty() const { return id_ == 0; }
    Size size() const { return size_; }
    TextureFormat format() const { return format_; }
    /// OpenGL's name of it; 0 where empty.
    uint32_t id() const { return id_; }
    /// The contents, as they are stored: 8-bit formats in bytes, the others in floats' bytes; the
    /// upper row first. Waits; for tests.
    std::vector<uint8_t> read_back() const;

  private:
    uint32_t id_ = 0;
    Size size_;
    TextureFormat format_ = TextureFormat::bgra8;
};

/// A texture that gets a new picture every frame. It takes each picture's size.
class StreamedTexture {
  public:
    StreamedTexture() = default;
    ~StreamedTexture();
    StreamedTexture(StreamedTexture&& other) noexcept;
    StreamedTexture& operator=(StreamedTexture&& other) noexcept;

    /// Packed 8-bit BGRA, the upper row first; rows begin `stride_bytes` after each other.
    void upload_bgra8(Size size, const uint8_t* data, int64_t stride_bytes);
    /// A flow (2 channels) or a map (1) in host memory. Throws Error for another number of
    /// channels.
    void upload(Pixels<const float> picture);
    /// A planar picture in device memory: 3 channels are RGB 0 … 255, rounded and clipped to 8
    /// bits; flows and maps as above. The device must outlive the texture.
    void upload(Device& device, Stream& stream, Pixels<const float> picture);

    const Texture& texture() const { return texture_; }
    bool empty() const { return texture_.empty(); }
    /// Whether the last picture was written by the device that drew it, without the host.
    bool shared() const { return sharing_; }

  private:
    void resize(Size size, TextureFormat format);
    void bind(int buffer, int64_t bytes);
    void* begin(Size size, TextureFormat format, int64_t bytes);
    void finish();
    void read_buffer();
    bool share(Device& device, Size size);
    void upload_colours(Device& device, Stream& stream, Pixels<const float> picture);

    static constexpr int kBuffers = 3;
    Texture texture_;
    uint32_t buffers_[kBuffers] = {};
    int64_t buffer_bytes_[kBuffers] = {};
    int next_ = 0;

    // Of the last device that uploaded colours:
    Device* device_ = nullptr;
    Size shared_size_;
    bool sharing_ = false;
    std::unique_ptr<SharedBuffer> shared_[kBuffers];  ///< of buffers_, where it can write them, …
    Buffer<uint32_t> packed_;                         ///< … and where it cannot
    std::vector<float> host_;
};

}  // namespace reverie
