// An engine that makes some convolutions itself and leaves the others to another engine, whose
// layout it shares.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kernels/conv.h"

namespace reverie {

class EngineInFront : public ConvEngine {
  public:
    EngineInFront(Device& device, std::unique_ptr<ConvEngine> otherwise)
        : otherwise_(std::move(otherwise)), device_(device) {}

    DType type() const override { return otherwise_->type(); }
    int channel_block() const override { return otherwise_->channel_block(); }
    TensorRef slice(void* data, int parent_channels, int first_channel, int channels, int height,
                    int width) const override {
        return otherwise_->slice(data, parent_channels, first_channel, channels, height, width);
    }
    PictureRef picture(void* data, int height, int width, int stride) const override {
        return otherwise_->picture(data, height, width, stride);
    }

  protected:
    template <class T>
    using Kept = std::map<std::string, Buffer<T>>;

    /// What `make` returns, a vector: made once for each key, in the device's memory.
    template <class T, class Make>
    const T* kept(Kept<T>& buffers, const std::string& key, Make make) {
        Buffer<T>& buffer = buffers[key];
        if (buffer.size() == 0) {
            const std::vector<T> values = make();
            buffer = Buffer<T>(device_, values.size());
            std::copy(values.begin(), values.end(), buffer.data());
        }
        return buffer.data();
    }

    const std::unique_ptr<ConvEngine> otherwise_;

  private:
    Device& device_;
};

}  // namespace reverie
