// Streams, the events that order them, and the recorder of the key of what would be queued on them.
#pragma once

#include <vector>

#include "kernels/graph_key.h"

namespace reverie {

class KeyRecorder;
class Stream;

/// A point in a stream's work that other streams (Stream::wait_on) and the host can wait for.
class Event {
  public:
    virtual ~Event() = default;
    /// Records the event after all work queued on the stream so far; replaces the earlier record.
    void record(Stream& stream);
    /// Waits until the event is reached: data downloaded before it is then valid. Throws Error if
    /// any of the work failed.
    virtual void synchronize() = 0;

  protected:
    virtual void queue_record(Stream& stream) = 0;
    virtual void queue_wait(Stream& stream) = 0;

  private:
    friend class KeyRecorder;
    friend class Stream;
    KeyRecorder* recorder_ = nullptr;  ///< of its last record
};

/// An ordered queue of work. A CPU's stream runs everything at once, in the calling thread.
class Stream {
  public:
    virtual ~Stream() = default;
    /// Waits until all queued work is done. Throws Error if any of it failed.
    virtual void synchronize() = 0;
    /// Work queued from now on runs after the event.
    void wait_on(Event& event);
    /// If not null, work is added to its key instead of being queued.
    KeyRecorder* recorder() const { return recorder_; }

  private:
    friend class KeyRecorder;
    KeyRecorder* recorder_ = nullptr;
    Identity identity_;
};

/// Finds the key of work without doing it: while a stream has a recorder, work queued there is only
/// added to the key. It spreads to other streams by events, as a capture does.
class KeyRecorder {
  public:
    /// Empties `key`, which is complete when the recorder is destroyed. Stream and key must outlive
    /// it.
    KeyRecorder(Stream& stream, GraphKey& key) : key_(key) {
        key_.clear();
        join(stream);
    }
    KeyRecorder(const KeyRecorder&) = delete;
    KeyRecorder& operator=(const KeyRecorder&) = delete;
    ~KeyRecorder() {
        for (Stream* stream : streams_) stream->recorder_ = nullptr;
        for (Event* event : events_) event->recorder_ = nullptr;
    }
    /// The stream is part of the key: each stream has memory of its own.
    template <class... Args>
    void add(std::string_view work, const Stream& stream, const Args&... args) {
        key_.add(work, stream.identity_.value(), args...);
    }

  private:
    friend class Event;
    friend class Stream;
    void join(Stream& stream) {
        if (stream.recorder_ == this) return;
        stream.recorder_ = this;
        streams_.push_back(&stream);
    }

    GraphKey& key_;
    std::vector<Stream*> streams_;
    std::vector<Event*> events_;
};

inline void Event::record(Stream& stream) {
    if (stream.recorder() == nullptr) {
        recorder_ = nullptr;
        return queue_record(stream);
    }
    if (recorder_ != stream.recorder()) stream.recorder()->events_.push_back(this);
    recorder_ = stream.recorder();
    recorder_->add("record", stream, this);
}

inline void Stream::wait_on(Event& event) {
    if (event.recorder_ == nullptr) return event.queue_wait(*this);
    event.recorder_->join(*this);
    event.recorder_->add("wait", *this, &event);
}

}  // namespace reverie
