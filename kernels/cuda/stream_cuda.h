// A CUDA stream for the Execs and the copies of the CUDA module. It owns the few bytes in which a
// reduction keeps its partial sums, so that no op allocates, and the pinned memory that all copies
// between host and device pass through, so that no copy waits for the stream.
#pragma once

#include <cuda_runtime_api.h>

#include <atomic>
#include <deque>
#include <utility>
#include <vector>

#include "kernels/allocation_book.h"
#include "kernels/device.h"

namespace reverie {

class CudaStream : public Stream {
  public:
    /// Partial sums of one reduction. Streams run in order, so one set a stream is enough.
    static constexpr int kPartials = 1024;

    /// What a device counts; it outlives its streams.
    struct Counts {
        AllocationBook book;
        std::atomic<int64_t> waits = 0;
    };

    /// On device `index`; `urgent`: with the highest priority, else with the lowest. Throws Error;
    /// OutOfMemory if that is the reason.
    CudaStream(int index, Counts& counts, bool urgent = false);
    CudaStream(const CudaStream&) = delete;
    CudaStream& operator=(const CudaStream&) = delete;
    ~CudaStream() override;

    void synchronize() override;
    /// See Device.
    void upload(void* device, const void* host, size_t bytes);
    void download_async(void* host, const void* device, size_t bytes);
    /// Number of download_async() calls so far.
    uint64_t downloads() const { return downloads_; }
    /// Waits for `reached`; the first `downloads` of all downloads are then on the host.
    void wait(cudaEvent_t reached, uint64_t downloads);

    cudaStream_t handle() const { return handle_; }
    /// Device memory for kPartials values.
    double* partials() const { return partials_; }
    /// Makes this stream's device current for the calling thread, as launches and copies need.
    void make_current() const;

  private:
    /// Pinned memory, free again once the work queued before `used` is done.
    struct Staging {
        Staging() = default;
        Staging(Staging&& other) noexcept
            : memory(std::exchange(other.memory, nullptr)),
              size(other.size),
              used(std::exchange(other.used, nullptr)) {}
        Staging& operator=(Staging&&) = delete;
        Staging(const Staging&) = delete;
        Staging& operator=(const Staging&) = delete;
        ~Staging();
        char* memory = nullptr;
        size_t size = 0;
        cudaEvent_t used = nullptr;
    };
    struct QueuedDownload {
        void* host;
        size_t staging;  ///< in down_
        size_t bytes;
    };
    Staging& next_staging(size_t bytes);
    void reserve(Staging& staging, size_t bytes);
    void finish_downloads(uint64_t count, bool valid);

    int index_;
    Counts& counts_;
    cudaStream_t handle_ = nullptr;
    double* partials_ = nullptr;
    std::vector<Staging> small_, large_;  ///< for uploads, used in turn
    size_t next_small_ = 0, next_large_ = 0;
    std::vector<Staging> down_;
    std::deque<size_t> free_down_;                 ///< free slots of down_, the longest free first
    std::deque<QueuedDownload> queued_downloads_;  ///< not on the host yet, in order
    uint64_t downloads_ = 0;
};

/// An event.
class CudaEvent : public Event {
  public:
    CudaEvent();
    CudaEvent(const CudaEvent&) = delete;
    CudaEvent& operator=(const CudaEvent&) = delete;
    ~CudaEvent() override;
    void queue_record(Stream& stream) override;
    void queue_wait(Stream& stream) override;
    void synchronize() override;

  private:
    cudaEvent_t event_ = nullptr;
    CudaStream* stream_ = nullptr;  ///< on which it was recorded
    uint64_t downloads_ = 0;        ///< of that stream, before it
};

/// A pair of events. On the calling thread's current device.
class CudaTimer : public StreamTimer {
  public:
    CudaTimer();
    CudaTimer(const CudaTimer&) = delete;
    CudaTimer& operator=(const CudaTimer&) = delete;
    ~CudaTimer() override;
    void begin(Stream& stream) override;
    void end(Stream& stream) override;
    double ms() override;

  private:
    cudaEvent_t begin_ = nullptr, end_ = nullptr;
};

}  // namespace reverie
