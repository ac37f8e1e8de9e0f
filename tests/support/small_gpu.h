// A CPU device that calls itself a GPU and has so much memory, whose convolutions work in memory that
// their caller gives them. The network's weights lie elsewhere.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "src/util/error.h"
#include "tests/support/forwarding_device.h"
#include "tests/support/odd_workspace.h"

namespace reverie::test {

/// Thread-safety: as Device.
class SmallGpu : public ForwardingDevice {
  public:
    static constexpr size_t kPlenty = std::numeric_limits<size_t>::max();

    explicit SmallGpu(size_t most_bytes = kPlenty)
        : ForwardingDevice(open_device({"cpu", 2})), info_(inner().info()), most_(most_bytes) {
        info_.kind = DeviceKind::cuda;
        info_.name = "a small GPU of the test's";
    }
    /// From now on; what is there stays.
    void limit(size_t bytes) { most_ = bytes; }
    /// Refuses the n-th allocation from now on, once.
    void refuse(int nth) { to_refuse_ = nth; }
    /// Of all that is allocated now, and of the most at once.
    size_t bytes() const { return bytes_; }
    size_t peak() const { return peak_; }
    /// How many allocations did not fit.
    int refused() const { return refused_; }
    /// How many runs of a convolution found that others wrote to their workspace.
    int disturbed() const { return disturbed_; }

    const DeviceInfo& info() const override { return info_; }
    void* allocate(size_t bytes) override {
        {
            const std::lock_guard lock(mutex_);
            if (--to_refuse_ == 0 || bytes > most_ || bytes_ > most_ - bytes) {
                ++refused_;
                throw OutOfMemory("CUDA: out of memory: the test's GPU is small");
            }
            bytes_ += bytes;
            peak_ = std::max<size_t>(peak_, bytes_);
        }
        void* const memory = ForwardingDevice::allocate(bytes);
        const std::lock_guard lock(mutex_);
        sizes_[memory] = bytes;
        return memory;
    }
    void release(void* memory) noexcept override {
        {
            const std::lock_guard lock(mutex_);
            const auto known = sizes_.find(memory);
            bytes_ -= known->second;
            sizes_.erase(known);
        }
        ForwardingDevice::release(memory);
    }
    size_t free_memory() const override {
        if (most_ == kPlenty) return ForwardingDevice::free_memory();
        return most_ - std::min<size_t>(most_, bytes_);
    }
    std::unique_ptr<ConvEngine> make_conv_engine(DType type, ConvKind kind) override {
        return std::make_unique<Engine>(*this, ForwardingDevice::make_conv_engine(type, kind));
    }

  private:
    class Engine : public ForwardingEngine {
      public:
        Engine(SmallGpu& gpu, std::unique_ptr<ConvEngine> inner)
            : ForwardingEngine(std::move(inner)), gpu_(gpu) {}
        size_t most_workspace_bytes(const ConvSpec& spec) const override {
            return most_odd_workspace_bytes(spec);
        }
        std::unique_ptr<Conv> make(const ConvSpec& spec, const std::string& key,
                                   const std::vector<float>& weights,
                                   const std::vector<float>& bias) override {
            return std::make_unique<Working>(gpu_, ForwardingEngine::make(spec, key, weights, bias),
                                             odd_workspace_bytes(spec));
        }

      private:
        SmallGpu& gpu_;
    };

    class Working : public Conv {
      public:
        Working(SmallGpu& gpu, std::unique_ptr<Conv> inner, size_t bytes)
            : gpu_(gpu), inner_(std::move(inner)), bytes_(bytes) {}
        size_t workspace_bytes() const override { return bytes_; }
        void queue(Stream& stream, const void* in, void* out, void* workspace) override {
            fill_odd_workspace(workspace, bytes_, 5);
            inner_->run(stream, in, out, nullptr);
            if (!odd_workspace_is_whole(workspace, bytes_, 5)) ++gpu_.disturbed_;
        }
        std::string algorithm() const override { return inner_->algorithm(); }

      private:
        SmallGpu& gpu_;
        std::unique_ptr<Conv> inner_;
        size_t bytes_;
    };

    DeviceInfo info_;
    std::atomic<size_t> most_, bytes_ = 0, peak_ = 0;
    std::atomic<int> refused_ = 0, disturbed_ = 0;
    std::atomic<int> to_refuse_ = 0;
    std::mutex mutex_;
    std::unordered_map<void*, size_t> sizes_;
};

}  // namespace reverie::test
