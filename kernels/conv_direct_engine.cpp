#include "kernels/conv_direct_engine.h"

#include <map>

#include "kernels/conv_forms.h"
#include "kernels/ops.h"
#include "src/util/error.h"

namespace reverie {
namespace {

class DirectConvOnDevice : public Conv {
  public:
    DirectConvOnDevice(Device& device, const DirectConvolution& convolution)
        : device_(device), convolution_(convolution) {}

    void queue(Stream& stream, const void* in, void* out, void* /*workspace*/) override {
        DirectConvolution bound = convolution_;
        bound.from.shape.data = const_cast<void*>(in);
        bound.to.shape.data = out;
        device_.ops().direct_convolution(stream, bound);
    }
    std::string algorithm() const override { return "direct"; }

  private:
    Device& device_;
    DirectConvolution convolution_;
};

class DirectEngine : public ConvEngine {
  public:
    DirectEngine(Device& device, DType type, TensorLayout layout, int block)
        : device_(device),
          stream_(device.make_stream()),
          type_(type),
          layout_(layout),
          block_(block) {}

    DType type() const override { return type_; }
    int channel_block() const override { return block_; }

    TensorRef slice(void* data, int parent_channels, int first_channel, int channels, int height,
                    int width) const override {
        return slice_of(layout_, data, type_, parent_channels, first_channel, channels, height,
                        width);
    }
    PictureRef picture(void* data, int height, int width, int stride) const override {
        return picture_of(layout_, data, type_, height, width, stride);
    }

    std::unique_ptr<Conv> make(const ConvSpec& s, const std::string& key,
                               const std::vector<float>& weights,
                               const std::vector<float>& bias) override {
        if (const auto form = phase_picture_form(layout_, s, weights))
            return make(form->spec, key, form->weights, bias);
        DirectConvolution c;
        c.gradient = s.direction == ConvDirection::backward_data;
        c.from = view(s.in_channels, s.in_parent_channels, s.in_height, s.in_width);
        if (s.picture_input) c.from = picture(nullptr, s.in_height, s.in_width, s.stride).tensor;
        c.to = view(s.out_channels, s.out_parent_channels, s.out_height, s.out_width);
        if (c.gradient) std::swap(c.from, c.to);
        if (s.float_output) c.to.type = DType::f32;
        const int read = c.from.shape.blocks * c.from.shape.block_channels;
        c.kernel_height = s.kernel_height;
        c.kernel_width = s.kernel_width;
        c.stride = s.stride;
        c.pad_top = s.pad_top;
        c.pad_left = s.pad_left;
        c.relu = s.relu && !c.gradient;
        c.accumulate = s.accumulate;
        const std::string name = (c.gradient ? "b:" : "f:") + key;
        c.filters =
            on_device(name, [&] { return prepared(s, c.to.shape.block_channels, read, weights); });
        if (!bias.empty()) c.bias = on_device(name + " bias", [&] { return bias; });
        return std::make_unique<DirectConvOnDevice>(device_, c);
    }

  private:
    TensorRef view(int channels, int parent_channels, int height, int width) const {
        return slice(nullptr, parent_channels > 0 ? parent_channels : channels, 0, channels, height,
                     width);
    }

    /// [block][channel that is read][ky][kx][lane], as DirectConvolution wants it. Channels that
    /// are read but have no weights (they pad a picture) get zeros.
    static std::vector<float> prepared(const ConvSpec& s, int block_channels, int stored,
                                       const std::vector<float>& weights) {
        const bool gradient = s.direction == ConvDirection::backward_data;
        const int written = gradient ? s.in_channels : s.out_channels;
        const int read = gradient ? s.out_channels : s.in_channels;
        const int taps = s.kernel_height * s.kernel_width;
        std::vector<float> out;
        out.reserve(static_cast<size_t>(written) * stored * taps);
        for (int first = 0; first < written; first += block_channels) {
            for (int r = 0; r < stored; ++r) {
                if (r >= read) {
                    out.insert(out.end(), static_cast<size_t>(taps) * block_channels, 0.0F);
                    continue;
                }
                for (int t = 0; t < taps; ++t) {
                    for (int w = first; w < first + block_channels; ++w) {
                        const int o = gradient ? r : w;
                        const int i = gradient ? w : r;
                        out.push_back(
                            weights[(static_cast<size_t>(o) * s.in_channels + i) * taps + t]);
                    }
                }
            }
        }
        return out;
    }

    template <class Make>
    const float* on_device(const std::string& name, Make make) {
        Buffer<float>& buffer = buffers_[name];
        if (buffer.size() == 0) {
            const std::vector<float> values = make();
            buffer = Buffer<float>(device_, values.size());
            device_.upload(*stream_, buffer.data(), values.data(), buffer.bytes());
            stream_->synchronize();
        }
        return buffer.data();
    }

    Device& device_;
    std::unique_ptr<Stream> stream_;
    DType type_;
    TensorLayout layout_;
    int block_;
    std::map<std::string, Buffer<float>> buffers_;
};

}  // namespace

std::unique_ptr<ConvEngine> make_direct_engine(Device& device, DType type, TensorLayout layout,
                                               int block) {
    return std::make_unique<DirectEngine>(device, type, layout, block);
}

}  // namespace reverie
