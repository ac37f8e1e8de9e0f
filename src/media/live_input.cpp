#include "src/media/live_input.h"

#include <utility>

#include "src/media/sources/live_session.h"

namespace reverie {

const char* name_of(LiveState state) {
    switch (state) {
        case LiveState::opening:
            return "opening";
        case LiveState::running:
            return "running";
        case LiveState::stalled:
            return "stalled";
        case LiveState::lost:
            return "lost";
        default:
            return "closed";
    }
}

LiveInput::~LiveInput() {
    if (const std::shared_ptr<LiveSession> last = session()) last->retire();
}

void LiveInput::open(const std::string& spec, const SourceOptions& options) {
    const std::lock_guard<std::mutex> lock(mutex_);
    session_ = LiveSession::start(spec, options, std::move(session_));
}

/// An empty spec means no source: its session only waits for the end of the previous one.
void LiveInput::close() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (session_) session_ = LiveSession::start("", {}, std::move(session_));
}

bool LiveInput::take(LiveFrame& out) {
    const std::shared_ptr<LiveSession> now = session();
    return now && now->mailbox().take(out);
}

bool LiveInput::take_within(LiveFrame& out, double longest_s) {
    const std::shared_ptr<LiveSession> now = session();
    return now && now->mailbox().take_within(out, std::chrono::duration<double>(longest_s));
}

LiveStatus LiveInput::status() const {
    const std::shared_ptr<LiveSession> now = session();
    return now ? now->status() : LiveStatus();
}

void LiveInput::pause(bool paused) {
    if (const std::shared_ptr<LiveSession> now = session()) now->pause(paused);
}

void LiveInput::seek(double share) {
    if (const std::shared_ptr<LiveSession> now = session()) now->seek(share);
}

std::shared_ptr<LiveSession> LiveInput::session() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return session_;
}

}  // namespace reverie
