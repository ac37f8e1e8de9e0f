// Streams, the events that order them, and the probe that finds out what would be queued on them.
#pragma once

#include <vector>

#include "kernels/graph_key.h"

namespace reverie {

class Probe;
class Stream;

/// A point in what a stream does, for other streams (Stream::wait_on) and the host to wait for.
class Event {
  public:
    virtual ~Event() = default;
    /// After all that was queued on the stream so far, in place of where it was before.
    void record(Stream& stream);
    /// Returns when it is reached: what was fetched before it is valid. Throws Error if any of it
    /// failed.
    virtual void synchronize() = 0;

  protected:
    virtual void queue_record(Stream& stream) = 0;
    virtual void queue_wait(Stream& stream) = 0;

  private:
    friend class Probe;
    friend class Stream;
    Probe* probe_ = nullptr;  ///< that it was last recorded in
};

/// An ordered queue of work. The CPU's runs everything at once, in the calling thread.
class Stream {
  public:
    virtual ~Stream() = default;
    /// Returns when all that was queued is done. Throws Error if any of it failed.
    virtual void synchronize() = 0;
    /// What is queued from now on comes after the event.
    void wait_on(Event& event);
    /// Where it is not null, work is added to its key instead of being queued.
    Probe* probe() const { return probe_; }

  private:
    friend class Probe;
    Probe* probe_ = nullptr;
    Identity identity_;
};

/// Finds the key of work without doing it: for as long as there is one of a stream, whatever is
/// queued there only adds to the key. It spreads to other streams by events, as a capture does.
class Probe {
  public:
    /// `key` is emptied, and is the work's when the probe ends. Both outlive it.
    Probe(Stream& stream, GraphKey& key) : key_(key) {
        key_.clear();
        join(stream);
    }
    Probe(const Probe&) = delete;
    Probe& operator=(const Probe&) = delete;
    ~Probe() {
        for (Stream* stream : streams_) stream->probe_ = nullptr;
        for (Event* event : events_) event->probe_ = nullptr;
    }
    /// A stream keeps memory of its own, which its work is recorded with.
    template <class... Args>
    void add(std::string_view work, const Stream& stream, const Args&... args) {
        key_.add(work, stream.identity_.value(), args...);
    }

  private:
    friend class Event;
    friend class Stream;
    void join(Stream& stream) {
        if (stream.probe_ == this) return;
        stream.probe_ = this;
        streams_.push_back(&stream);
    }

    GraphKey& key_;
    std::vector<Stream*> streams_;
    std::vector<Event*> events_;
};

inline void Event::record(Stream& stream) {
    if (stream.probe() == nullptr) {
        probe_ = nullptr;
        return queue_record(stream);
    }
    if (probe_ != stream.probe()) stream.probe()->events_.push_back(this);
    probe_ = stream.probe();
    probe_->add("record", stream, this);
}

inline void Stream::wait_on(Event& event) {
    if (event.probe_ == nullptr) return event.queue_wait(*this);
    event.probe_->join(*this);
    event.probe_->add("wait", *this, &event);
}

}  // namespace reverie
