// A CPU device that calls itself a GPU and, at some time, fails permanently.
#pragma once

#include <atomic>
#include <limits>
#include <string>
#include <utility>

#include "src/util/error.h"
#include "tests/support/forwarding_device.h"

namespace reverie::test {

class FailingGpu : public ForwardingDevice {
  public:
    /// Fails from a given download on (a CPU: from a given allocation on, since it downloads
    /// nothing).
    explicit FailingGpu(int downloads, DeviceKind kind = DeviceKind::cuda)
        : ForwardingDevice(open_device({"cpu", 2})),
          info_(inner().info()),
          downloads_left_(downloads) {
        info_.kind = kind;
        info_.name = "a GPU of the test's";
    }
    /// Limits the number of streams; a further one throws OutOfMemory.
    void limit_streams(int streams) { streams_left_ = streams; }
    /// From now on, convolutions throw OutOfMemory.
    void refuse_engines() { refuses_engines_ = true; }

    const DeviceInfo& info() const override { return info_; }
    void download_async(Stream& stream, void* host, const void* device, size_t bytes) override {
        fail_if_due();
        ForwardingDevice::download_async(stream, host, device, bytes);
        --downloads_left_;
    }
    void upload(Stream& stream, void* device, const void* host, size_t bytes) override {
        fail_if_due();
        ForwardingDevice::upload(stream, device, host, bytes);
    }
    void* allocate(size_t bytes) override {
        fail_if_due();
        if (info_.kind == DeviceKind::cpu) --downloads_left_;
        return ForwardingDevice::allocate(bytes);
    }
    std::unique_ptr<Event> make_event() override {
        return std::make_unique<FailingEvent>(*this, ForwardingDevice::make_event());
    }
    std::unique_ptr<Stream> make_stream() override {
        if (streams_left_-- <= 0) throw OutOfMemory("CUDA: a stream's memory: injected");
        return ForwardingDevice::make_stream();
    }
    std::unique_ptr<ConvEngine> make_conv_engine(DType type, ConvKind kind) override {
        if (refuses_engines_) throw OutOfMemory("CUDA: the network's memory: injected");
        return ForwardingDevice::make_conv_engine(type, kind);
    }

  private:
    /// Waiting for an event fails, too.
    class FailingEvent : public Event {
      public:
        FailingEvent(const FailingGpu& gpu, std::unique_ptr<Event> inner)
            : gpu_(gpu), inner_(std::move(inner)) {}
        void queue_record(Stream& stream) override { inner_->record(stream); }
        void queue_wait(Stream& stream) override { stream.wait_on(*inner_); }
        void synchronize() override {
            gpu_.fail_if_due();
            inner_->synchronize();
        }

      private:
        const FailingGpu& gpu_;
        std::unique_ptr<Event> inner_;
    };

    void fail_if_due() const {
        if (downloads_left_ <= 0)
            throw DeviceError("CUDA: running the queued work failed: injected");
    }
    DeviceInfo info_;
    std::atomic<int> downloads_left_;
    std::atomic<int> streams_left_ = std::numeric_limits<int>::max();
    bool refuses_engines_ = false;
};

}  // namespace reverie::test
