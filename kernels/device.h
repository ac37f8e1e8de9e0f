// What the program may ask of a device: memory, streams, copies, ops and convolutions. Implemented
// by the backend modules (libreverie_cpu*.so, libreverie_cuda.so), which are loaded at run time;
// vendors end inside them. Buffer<T> is the sole owner of device memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kernels/stream.h"
#include "kernels/view.h"

namespace reverie {

class Ops;
class ConvEngine;

enum class DeviceKind { cpu, cuda };

struct DeviceInfo {
    DeviceKind kind = DeviceKind::cpu;
    int index = 0;
    std::string name;           ///< as the vendor calls it
    std::string instructions;   ///< "avx512", "avx2", "sm_90", …
    size_t memory_bytes = 0;    ///< of the device in all
    int threads = 1;            ///< worker threads of a CPU device
    bool native_bf16 = false;   ///< never emulated
    bool prefers_bf16 = false;  ///< native, and faster than f32
    bool native_f16 = false;
    int parallel_streams = 1;  ///< whose work gains by running side by side
};

/// What convolutions are to be: as fast as the device's library makes them, or summed in double
/// precision.
enum class ConvKind : uint8_t { fast, exact };

/// What a device has been asked for since it was opened. A steady frame adds no allocation, and one
/// wait of the host for the device.
struct DeviceCounters {
    int64_t allocations = 0;  ///< of device memory, and of the host's that copies pass through
    int64_t waits = 0;
    int64_t bytes = 0;       ///< of device memory that are allocated now,
    int64_t peak_bytes = 0;  ///< and the most that were at once
};

/// Times what a stream does between two points.
class StreamTimer {
  public:
    virtual ~StreamTimer() = default;
    virtual void begin(Stream& stream) = 0;
    virtual void end(Stream& stream) = 0;
    /// Milliseconds from begin() to end(), by the device's own clock; waits for it.
    virtual double ms() = 0;
};

/// What a device makes of captured work; see CapturedGraph.
class ExecutableGraph {
  public:
    virtual ~ExecutableGraph() = default;
    /// Queues the captured work. On the stream that it was captured on.
    virtual void launch(Stream& stream) = 0;
};

/// A buffer of OpenGL's, which a device writes.
class SharedBuffer {
  public:
    virtual ~SharedBuffer() = default;
    /// Device memory, contents undefined, for what is queued on the stream from now on. OpenGL must
    /// leave the buffer alone until unmap().
    virtual void* map(Stream& stream) = 0;
    /// What OpenGL does from now on comes after what was queued on the stream.
    virtual void unmap(Stream& stream) = 0;
};

/// One device. Thread-safe as long as each Stream is used by one thread at a time.
class Device {
  public:
    virtual ~Device() = default;
    virtual const DeviceInfo& info() const = 0;
    /// At least 64-byte aligned, contents undefined. Throws OutOfMemory (how much was asked for,
    /// how much there is).
    virtual void* allocate(size_t bytes) = 0;
    virtual void release(void* memory) noexcept = 0;
    /// What allocate() could still give, roughly: others may take it meanwhile. Of CPUs all.
    virtual size_t free_memory() const { return info().memory_bytes; }
    /// The calling thread's own work is spread over at most so many threads from now on. Of CPUs; a
    /// new thread begins with all of the machine's.
    virtual void limit_threads(int /*threads*/) {}
    /// Has those threads made now, which are what the calling one is just now (its priority), and
    /// not in its first loop.
    virtual void make_threads() {}
    virtual std::unique_ptr<Stream> make_stream() = 0;
    virtual std::unique_ptr<StreamTimer> make_timer() = 0;
    virtual std::unique_ptr<Event> make_event() = 0;
    /// Whether capture() may give something. A device whose streams may be probed for it has its
    /// ops behind KeyedOps.
    virtual bool captures() const { return false; }
    /// What `work` queues on the stream, and by events on others, as one; it is not run. Null where
    /// it cannot be captured.
    virtual std::unique_ptr<ExecutableGraph> capture(Stream& /*stream*/,
                                                     const std::function<void()>& /*work*/) {
        return nullptr;
    }
    /// Copies between host and device memory in either direction; `host` may be reused when it
    /// returns.
    virtual void upload(Stream& stream, void* device, const void* host, size_t bytes) = 0;
    /// The host's bytes are valid, and `host` may go, after the stream is next synchronised, or an
    /// event that was recorded since is.
    virtual void fetch(Stream& stream, void* host, const void* device, size_t bytes) = 0;
    /// The same, and synchronises the stream: the host's bytes are valid when it returns.
    void download(Stream& stream, void* host, const void* device, size_t bytes) {
        fetch(stream, host, device, bytes);
        stream.synchronize();
    }
    virtual DeviceCounters counters() const = 0;
    void copy(Stream& stream, void* dst, const void* src, size_t bytes) {
        if (Probe* const probe = stream.probe()) return probe->add("copy", stream, dst, src, bytes);
        queue_copy(stream, dst, src, bytes);
    }
    void clear(Stream& stream, void* dst, size_t bytes) {
        if (Probe* const probe = stream.probe()) return probe->add("clear", stream, dst, bytes);
        queue_clear(stream, dst, bytes);
    }
    virtual Ops& ops() = 0;
    /// Shares the OpenGL buffer of that name, whose size must not change any more, of the context
    /// that is current in this thread: it must be so again wherever the result is used or let go.
    /// Null where the device cannot: another one draws, or it is a CPU.
    virtual std::unique_ptr<SharedBuffer> share_buffer(uint32_t /*gl_buffer*/) { return nullptr; }
    /// A maker of convolutions whose tensors are stored as `type`; it must not outlive the device.
    /// Throws Error where the device has no native support.
    virtual std::unique_ptr<ConvEngine> make_conv_engine(DType type, ConvKind kind) = 0;

  protected:
    virtual void queue_copy(Stream& stream, void* dst, const void* src, size_t bytes) = 0;
    virtual void queue_clear(Stream& stream, void* dst, size_t bytes) = 0;
};

/// Owns `size()` values of device memory. Movable only. Values are undefined after construction and
/// resize.
template <class T>
class Buffer {
  public:
    Buffer() = default;
    Buffer(Device& device, size_t size)
        : device_(&device),
          data_(static_cast<T*>(device.allocate(size * sizeof(T)))),
          size_(size) {}
    Buffer(Buffer&& other) noexcept { swap(other); }
    Buffer& operator=(Buffer&& other) noexcept {
        Buffer(std::move(other)).swap(*this);
        return *this;
    }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer() {
        if (data_ != nullptr) device_->release(data_);
    }
    T* data() const { return data_; }
    size_t size() const { return size_; }
    size_t bytes() const { return size_ * sizeof(T); }
    void swap(Buffer& other) noexcept {
        std::swap(device_, other.device_);
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
    }

  private:
    Device* device_ = nullptr;
    T* data_ = nullptr;
    size_t size_ = 0;
};

/// Owns a planar float picture on a device. resize() allocates only when the size really changes.
class Image {
  public:
    Image() = default;
    Image(Device& device, int width, int height, int channels) {
        resize(device, width, height, channels);
    }
    void resize(Device& device, int width, int height, int channels) {
        const size_t size = static_cast<size_t>(width) * height * channels;
        if (size != buffer_.size()) buffer_ = Buffer<float>(device, size);
        view_ = {buffer_.data(), width, height, channels};
    }
    bool empty() const { return view_.data == nullptr; }
    Pixels<float> view() const { return view_; }
    Pixels<const float> cview() const { return view_; }
    operator Pixels<float>() const { return view_; }        // NOLINT(google-explicit-constructor)
    operator Pixels<const float>() const { return view_; }  // NOLINT(google-explicit-constructor)
    int width() const { return view_.width; }
    int height() const { return view_.height; }
    void swap(Image& other) noexcept {
        buffer_.swap(other.buffer_);
        std::swap(view_, other.view_);
    }

  private:
    Buffer<float> buffer_;
    Pixels<float> view_;
};

/// First thing in main(): libgomp's threads spin while they wait, which costs a scheduler quantum a
/// loop where another process is busy. It reads its setting when it is loaded, before main() (libav
/// needs it), so this sets it and executes the program's file again: not where OMP_WAIT_POLICY is
/// set, nor under a debugger, a tracer or Valgrind, where threads spin.
void let_threads_wait_passively(char** argv);

/// What was asked for with --device, --threads.
struct DeviceRequest {
    std::string device = "auto";  ///< auto | cpu | cuda | cuda:N
    int threads = 0;              ///< of a CPU device; 0: all of the machine's
};

/// Opens the device that was asked for. With "auto", a CUDA device if there is one that works, else
/// the CPU; why there is none is then appended to `*notes`, or, where one is there and something is
/// wrong with it, to `*trouble` (one line each; null: to the notes, too). Throws Error when an
/// explicit choice cannot be had. The module stays loaded for as long as the Device lives.
std::unique_ptr<Device> open_device(const DeviceRequest& request,
                                    std::vector<std::string>* notes = nullptr,
                                    std::vector<std::string>* trouble = nullptr);

/// All devices that could be opened, for `list devices` and `doctor`; `notes` as above.
std::vector<DeviceInfo> list_devices(std::vector<std::string>* notes = nullptr);

}  // namespace reverie
