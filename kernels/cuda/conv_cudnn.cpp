#include "kernels/cuda/conv_cudnn.h"

#include <cuda_runtime_api.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <map>
#include <mutex>

#include "kernels/conv_direct_engine.h"
#include "kernels/conv_forms.h"
#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/cudnn_route.h"
#include "kernels/cuda/stream_cuda.h"
#include "kernels/cuda/timed_work.h"
#include "src/util/error.h"

namespace reverie {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kChannelBlock = 8;        // 16 bytes of fp16: the alignment of tensor cores
constexpr size_t kEnginesMeasured = 6;  // for each way
constexpr double kBudgetOfOneS = 0.5;   // seconds of measuring for one convolution, …
constexpr double kBudgetOfAllS = 60;    // … and for all that one engine makes

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// The name of a convolution in the cache; `any_size` leaves its size out.
std::string shape_name(const RouteShape& shape, bool any_size) {
    const ConvSpec& s = shape.spec;
    std::string text = any_size ? "any size," : "";
    text += s.direction == ConvDirection::forward ? "f" : "b";
    text += s.picture_input ? "p" : "";
    text += s.relu ? "r" : "";
    text += s.accumulate ? "a" : "";
    text += s.float_output ? "o" : "";
    text += shape.with_bias ? "c" : "";
    const auto add = [&](std::initializer_list<int> values) {
        for (const int v : values) text += "," + std::to_string(v);
    };
    add({static_cast<int>(shape.type), shape.layout.block_channels, shape.layout.picture_channels,
         s.in_channels, s.in_parent_channels, s.out_channels, s.out_parent_channels,
         s.kernel_height, s.kernel_width, s.stride, s.pad_top, s.pad_left});
    if (!any_size) add({s.in_height, s.in_width, s.out_height, s.out_width});
    return text;
}

/// Clears the error of a call that cuDNN refused, so that the next launch does not report it. A
/// sticky error remains.
void forget_error() { cudaGetLastError(); }

/// cuDNN's handle for each stream.
class StreamHandles {
  public:
    cudnnHandle_t of(Stream& stream) {
        const auto& on = static_cast<CudaStream&>(stream);
        on.make_current();
        const std::lock_guard lock(mutex_);
        auto& slot = handles_[on.handle()];
        if (slot == nullptr) slot = std::make_unique<cudnn::Handle>();
        cudnn::check(cudnnSetStream(slot->get(), on.handle()), "choosing a stream");
        return slot->get();
    }

  private:
    std::mutex mutex_;
    std::map<cudaStream_t, std::unique_ptr<cudnn::Handle>> handles_;
};

class CudnnConv : public Conv {
  public:
    CudnnConv(StreamHandles& handles, std::unique_ptr<Route> route)
        : handles_(handles), route_(std::move(route)) {}
    size_t workspace_bytes() const override { return route_->workspace_bytes(); }
    void queue(Stream& stream, const void* in, void* out, void* workspace) override {
        route_->run(handles_.of(stream), stream, in, out, workspace);
    }
    std::string algorithm() const override {
        const RouteChoice& choice = route_->choice();
        return choice.api == RouteChoice::Api::narrow ? "narrow" : "cudnn " + to_text(choice);
    }

  private:
    StreamHandles& handles_;
    std::unique_ptr<Route> route_;
};

class CudnnEngine : public ConvEngine {
  public:
    CudnnEngine(Device& device, DType type, RouteCache& choices)
        : device_(device), stream_(device.make_stream()), type_(type), cache_(choices) {
        workspace_limit_ = std::clamp<size_t>(device.info().memory_bytes / 32, size_t{32} << 20U,
                                              size_t{256} << 20U);
        layout_ = choose_layout();
        direct_ = make_direct_engine(device, type, layout_, kChannelBlock);
    }

    DType type() const override { return type_; }
    int channel_block() const override { return kChannelBlock; }
    TensorRef slice(void* data, int parent_channels, int first_channel, int channels, int height,
                    int width) const override {
        return slice_of(layout_, data, type_, parent_channels, first_channel, channels, height,
                        width);
    }
    PictureRef picture(void* data, int height, int width, int stride) const override {
        return picture_of(layout_, data, type_, height, width, stride);
    }

    size_t most_workspace_bytes(const ConvSpec& spec) const override {
        return most_workspace_of(phase_picture_spec(layout_, spec).value_or(spec));
    }

    std::unique_ptr<Conv> make(const ConvSpec& spec, const std::string& key,
                               const std::vector<float>& weights,
                               const std::vector<float>& bias) override {
        if (const auto form = phase_picture_form(layout_, spec, weights))
            return make(form->spec, key, form->weights, bias);
        const std::lock_guard lock(making_);
        const RouteTask task{spec, key, weights, bias};
        std::unique_ptr<Route> route = remembered(task);
        if (route == nullptr) route = fastest(task).route;
        if (route != nullptr) return std::make_unique<CudnnConv>(handles_, std::move(route));
        return direct_->make(spec, key, weights, bias);
    }

  private:
    /// Memory to measure in, and only as long.
    struct Scratch {
        Buffer<char> in, out, workspace;
    };

    struct Found {
        std::unique_ptr<Route> route;
        float ms = std::numeric_limits<float>::infinity();
    };

    TensorLayout nhwc() const {
        // Tensor cores read eight halves at once; floats are padded to 16 bytes.
        return {TensorLayout::kNhwc, type_ == DType::f32 ? 4 : 8};
    }

    RouteShape shape_of(const RouteTask& task) const {
        return {task.spec, !task.bias.empty(), layout_, type_};
    }

    RouteParts parts() {
        return {&device_,
                handles_.of(*stream_),
                layout_,
                type_,
                [this](const std::string& name, DType stored, const auto& values) {
                    return constant(name, stored, values);
                },
                prepare_narrow};
    }

    /// The fastest way of an earlier run; `any_size`: the last one that was found at any size.
    std::optional<RouteChoice> known_choice(const RouteTask& task, bool any_size) const {
        const std::optional<std::string> text = cache_.find(shape_name(shape_of(task), any_size));
        return text ? parse_route(*text) : std::nullopt;
    }

    /// The fastest way of an earlier run; null if it does not work any more.
    std::unique_ptr<Route> remembered(const RouteTask& task) {
        const std::optional<RouteChoice> choice = known_choice(task, false);
        return choice ? try_route(task, *choice) : nullptr;
    }

    /// Null if cuDNN does not support this way, or needs more memory than it may take.
    std::unique_ptr<Route> try_route(const RouteTask& task, const RouteChoice& choice) {
        try {
            auto route = std::make_unique<Route>(parts(), task, choice);
            return route->workspace_bytes() <= most_workspace_of(task.spec) ? std::move(route)
                                                                            : nullptr;
        } catch (const cudnn::CudnnError&) {
            forget_error();
            return nullptr;  // whatever the error is: the next way may work
        }
    }

    /// Of any way to compute it: that of cuDNN, in proportion to what it reads and writes, and the
    /// tensors to which slices are copied. Winograd's transforms, the largest that pay, have four
    /// times as many values as tensors and filters.
    size_t most_workspace_of(const ConvSpec& s) const {
        constexpr size_t kTimes = 8, kLeast = size_t{4} << 20U;
        constexpr size_t kPadding = 4096;  // of the parts, which are aligned
        const auto bytes = [](int channels, int height, int width) {
            return static_cast<size_t>(channels) * height * width * sizeof(float);
        };
        const size_t tensors = bytes(s.in_channels, s.in_height, s.in_width) +
                               bytes(s.out_channels, s.out_height, s.out_width);
        const size_t filters = bytes(s.in_channels, s.kernel_height, s.kernel_width) *
                               static_cast<size_t>(s.out_channels);
        const size_t of_cudnn = std::max(kLeast, kTimes * (tensors + filters));
        return std::min(of_cudnn, workspace_limit_) + tensors + kPadding;
    }

    Found fastest(const RouteTask& task) {
        Found best;
        const Clock::time_point begin = Clock::now();
        const bool may_measure = measured_s_ < budget_s_;
        Scratch scratch{};
        const bool measured = may_measure && make_scratch(task, scratch);
        // Without measuring, the first way that works is taken: the most promising come first.
        const auto done = [&] {
            return best.route != nullptr && (!measured || seconds_since(begin) > kBudgetOfOneS);
        };
        // The fastest way at another size is seldom a bad choice.
        if (const std::optional<RouteChoice> known = known_choice(task, true))
            try_to_beat(best, task, *known, measured, scratch);
        for (RouteChoice choice : routes_for(shape_of(task))) {
            // The legacy calls are only for what graphs do not support.
            const bool last_resort = choice.api == RouteChoice::Api::legacy;
            if (done() || (last_resort && best.route != nullptr)) break;
            for (const cudnn::EngineChoice& engine : engines_of(task, choice)) {
                choice.engine = engine;
                try_to_beat(best, task, choice, measured, scratch);
                if (done()) break;
            }
        }
        measured_s_ += seconds_since(begin);
        if (best.route != nullptr) keep(task, best, measured);
        return best;
    }

    /// For the next run, and all that run now: another way has other bits.
    void keep(const RouteTask& task, Found& best, bool measured) {
        const std::string name = shape_name(shape_of(task), false);
        const std::string way = to_text(best.route->choice());
        if (measured) cache_.put(shape_name(shape_of(task), true), way);
        if (cache_.put(name, way) == way) return;
        if (std::unique_ptr<Route> agreed = remembered(task))
            best.route = std::move(agreed);
        else
            cache_.put(name, way);
    }

    /// Replaces `best` with this way if it works and is faster, or is the first.
    void try_to_beat(Found& best, const RouteTask& task, const RouteChoice& choice, bool measured,
                     Scratch& scratch) {
        Found found{try_route(task, choice)};
        if (found.route == nullptr) return;
        try {
            if (measured) found.ms = measure(*found.route, scratch);
        } catch (const cudnn::CudnnError&) {
            forget_error();
            return;
        } catch (const OutOfMemory&) {
            return;
        }
        if (best.route == nullptr || found.ms < best.ms) best = std::move(found);
    }

    std::vector<cudnn::EngineChoice> engines_of(const RouteTask& task, const RouteChoice& choice) {
        try {
            return Route::engines(handles_.of(*stream_), shape_of(task), choice, kEnginesMeasured);
        } catch (const cudnn::CudnnError&) {
            forget_error();
            return {};
        }
    }

    bool make_scratch(const RouteTask& task, Scratch& scratch) {
        const ConvSpec& s = task.spec;
        const auto bytes = [](int channels, int parent, int height, int width) {
            constexpr int kPictureChannels = 8;
            const int stored = std::max({channels, parent, kPictureChannels});
            return static_cast<size_t>(stored) * height * width * sizeof(float);
        };
        const size_t x = bytes(s.in_channels, s.in_parent_channels, s.in_height, s.in_width);
        const size_t y = bytes(s.out_channels, s.out_parent_channels, s.out_height, s.out_width);
        const bool forward = s.direction == ConvDirection::forward;
        try {
            scratch.in = Buffer<char>(device_, forward ? x : y);
            scratch.out = Buffer<char>(device_, forward ? y : x);
        } catch (const OutOfMemory&) {
            scratch = {};
            return false;
        }
        fill(scratch.in);
        device_.clear(*stream_, scratch.out.data(), scratch.out.bytes());
        return true;
    }

    /// With random values of -1 … 1: products of zeros take less power, and so less time.
    void fill(const Buffer<char>& memory) {
        constexpr size_t kValues = size_t{1} << 18U;
        std::vector<char> bytes(kValues * bytes_of(type_));
        uint32_t state = 1;
        for (size_t i = 0; i < kValues; ++i) {
            state = state * 1664525U + 1013904223U;  // Knuth's linear congruential generator
            store(type_, static_cast<float>(state >> 8U) * 0x1p-23F - 1.0F, bytes, i);
        }
        size_t filled = std::min(memory.bytes(), bytes.size());
        device_.upload(*stream_, memory.data(), bytes.data(), filled);
        while (filled < memory.bytes()) {
            const size_t more = std::min(filled, memory.bytes() - filled);
            device_.copy(*stream_, memory.data() + filled, memory.data(), more);
            filled += more;
        }
    }

    /// Milliseconds of one run.
    float measure(Route& route, Scratch& scratch) {
        if (scratch.workspace.size() < route.workspace_bytes()) {
            scratch.workspace = {};
            scratch.workspace = Buffer<char>(device_, route.workspace_bytes());
        }
        const cudnnHandle_t handle = handles_.of(*stream_);
        return ms_of_work(device_, *stream_, timer_, [&] {
            route.run(handle, *stream_, scratch.in.data(), scratch.out.data(),
                      scratch.workspace.data());
        });
    }

    /// Measures whether the convolutions of an inception module are faster in NHWC or in NCHW:
    /// forward and backward, including the copies of slices.
    TensorLayout choose_layout() {
        const TensorLayout nchw{1, 3};
        const std::string key = "layout," + std::to_string(static_cast<int>(type_));
        if (const auto known = cache_.find(key)) return *known == "nchw" ? nchw : nhwc();
        float ms[2] = {0, 0};
        for (const bool planar : {false, true}) {
            layout_ = planar ? nchw : nhwc();
            for (const bool backward : {false, true}) {
                ConvSpec merged;  // 1×1 into the end of a module's tensor
                merged.direction = backward ? ConvDirection::backward_data : ConvDirection::forward;
                merged.in_channels = 192;
                merged.out_channels = 176;
                merged.in_parent_channels = 192;
                merged.out_parent_channels = 368;
                merged.in_height = merged.out_height = 68;
                merged.in_width = merged.out_width = 120;
                merged.relu = !backward;
                ConvSpec square = merged;  // 3×3 from slice to slice
                square.in_channels = 96;
                square.in_parent_channels = 368;
                square.out_channels = 128;
                square.kernel_height = square.kernel_width = 3;
                square.pad_top = square.pad_left = 1;
                for (const ConvSpec& spec : {merged, square})
                    ms[planar ? 1 : 0] += probe(spec, backward);
            }
        }
        constants_.clear();
        const bool planar = ms[1] < ms[0];
        return cache_.put(key, planar ? "nchw" : "nhwc") == "nchw" ? nchw : nhwc();
    }

    float probe(const ConvSpec& spec, bool backward) {
        const size_t filters = static_cast<size_t>(spec.in_channels) * spec.out_channels;
        const std::vector<float> weights(filters * spec.kernel_height * spec.kernel_width, 0.01F);
        const std::vector<float> bias(backward ? 0 : spec.out_channels, 0.0F);
        const std::string name = std::to_string(layout_.block_channels) + std::to_string(filters);
        return fastest({spec, "probe " + name, weights, bias}).ms;
    }

    const void* constant(const std::string& name, DType stored,
                         const std::function<std::vector<float>()>& values) {
        Buffer<char>& buffer = constants_[name];
        if (buffer.size() > 0) return buffer.data();
        const std::vector<float> floats = values();
        std::vector<char> bytes(floats.size() * bytes_of(stored));
        for (size_t i = 0; i < floats.size(); ++i) store(stored, floats[i], bytes, i);
        buffer = Buffer<char>(device_, bytes.size());
        device_.upload(*stream_, buffer.data(), bytes.data(), bytes.size());
        stream_->synchronize();
        return buffer.data();
    }

    static void store(DType type, float value, std::vector<char>& bytes, size_t index) {
        if (type == DType::f32) {
            std::memcpy(&bytes[index * sizeof value], &value, sizeof value);
            return;
        }
        const uint16_t bits =
            type == DType::f16 ? from_float<Half>(value).bits : from_float<Bf16>(value).bits;
        std::memcpy(&bytes[index * sizeof bits], &bits, sizeof bits);
    }

    Device& device_;
    std::unique_ptr<Stream> stream_;
    DType type_;
    TensorLayout layout_;
    RouteCache& cache_;
    StreamHandles handles_;
    std::unique_ptr<ConvEngine> direct_;
    size_t workspace_limit_ = 0;
    const double budget_s_ = seconds_to_measure(std::getenv("REVERIE_MEASURE_S"), kBudgetOfAllS);
    double measured_s_ = 0;
    CudaTimer timer_;
    std::mutex making_;
    std::map<std::string, Buffer<char>> constants_;
};

}  // namespace

std::string cudnn_version() {
    const size_t version = cudnnGetVersion();
    return std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." +
           std::to_string(version % 100);
}

void require_cudnn() { const cudnn::Handle handle; }

std::unique_ptr<ConvEngine> make_cudnn_engine(Device& device, DType type, RouteCache& choices) {
    return std::make_unique<CudnnEngine>(device, type, choices);
}

}  // namespace reverie
