// Convolution, forward and backward: by the vendor's library, on tiles (conv_tiles.h), or by an
// exact, slow functor (conv_direct.h).
//
// A convolution is made once per shape and run many times, without allocation, in a workspace that
// its caller gives it. Tensors are slices
// of channels of larger tensors in the engine's own layout: N = 1, channels in multiples of
// channel_block(), padded with zero weights.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kernels/device.h"
#include "kernels/tensor_layout.h"

namespace reverie {

enum class ConvDirection : uint8_t {
    forward,       ///< y = conv(x, w) + b, then ReLU if asked for
    backward_data  ///< dx = the gradient with respect to the forward convolution's input, from dy
};

/// Shapes of one convolution, always in terms of the forward one. Weights are OIHW in float.
struct ConvSpec {
    ConvDirection direction = ConvDirection::forward;
    int in_channels = 0, in_height = 0, in_width = 0;
    int out_channels = 0, out_height = 0, out_width = 0;
    int kernel_height = 1, kernel_width = 1;
    int stride = 1;
    int pad_top = 0, pad_left = 0;  ///< the bottom and right padding follow from the sizes
    bool relu = false;              ///< forward only
    bool accumulate = false;        ///< backward only: dx += instead of dx =
    /// x is the network's input (ConvEngine::picture), of three channels; forward only
    bool picture_input = false;
    bool float_output = false;  ///< y, dx are stored as float whatever the engine's type
    /// channels of the tensor that x, dx is a slice of (0: in_channels)
    int in_parent_channels = 0;
    /// channels of the tensor that y, dy is a slice of (0: out_channels)
    int out_parent_channels = 0;
};

class Conv {
  public:
    virtual ~Conv() = default;
    /// Bytes of device memory that a run works in. A CPU's convolutions need none: they work in
    /// memory of the thread that runs them.
    virtual size_t workspace_bytes() const { return 0; }
    /// forward: (x, y); backward_data: (dy, dx). `workspace`: workspace_bytes() of device memory,
    /// aligned as Device::allocate() aligns it, contents undefined, which nothing else uses until
    /// this run is done; null where that is 0.
    void run(Stream& stream, const void* in, void* out, void* workspace) {
        if (KeyRecorder* const recorder = stream.recorder())
            return recorder->add("convolution", stream, identity_.value(), in, out, workspace);
        queue(stream, in, out, workspace);
    }
    /// The library's name of the algorithm, for `lab bench` and error messages.
    virtual std::string algorithm() const = 0;

  protected:
    /// Captured work may be queued again as long as the convolution and the memory that it was
    /// given live.
    virtual void queue(Stream& stream, const void* in, void* out, void* workspace) = 0;

  private:
    Identity identity_;
};

/// A convolution that runs by itself, in a workspace of its own.
class ConvAlone {
  public:
    ConvAlone(Device& device, std::unique_ptr<Conv> conv) : conv_(std::move(conv)) {
        if (conv_->workspace_bytes() > 0)
            workspace_ = Buffer<char>(device, conv_->workspace_bytes());
    }
    /// As Conv::run.
    void run(Stream& stream, const void* in, void* out) {
        conv_->run(stream, in, out, workspace_.data());
    }

  private:
    std::unique_ptr<Conv> conv_;
    Buffer<char> workspace_;
};

/// Makes convolutions of one storage type on one device; keeps the reordered weights.
class ConvEngine {
  public:
    virtual ~ConvEngine() = default;
    virtual DType type() const = 0;
    /// Channels of every tensor slice are multiples of this.
    virtual int channel_block() const = 0;
    /// The layout's view of `channels` channels from `first_channel` on, in a tensor of
    /// `parent_channels` at `data`.
    virtual TensorRef slice(void* data, int parent_channels, int first_channel, int channels,
                            int height, int width) const = 0;
    /// The network's input at `data`, as a first convolution with this stride reads it.
    virtual PictureRef picture(void* data, int height, int width, int stride) const = 0;
    /// The most that the workspace_bytes() of a convolution may be, without making it: a function
    /// of the spec and of the device alone.
    virtual size_t most_workspace_bytes(const ConvSpec& /*spec*/) const { return 0; }
    /// `weights`: out_channels·in_channels·kernel_height·kernel_width values; `bias`: out_channels
    /// values, or empty (backward). `key` names the weights: convolutions with the same key and
    /// direction share one copy of them. The engine owns that memory and must outlive the
    /// convolutions. If a library has only a reference implementation, or none, the functors'
    /// convolution (conv_direct.h) is used instead.
    virtual std::unique_ptr<Conv> make(const ConvSpec& spec, const std::string& key,
                                       const std::vector<float>& weights,
                                       const std::vector<float>& bias) = 0;
};

}  // namespace reverie
