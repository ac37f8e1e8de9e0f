// A device's interface: memory, streams, copies, ops and convolutions. Implemented by the backend
// modules (libreverie_cpu*.so, libreverie_cuda.so), which are loaded at run time; vendor libraries
// are used only inside them. Buffer<T> is the sole owner of device memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
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
    std::string name;           ///< the vendor's name for it
    std::string instructions;   ///< "avx512", "avx2", "sm_90", …
    size_t memory_bytes = 0;    ///< of the device in total
    int threads = 1;            ///< worker threads of a CPU device
    bool native_bf16 = false;   ///< never emulated
    bool prefers_bf16 = false;  ///< native, and faster than f32
    bool native_f16 = false;
    int parallel_streams = 1;  ///< how many streams are worth running in parallel
};

/// How convolutions compute: as fast as the device's library can, or summed in double precision.
enum class ConvKind : uint8_t { fast, exact };

/// Which of its library's ways a device has chosen for its convolutions, a line by name each. Ways
/// differ in the last bits.
using ConvChoices = std::map<std::string, std::string>;

/// Counts what a device was asked for since it was opened. A steady frame adds no allocation, and
/// one wait of the host for the device.
struct DeviceCounters {
    int64_t allocations = 0;  ///< of device memory, and of host memory for staging copies
    int64_t waits = 0;
    int64_t bytes = 0;       ///< of device memory allocated now
    int64_t peak_bytes = 0;  ///< the most allocated at once
};

/// Times a stream's work between two points.
class StreamTimer {
  public:
    virtual ~StreamTimer() = default;
    virtual void begin(Stream& stream) = 0;
    virtual void end(Stream& stream) = 0;
    /// Milliseconds from begin() to end(), by the device's own clock; waits for it.
    virtual double ms() = 0;
};

/// A device's executable form of captured work; see CapturedGraph.
class ExecutableGraph {
  public:
    virtual ~ExecutableGraph() = default;
    /// Queues the captured work, on the stream that it was captured on.
    virtual void launch(Stream& stream) = 0;
};

/// An OpenGL buffer that a device writes.
class SharedBuffer {
  public:
    virtual ~SharedBuffer() = default;
    /// Device memory, contents undefined, for work queued on the stream from now on. OpenGL must
    /// not use the buffer until unmap().
    virtual void* map(Stream& stream) = 0;
    /// Orders OpenGL's later commands after the work queued on the stream.
    virtual void unmap(Stream& stream) = 0;
};

/// One device. Thread-safe as long as each Stream is used by one thread at a time.
class Device {
  public:
    virtual ~Device() = default;
    virtual const DeviceInfo& info() const = 0;
    /// At least 64-byte aligned, contents undefined. Throws OutOfMemory (with the bytes asked for
    /// and the bytes free).
    virtual void* allocate(size_t bytes) = 0;
    virtual void release(void* memory) noexcept = 0;
    /// Roughly what allocate() could still give: others may take it meanwhile. For a CPU, all
    /// memory.
    virtual size_t free_memory() const { return info().memory_bytes; }
    /// Limits the number of threads that share the calling thread's work, on a CPU. A new thread
    /// starts with all of the machine's.
    virtual void limit_threads(int /*threads*/) {}
    /// Starts those threads now, with the calling thread's current priority, instead of in its
    /// first loop.
    virtual void make_threads() {}
    virtual std::unique_ptr<Stream> make_stream() = 0;
    /// A stream whose work goes before that of make_stream()'s where the device can choose. What is
    /// shown has one, so that it never queues behind a dream.
    virtual std::unique_ptr<Stream> make_urgent_stream() { return make_stream(); }
    virtual std::unique_ptr<StreamTimer> make_timer() = 0;
    virtual std::unique_ptr<Event> make_event() = 0;
    /// Whether capture() may succeed. A device whose streams may have their key recorded has its
    /// ops behind KeyedOps.
    virtual bool captures() const { return false; }
    /// Captures what `work` queues on the stream, and by events on others, as one graph, without
    /// running it. Null if it cannot be captured.
    virtual std::unique_ptr<ExecutableGraph> capture(Stream& /*stream*/,
                                                     const std::function<void()>& /*work*/) {
        return nullptr;
    }
    /// Copies between host and device memory in either direction; `host` may be reused when it
    /// returns.
    virtual void upload(Stream& stream, void* device, const void* host, size_t bytes) = 0;
    /// The host's bytes are valid, and `host` may be freed, once the stream, or an event recorded
    /// on it later, has been synchronised.
    virtual void download_async(Stream& stream, void* host, const void* device, size_t bytes) = 0;
    /// The same, and synchronises the stream: the host's bytes are valid when it returns.
    void download(Stream& stream, void* host, const void* device, size_t bytes) {
        download_async(stream, host, device, bytes);
        stream.synchronize();
    }
    virtual DeviceCounters counters() const = 0;
    void copy(Stream& stream, void* dst, const void* src, size_t bytes) {
        if (KeyRecorder* const recorder = stream.recorder())
            return recorder->add("copy", stream, dst, src, bytes);
        queue_copy(stream, dst, src, bytes);
    }
    void clear(Stream& stream, void* dst, size_t bytes) {
        if (KeyRecorder* const recorder = stream.recorder())
            return recorder->add("clear", stream, dst, bytes);
        queue_clear(stream, dst, bytes);
    }
    virtual Ops& ops() = 0;
    /// Shares the OpenGL buffer of that name, whose size must not change any more. The context that
    /// is current in this thread must also be current wherever the result is used or destroyed.
    /// Null if the device cannot share: another one draws, or it is a CPU.
    virtual std::unique_ptr<SharedBuffer> share_buffer(uint32_t /*gl_buffer*/) { return nullptr; }
    /// Makes an engine whose tensors are stored as `type`; it must not outlive the device. Throws
    /// Error without native support.
    virtual std::unique_ptr<ConvEngine> make_conv_engine(DType type, ConvKind kind) = 0;
    /// So far; empty for a device that chooses by no measurement, and so the same every time.
    virtual ConvChoices conv_choices() const { return {}; }
    /// Engines made from now on choose the same.
    virtual void adopt_conv_choices(const ConvChoices& /*choices*/) {}
    /// Why this run's choices are not kept for the next one; "": they are.
    virtual std::string conv_choices_lost() const { return ""; }

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

/// Sets what libraries read when they are loaded, before main(), and executes the program's file
/// again; returns where that is not possible. Call it before anything is opened or begun, where
/// something will be computed: it takes as long as the program took to start. Not under a debugger,
/// a tracer or Valgrind, or where OMP_WAIT_POLICY is set: all works then, too, but more slowly.
/// - libgomp (libav needs it): threads wait passively. Spinning costs a scheduler's quantum per loop
///   where another process is busy.
/// - glibc: huge pages for large buffers, where the system gives them to those who ask. A network
///   of 1280x720 is opened with 35,000 page faults instead of 180,000.
void execute_with_settings(char** argv);

/// The values of --device and --threads.
struct DeviceRequest {
    std::string device = "auto";  ///< auto | cpu | cuda | cuda:N
    int threads = 0;              ///< of a CPU device; 0: all of the machine's
};

/// Opens the requested device. "auto" is a working CUDA device, if there is one, else the CPU; the
/// reason is then appended to `*notes`, or to `*trouble` if a CUDA device is present but unusable
/// (one line each; null: to the notes, too). Throws Error when an explicit choice is unavailable.
/// The module stays loaded as long as the Device lives.
std::unique_ptr<Device> open_device(const DeviceRequest& request,
                                    std::vector<std::string>* notes = nullptr,
                                    std::vector<std::string>* trouble = nullptr);

/// All devices that can be opened, for `list devices` and `doctor`; `notes` as above.
std::vector<DeviceInfo> list_devices(std::vector<std::string>* notes = nullptr);

}  // namespace reverie
