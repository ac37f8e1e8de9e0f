// A CPU device that calls itself a GPU and is lost at one call, whatever it is for: that call fails,
// and so does every one after it.
#pragma once

#include <atomic>
#include <limits>
#include <string>
#include <utility>

#include "src/util/error.h"
#include "tests/support/forwarding_device.h"

namespace reverie::test {

class LostGpu : public ForwardingDevice {
  public:
    LostGpu() : ForwardingDevice(open_device({"cpu", 2})), info_(inner().info()) {
        info_.kind = DeviceKind::cuda;
        info_.name = "a GPU of the test's";
    }
    /// From now on, `calls` more succeed.
    void lose_after(int64_t calls) { left_ = calls; }
    /// How many there were since.
    int64_t calls() const { return calls_; }

    const DeviceInfo& info() const override { return info_; }
    void* allocate(size_t bytes) override {
        count("memory");
        return ForwardingDevice::allocate(bytes);
    }
    std::unique_ptr<Stream> make_stream() override {
        count("a stream");
        return ForwardingDevice::make_stream();
    }
    std::unique_ptr<StreamTimer> make_timer() override {
        count("a timer");
        return ForwardingDevice::make_timer();
    }
    std::unique_ptr<Event> make_event() override {
        count("an event");
        return ForwardingDevice::make_event();
    }
    void upload(Stream& stream, void* device, const void* host, size_t bytes) override {
        count("an upload");
        ForwardingDevice::upload(stream, device, host, bytes);
    }
    void download_async(Stream& stream, void* host, const void* device, size_t bytes) override {
        count("a download");
        ForwardingDevice::download_async(stream, host, device, bytes);
    }
    std::unique_ptr<ConvEngine> make_conv_engine(DType type, ConvKind kind) override {
        count("an engine");
        return ForwardingDevice::make_conv_engine(type, kind);
    }

  protected:
    void queue_copy(Stream& stream, void* dst, const void* src, size_t bytes) override {
        count("a copy");
        ForwardingDevice::queue_copy(stream, dst, src, bytes);
    }
    void queue_clear(Stream& stream, void* dst, size_t bytes) override {
        count("a clear");
        ForwardingDevice::queue_clear(stream, dst, bytes);
    }

  private:
    void count(const char* what) {
        ++calls_;
        if (--left_ < 0) throw DeviceError("CUDA: " + std::string(what) + ": the device is lost");
    }

    DeviceInfo info_;
    std::atomic<int64_t> left_ = std::numeric_limits<int64_t>::max(), calls_ = 0;
};

}  // namespace reverie::test
