// A device and an engine that forward everything to others: tests override single functions.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

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
    std::unique_ptr<Event> make_event() override { return inner_->make_event(); }
    bool captures() const override { return inner_->captures(); }
    std::unique_ptr<ExecutableGraph> capture(Stream& stream,
                                             const std::function<void()>& work) override {
        return inner_->capture(stream, work);
    }
    void upload(Stream& stream, void* device, const void* host, size_t bytes) override {
        inner_->upload(stream, device, host, bytes);
    }
    void download_async(Stream& stream, void* host, const void* device, size_t bytes) override {
        inner_->download_async(stream, host, device, bytes);
    }
    DeviceCounters counters() const override { return inner_->counters(); }
    Ops& ops() override { return inner_->ops(); }
    std::unique_ptr<SharedBuffer> share_buffer(uint32_t gl_buffer) override {
        return inner_->share_buffer(gl_buffer);
    }
    std::unique_ptr<ConvEngine> make_conv_engine(DType type, ConvKind kind) override {
        return inner_->make_conv_engine(type, kind);
    }
    ConvChoices conv_choices() const override { return inner_->conv_choices(); }
    void adopt_conv_choices(const ConvChoices& choices) override {
        inner_->adopt_conv_choices(choices);
    }
    std::string conv_choices_lost() const override { return inner_->conv_choices_lost(); }

  protected:
    Device& inner() { return *inner_; }
    void queue_copy(Stream& stream, void* dst, const void* src, size_t bytes) override {
        inner_->copy(stream, dst, src, bytes);
    }
    void queue_clear(Stream& stream, void* dst, size_t bytes) override {
        inner_->clear(stream, dst, bytes);
    }

  private:
    std::unique_ptr<Device> inner_;
};

class ForwardingEngine : public ConvEngine {
  public:
    explicit ForwardingEngine(std::unique_ptr<ConvEngine> inner) : inner_(std::move(inner)) {}
    DType type() const override { return inner_->type(); }
    int channel_block() const override { return inner_->channel_block(); }
    TensorRef slice(void* data, int parent_channels, int first_channel, int channels, int height,
                    int width) const override {
        return inner_->slice(data, parent_channels, first_channel, channels, height, width);
    }
    PictureRef picture(void* data, int height, int width, int stride) const override {
        return inner_->picture(data, height, width, stride);
    }
    size_t most_workspace_bytes(const ConvSpec& spec) const override {
        return inner_->most_workspace_bytes(spec);
    }
    std::unique_ptr<Conv> make(const ConvSpec& spec, const std::string& key,
                               const std::vector<float>& weights,
                               const std::vector<float>& bias) override {
        return inner_->make(spec, key, weights, bias);
    }

  private:
    std::unique_ptr<ConvEngine> inner_;
};

}  // namespace reverie::test
