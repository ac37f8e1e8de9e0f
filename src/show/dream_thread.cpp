#include "src/show/dream_thread.h"

#include <chrono>
#include <new>
#include <optional>
#include <system_error>

#include "src/dream/layer_watch.h"
#include "src/util/error.h"
#include "src/util/thread_priority.h"

namespace reverie {
namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point begun) {
    return std::chrono::duration<double, std::milli>(Clock::now() - begun).count();
}

}  // namespace

DreamThread::DreamThread(Device& device, Network& network, size_t memory_bytes)
    : device_(device), network_(network), memory_bytes_(memory_bytes) {
    start();
}

void DreamThread::start() {
    try {
        thread_ = std::thread([this] { run(); });
    } catch (const std::system_error& error) {
        const std::lock_guard lock(mutex_);
        state_ = State::failed;
        gpu_failed_ = false;
        problem_ = std::string("the system has no thread for the dream: ") + error.what();
    }
}

DreamThread::~DreamThread() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

DreamThread::State DreamThread::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

void DreamThread::submit() {
    {
        const std::lock_guard lock(mutex_);
        state_ = State::dreaming;
    }
    if (thread_.joinable())
        changed_.notify_all();
    else
        start();
}

bool DreamThread::do_aside(Aside work) {
    {
        const std::lock_guard lock(mutex_);
        if (aside_ || !thread_.joinable()) return false;
        aside_ = std::move(work);
    }
    changed_.notify_all();
    return true;
}

bool DreamThread::aside_is_busy() const {
    const std::lock_guard lock(mutex_);
    return aside_ != nullptr;
}

/// A device that fails here fails again in the next dream, which says so.
void DreamThread::run_aside(std::unique_lock<std::mutex>& lock, std::unique_ptr<Stream>& stream) {
    const Aside work = aside_;
    lock.unlock();
    try {
        if (stream == nullptr) stream = device_.make_stream();
        work(*stream, stopping_);
    } catch (const std::exception&) {
        stream.reset();
    }
    lock.lock();
    aside_ = nullptr;
}

void DreamThread::release() {
    const std::lock_guard lock(mutex_);
    state_ = State::idle;
}

std::string DreamThread::problem() const {
    const std::lock_guard lock(mutex_);
    return problem_;
}

bool DreamThread::gpu_failed() const {
    const std::lock_guard lock(mutex_);
    return gpu_failed_;
}

bool DreamThread::preparing() const {
    const std::lock_guard lock(mutex_);
    return preparing_;
}

double DreamThread::last_ms() const {
    const std::lock_guard lock(mutex_);
    return last_ms_;
}

double DreamThread::look_ms() const {
    const std::lock_guard lock(mutex_);
    return look_ms_;
}

void DreamThread::run() {
    give_way_to_the_show();
    device_.limit_threads(device_.info().threads);
    std::unique_ptr<Stream> stream, aside_stream;
    std::optional<Dreamer> dreamer;
    ProbePictures looked_at;
    LayerWatch watch(network_);
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return stopping_ || state_ == State::dreaming || aside_; });
        if (stopping_) return;
        if (state_ != State::dreaming) {
            run_aside(lock, aside_stream);
            continue;
        }
        lock.unlock();
        std::string problem;
        const bool on_gpu = device_.info().kind != DeviceKind::cpu;
        bool gpu_failed = false;
        double took_ms = 0;
        std::optional<double> look_ms;
        const auto begun = Clock::now();
        try {
            if (!dreamer) {
                stream = device_.make_stream();
                dreamer.emplace(network_, memory_bytes_);
                dreamer->stop_when(stopping_);
                dreamer->prepare_beside();
            }
            dreamer->dream(*stream, job_.frame, job_.params, job_.index, job_.residual,
                           job_.portion, &job_.masks);
            stream->synchronize();
            took_ms = ms_since(begun);
            instead_ = dreamer->dreamed_instead();
            notes_ = dreamer->take_notes();
            network_.make_do([&] {
                probe_ = probe_activations(*stream, network_, dreamer->memory_bytes(), job_.frame,
                                           job_.residual, dreamer->dreamed(), request_, looked_at);
                if (request_.layers) look_ms = ms_since(begun) - took_ms;
                strengths_ = watch.measure(*stream, job_.frame, watched_, false);
            });
        } catch (const DeviceError& error) {
            problem = error.what();
            gpu_failed = on_gpu;
        } catch (const OutOfMemory& error) {
            problem = error.what();
            gpu_failed = on_gpu;
        } catch (const std::bad_alloc&) {
            problem = "out of memory; try a smaller --size";
        } catch (const std::exception& error) {
            problem = error.what();
        }
        lock.lock();
        last_ms_ = took_ms;
        look_ms_ = look_ms.value_or(look_ms_);
        preparing_ = dreamer && dreamer->preparing();
        problem_ = problem;
        gpu_failed_ = gpu_failed;
        state_ = problem.empty() ? State::done : State::failed;
    }
}

}  // namespace reverie
