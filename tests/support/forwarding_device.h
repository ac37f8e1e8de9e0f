// A device that hands everything on to another: what tests change one thing of.
#pragma once

#include <memory>

#include "kernels/conv.h"
#include "kernels/device.h"

namespace reverie::test {

class ForwardingDevice : public Device {
  public:
    explicit ForwardingDevice(std::unique_ptr<Device> inner) : inner_(std::move(inner)) {}
    const DeviceInfo& info() const override { return inner_->info(); }
    void* allocate(size_t bytes) override { return inner_->allocate(bytes); }
    void release(void* memory) noexcept override { inner_->release(memory); }
    size_t free_memory() const override { return inner_->free_memory(); }
    void limit_threads(int threads) override { inner_->limit_threads(threads); }
    std::unique_ptr<Stream> make_stream() override { return inner_->make_stream(); }
    std::unique_ptr<StreamTimer> make_timer() override { return inner_->make_timer(); }
    std::unique_ptr<Replay> make_replay() override { return inner_->make_replay(); }
    void upload(Stream& stream, void* device, const void* host, size_t bytes) override {
        inner_->upload(stream, device, host, bytes);
    }
    void fetch(Stream& stream, void* host, const void* device, size_t bytes) override {
        inner_->fetch(stream, host, device, bytes);
    }
    DeviceCounters counters() const override { return inner_->counters(); }
    void copy(Stream& stream, void* dst, const void* src, size_t bytes) override {
        inner_->copy(stream, dst, src, bytes);
    }
    void clear(Stream& stream, void* dst, size_t bytes) override {
        inner_->clear(stream, dst, bytes);
    }
    Ops& ops() override { return inner_->ops(); }
    std::unique_ptr<ConvEngine> make_conv_engine(DType type, ConvKind kind) override {
        return inner_->make_conv_engine(type, kind);
    }

  protected:
    Device& inner() { return *inner_; }

  private:
    std::unique_ptr<Device> inner_;
};

}  // namespace reverie::test
