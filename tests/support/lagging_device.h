// A CPU device that delays work as much as a GPU may: queued work runs only when somebody waits for
// it, and then the streams' work runs in any order that their events allow. Uploads are read at
// once, as through pinned memory; downloaded bytes arrive with the next wait. Memory is filled with
// NaN when it is allocated and when it is released; releasing waits for all streams. Captured work
// is what was queued during the capture, with the arguments of that time; nothing else may be asked
// of the device meanwhile. What a host must not do is noted as a fault: work on memory that is not
// the device's, or calls that a capture does not allow.
#pragma once

#include <atomic>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>

#include "kernels/conv.h"
#include "kernels/keyed_ops.h"
#include "tests/support/forwarding_device.h"
#include "tests/support/late_ops.h"
#include "tests/support/odd_workspace.h"

namespace reverie::test {

class LaggingDevice : public ForwardingDevice, private LateQueue {
  public:
    /// `kind`: what it calls itself.
    explicit LaggingDevice(DeviceKind kind = DeviceKind::cuda)
        : ForwardingDevice(open_device({"cpu", 2})),
          info_(inner().info()),
          ops_(inner().ops(), *this) {
        info_.kind = kind;
        info_.parallel_streams = 3;
    }

    /// One line for each thing that a GPU would not have accepted.
    std::set<std::string> faults() const {
        const std::lock_guard lock(mutex_);
        return faults_;
    }
    int64_t replayed() const { return replayed_; }

    const DeviceInfo& info() const override { return info_; }
    size_t free_memory() const override { return size_t{1} << 30U; }
    void limit_threads(int /*threads*/) override {}
    void* allocate(size_t bytes) override {
        forbid_while_recording("memory is allocated");
        void* memory = ForwardingDevice::allocate(bytes);
        std::memset(memory, 0xFF, bytes);
        const std::lock_guard lock(mutex_);
        memory_[memory] = bytes;
        return memory;
    }
    void release(void* memory) noexcept override {
        {
            const std::lock_guard lock(mutex_);
            if (is_recording()) faults_.insert("memory is let go in a recording");
            for (LaggingStream* stream : streams_) run_until(*stream, nullptr);
            const auto known = memory_.find(memory);
            std::memset(memory, 0xFF, known->second);
            memory_.erase(known);
        }
        ForwardingDevice::release(memory);
    }
    std::unique_ptr<Stream> make_stream() override {
        return std::make_unique<LaggingStream>(*this, ForwardingDevice::make_stream());
    }
    std::unique_ptr<Event> make_event() override { return std::make_unique<LaggingEvent>(*this); }
    bool captures() const override { return true; }
    std::unique_ptr<ExecutableGraph> capture(Stream& stream,
                                             const std::function<void()>& work) override {
        return std::make_unique<LaggingGraph>(*this, record(stream, work));
    }
    void upload(Stream& stream, void* device, const void* host, size_t bytes) override {
        forbid_while_recording("something is uploaded");
        check(device, bytes);
        const auto* begin = static_cast<const char*>(host);
        queue(stream, [device, taken = std::vector<char>(begin, begin + bytes)](Stream&) {
            std::memcpy(device, taken.data(), taken.size());
        });
    }
    void download_async(Stream& stream, void* host, const void* device, size_t bytes) override {
        forbid_while_recording("something is fetched");
        check(device, bytes);
        auto staged = std::make_shared<std::vector<char>>(bytes);
        queue(stream, [=](Stream&) { std::memcpy(staged->data(), device, bytes); });
        const std::lock_guard lock(mutex_);
        auto& on = static_cast<LaggingStream&>(stream);
        on.fetched.push_back({host, staged});
        ++on.fetches;
    }
    Ops& ops() override { return keyed_ops_; }
    std::unique_ptr<ConvEngine> make_conv_engine(DType type, ConvKind kind) override {
        return std::make_unique<Engine>(*this, ForwardingDevice::make_conv_engine(type, kind));
    }

  private:
    using Work = std::function<void(Stream&)>;
    using Flag = std::shared_ptr<bool>;  ///< whether an event is reached

    class LaggingStream : public Stream {
      public:
        LaggingStream(LaggingDevice& device, std::unique_ptr<Stream> inner)
            : device_(device), inner_(std::move(inner)) {
            const std::lock_guard lock(device_.mutex_);
            device_.streams_.insert(this);
        }
        ~LaggingStream() override {
            const std::lock_guard lock(device_.mutex_);
            device_.run_until(*this, nullptr);
            device_.streams_.erase(this);
        }
        void synchronize() override {
            device_.forbid_while_recording("somebody waits");
            const std::lock_guard lock(device_.mutex_);
            device_.run_until(*this, nullptr);
            deliver(fetches);
            inner_->synchronize();
        }
        /// Delivers those of the first `count` downloads that are not on the host yet.
        void deliver(size_t count) {
            while (!fetched.empty() && fetches - fetched.size() < count) {
                const Fetched& f = fetched.front();
                std::memcpy(f.host, f.staged->data(), f.staged->size());
                fetched.pop_front();
            }
        }
        bool can_run() const {
            return !queued.empty() && (queued.front().after == nullptr || *queued.front().after);
        }
        void run_one() {
            const Item item = std::move(queued.front());
            queued.pop_front();
            item.work(*inner_);
        }

        struct Item {
            Work work;
            Flag after;  ///< null: nothing
        };
        struct Fetched {
            void* host;
            std::shared_ptr<std::vector<char>> staged;
        };
        std::deque<Item> queued;
        std::deque<Fetched> fetched;
        size_t fetches = 0;

      private:
        LaggingDevice& device_;
        std::unique_ptr<Stream> inner_;
    };

    class LaggingEvent : public Event {
      public:
        explicit LaggingEvent(LaggingDevice& device) : device_(device) {}
        void queue_record(Stream& stream) override {
            const std::lock_guard lock(device_.mutex_);
            stream_ = &static_cast<LaggingStream&>(stream);
            if (device_.is_recording()) {
                work_ = device_.recorded_work_[stream_];
                device_.recording_.push_back([this, &stream] { queue_record(stream); });
                return;
            }
            reached_ = std::make_shared<bool>(false);
            fetches_ = stream_->fetches;
            stream_->queued.push_back({[flag = reached_](Stream&) { *flag = true; }, nullptr});
        }
        void queue_wait(Stream& stream) override {
            const std::lock_guard lock(device_.mutex_);
            if (device_.is_recording()) {
                device_.join(*stream_, work_, static_cast<LaggingStream&>(stream));
                device_.recording_.push_back([this, &stream] { queue_wait(stream); });
                return;
            }
            if (reached_ == nullptr) return;
            static_cast<LaggingStream&>(stream).queued.push_back({[](Stream&) {}, reached_});
        }
        void synchronize() override {
            device_.forbid_while_recording("somebody waits");
            const std::lock_guard lock(device_.mutex_);
            if (reached_ == nullptr) return;
            device_.run_until(*stream_, reached_.get());
            stream_->deliver(fetches_);
        }

      private:
        LaggingDevice& device_;
        LaggingStream* stream_ = nullptr;
        Flag reached_;
        size_t fetches_ = 0, work_ = 0;  ///< of its stream, before the event
    };

    using Recording = std::vector<std::function<void()>>;  ///< each queues something again

    class LaggingGraph : public ExecutableGraph {
      public:
        LaggingGraph(LaggingDevice& device, Recording recording)
            : device_(device), recording_(std::move(recording)) {}
        void launch(Stream& /*stream*/) override {
            for (const std::function<void()>& queue_again : recording_) queue_again();
            ++device_.replayed_;
        }

      private:
        LaggingDevice& device_;
        Recording recording_;
    };

    class Engine : public ForwardingEngine {
      public:
        Engine(LaggingDevice& device, std::unique_ptr<ConvEngine> inner)
            : ForwardingEngine(std::move(inner)), device_(device) {}
        std::unique_ptr<Conv> make(const ConvSpec& spec, const std::string& key,
                                   const std::vector<float>& weights,
                                   const std::vector<float>& bias) override {
            return std::make_unique<LateConv>(
                device_, ForwardingEngine::make(spec, key, weights, bias), spec);
        }
        size_t most_workspace_bytes(const ConvSpec& spec) const override {
            return most_odd_workspace_bytes(spec);
        }

      private:
        class LateConv : public Conv {
          public:
            LateConv(LaggingDevice& device, std::unique_ptr<Conv> inner, const ConvSpec& spec)
                : device_(device),
                  inner_(std::move(inner)),
                  workspace_bytes_(odd_workspace_bytes(spec)) {}
            size_t workspace_bytes() const override { return workspace_bytes_; }
            void queue(Stream& stream, const void* in, void* out, void* workspace) override {
                device_.check(in, 1);
                device_.check(out, 1);
                device_.check(workspace, workspace_bytes_);
                // In three pieces: those of other streams come between them.
                const size_t bytes = workspace_bytes_;
                const auto seed = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(this) / 64);
                device_.queue(stream, [=](Stream&) { fill_odd_workspace(workspace, bytes, seed); });
                device_.queue(stream,
                              [=, conv = inner_](Stream& s) { conv->run(s, in, out, nullptr); });
                device_.queue(stream, [=, device = &device_](Stream&) {
                    if (!odd_workspace_is_whole(workspace, bytes, seed))
                        device->faults_.insert("a workspace is written to by others");
                });
            }
            std::string algorithm() const override { return inner_->algorithm(); }

          private:
            LaggingDevice& device_;
            std::shared_ptr<Conv> inner_;  ///< lives until its work is done
            size_t workspace_bytes_;
        };

        LaggingDevice& device_;
    };

    void queue_copy(Stream& stream, void* dst, const void* src, size_t bytes) override {
        check(dst, bytes);
        check(src, bytes);
        queue(stream, [=](Stream&) { std::memmove(dst, src, bytes); });
    }
    void queue_clear(Stream& stream, void* dst, size_t bytes) override {
        check(dst, bytes);
        queue(stream, [=](Stream&) { std::memset(dst, 0, bytes); });
    }
    void queue(Stream& stream, Work work) override {
        const std::lock_guard lock(mutex_);
        auto& on = static_cast<LaggingStream&>(stream);
        if (!is_recording()) {
            on.queued.push_back({std::move(work), nullptr});
            return;
        }
        if (recorded_work_.count(&on) == 0) faults_.insert("work beside what is recorded");
        ++recorded_work_[&on];
        recording_.push_back([this, &stream, work = std::move(work)] { queue(stream, work); });
    }
    /// Runs queued work of any stream that need not wait, until `target` has none left or, if
    /// `reached` is not null, that flag is set.
    void run_until(LaggingStream& target, const bool* reached) {
        while (!target.queued.empty() && (reached == nullptr || !*reached)) {
            std::vector<LaggingStream*> ready;
            for (LaggingStream* stream : streams_) {
                if (stream->can_run()) ready.push_back(stream);
            }
            if (ready.empty()) {
                faults_.insert("streams wait for each other");
                return;
            }
            ready[order_() % ready.size()]->run_one();
        }
    }
    bool is_recording() const { return recording_by_ == std::this_thread::get_id(); }
    /// Orders `stream` after the first `work` recorded pieces of `from`.
    void join(LaggingStream& from, size_t work, LaggingStream& stream) {
        if (recorded_work_.count(&from) == 0) return;
        recorded_work_.emplace(&stream, 0);
        if (recorded_work_[&from] == work) joined_[&from] = work;
    }
    using LateQueue::check;
    void check(const void* begin, size_t bytes) const override {
        if (begin == nullptr) return;
        const std::lock_guard lock(mutex_);
        auto after = memory_.upper_bound(const_cast<void*>(begin));
        if (after != memory_.begin()) {
            const auto& [first, size] = *--after;
            const auto offset = static_cast<size_t>(static_cast<const char*>(begin) -
                                                    static_cast<const char*>(first));
            if (offset + bytes <= size) return;
        }
        faults_.insert("work on memory that is not the device's");
    }
    Recording record(Stream& origin, const std::function<void()>& work) {
        {
            const std::lock_guard lock(mutex_);
            recording_by_ = std::this_thread::get_id();
            recorded_work_ = {{&static_cast<LaggingStream&>(origin), 0}};
            joined_.clear();
        }
        work();
        const std::lock_guard lock(mutex_);
        recording_by_ = {};
        for (const auto& [stream, pieces] : recorded_work_) {
            const bool ends = stream == &origin || joined_[stream] == pieces;
            if (!ends) faults_.insert("a recording ends before all of its streams do");
        }
        return std::exchange(recording_, {});
    }
    void forbid_while_recording(const char* what) {
        const std::lock_guard lock(mutex_);
        if (is_recording()) faults_.insert(std::string(what) + " in a recording");
    }

    DeviceInfo info_;
    LateOps ops_;
    KeyedOps keyed_ops_{ops_};
    mutable std::recursive_mutex mutex_;
    mutable std::set<std::string> faults_;
    std::map<void*, size_t> memory_;
    std::set<LaggingStream*> streams_;
    std::thread::id recording_by_;
    Recording recording_;
    std::map<const Stream*, size_t> recorded_work_;  ///< pieces, of each stream of the recording
    std::map<const Stream*, size_t> joined_;  ///< how many of them another stream has waited for
    std::mt19937 order_{1};
    std::atomic<int64_t> replayed_ = 0;
};

}  // namespace reverie::test
