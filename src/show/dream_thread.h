// Dreams in the background: one job at a time, in a thread with a lower priority than the one that
// shows pictures.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "src/dream/dreamer.h"
#include "src/dream/probe.h"
#include "src/dream/temporal_dream.h"

namespace reverie {

/// Thread-safety: belongs to the show's thread, which may not touch the job while it is dreamed.
class DreamThread {
  public:
    /// The network belongs to the thread from now on: other threads may use only its const
    /// functions. `memory_bytes`: see Dreamer.
    DreamThread(Device& device, Network& network, size_t memory_bytes);
    /// Waits for the step that is being dreamed.
    ~DreamThread();
    DreamThread(const DreamThread&) = delete;
    DreamThread& operator=(const DreamThread&) = delete;

    enum class State : uint8_t {
        idle,      ///< job() may be filled
        dreaming,  ///< job() belongs to the thread
        done,      ///< job() is dreamed
        failed     ///< problem() says why; job() is undefined
    };
    State state() const;
    /// The job: the caller's, except while the state is dreaming.
    DreamJob& job() { return job_; }
    /// What the last job was made of in place of what it asked for. Access as for job().
    const std::optional<DreamedInstead>& instead() const { return instead_; }
    /// The probe for the next job, and the result for the last one. Access as for job().
    ProbeRequest& request() { return request_; }
    ProbeResult& probe() { return probe_; }
    /// What the last job had to change to go on, one line each: see Dreamer::take_notes. Access as for
    /// job().
    const std::vector<std::string>& notes() const { return notes_; }
    /// Layers whose strength in the next job's frame is measured, and those of the last one; see
    /// LayerWatch. Access as for job().
    std::vector<Term>& watched() { return watched_; }
    const std::vector<std::pair<Term, float>>& strengths() const { return strengths_; }
    /// Dreams the job, or fails at once if no thread can be started (the next job tries again). The
    /// caller has synchronised its stream.
    void submit();
    /// After done or failed: idle again.
    void release();
    /// Small work on the network, and on a stream of its own, for which nobody waits: done once,
    /// when nothing is dreamed. `stop` becomes true when the thread is to end. False, and nothing
    /// will be done, while other such work waits or is done, and without a thread.
    using Aside = std::function<void(Stream& stream, const std::atomic<bool>& stop)>;
    bool do_aside(Aside work);
    bool aside_is_busy() const;
    /// One line, after failed.
    std::string problem() const;
    /// After failed: whether the GPU failed, or lacks the memory for the smallest tiles.
    bool gpu_failed() const;
    /// Whether the last dream still used the previous layers and octaves, while the plans for the
    /// requested ones are made in the background.
    bool preparing() const;
    /// How long the last dream took, in ms, without the probe.
    double last_ms() const;
    /// How long the last probe of the layers took, in ms; 0: there was none.
    double look_ms() const;

  private:
    void start();
    void run();
    void run_aside(std::unique_lock<std::mutex>& lock, std::unique_ptr<Stream>& stream);

    Device& device_;
    Network& network_;
    size_t memory_bytes_;
    DreamJob job_;
    std::optional<DreamedInstead> instead_;
    std::vector<std::string> notes_;
    ProbeRequest request_;
    ProbeResult probe_;
    std::vector<Term> watched_;
    std::vector<std::pair<Term, float>> strengths_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    State state_ = State::idle;
    std::atomic<bool> stopping_ = false;
    std::string problem_;
    bool gpu_failed_ = false, preparing_ = false;
    double last_ms_ = 0, look_ms_ = 0;
    Aside aside_;         ///< null: none
    std::thread thread_;  ///< the last member: it uses the others
};

}  // namespace reverie
