#include "src/media/sources/live_session.h"

#include <algorithm>
#include <utility>

#include "src/util/error.h"

namespace reverie {
namespace {

using std::chrono::duration;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto kRetry = milliseconds(450);
constexpr auto kLongestEnding = seconds(3);
constexpr auto kLongestWait = seconds(10);  ///< of a paced source between two frames
constexpr auto kLate = milliseconds(100);   ///< a longer delay is not caught up with
constexpr double kStalled_s = 1, kStalledFrames = 2.5;
constexpr double kSilence_s = 10;
constexpr double kEndless_s = 1e8;
constexpr double kUsualFrame_s = 0.04;

double frame_s(const SourceInfo& info) {
    return info.frame_rate.known() ? 1 / info.frame_rate.value() : kUsualFrame_s;
}

}  // namespace

LiveSession::LiveSession(const std::string& spec, const SourceOptions& options)
    : spec_(spec), options_(options), kind_(&source_kind_of(spec)) {
    options_.stop = &stop_;
    options_.damaged = &damaged_;
    if (options_.silence_s <= 0) options_.silence_s = kSilence_s;
    if (kind_->drawn && options_.duration_s <= 0) options_.duration_s = kEndless_s;
    status_.spec = status_.name = spec;
    if (!spec.empty()) status_.state = LiveState::opening;
    newest_ = last_arrival_ = Clock::now();
}

std::shared_ptr<LiveSession> LiveSession::start(const std::string& spec,
                                                const SourceOptions& options,
                                                std::shared_ptr<LiveSession> before) {
    if (before) before->ask_to_stop();
    std::shared_ptr<LiveSession> session(new LiveSession(spec, options));
    session->thread_ = std::thread([session, before = std::move(before)]() mutable {
        if (before) before->retire();
        before.reset();
        session->run();
    });
    return session;
}

void LiveSession::ask_to_stop() {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
    changed_.notify_all();
}

void LiveSession::retire() {
    ask_to_stop();
    std::unique_lock<std::mutex> lock(mutex_);
    const bool ended = changed_.wait_for(lock, kLongestEnding, [this] { return finished_; });
    lock.unlock();
    if (ended) {
        thread_.join();
    } else {
        thread_.detach();
    }
}

void LiveSession::run() {
    while (!stop_ && !spec_.empty()) {
        Next next = Next::retry;
        try {
            const std::unique_ptr<Source> source = open();
            next = read(*source);
        } catch (const Interrupted&) {
            break;
        } catch (const std::exception& error) {
            note_error(error.what());
        }
        if (next == Next::again) continue;
        after_gap_ = true;
        anchored_ = false;
        offset_s_ = 0;
        sleep_until(next == Next::never ? Clock::time_point::max() : Clock::now() + kRetry);
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    finished_ = true;
    changed_.notify_all();
}

std::unique_ptr<Source> LiveSession::open() {
    kind_ = &source_kind_of(spec_);  // a path that did not exist before may be a pipe by now
    SourceOptions options = options_;
    options.start_s += offset_s_;
    if (options.duration_s > 0) options.duration_s -= offset_s_;
    std::unique_ptr<Source> source = kind_->open(spec_, options, &camera_);
    note_opened(source->info());
    return source;
}

LiveSession::Next LiveSession::read(Source& source) {
    first_ = true;
    frames_this_time_ = 0;
    ++openings_;
    while (std::optional<VideoFrame> frame = source.next()) {
        const double own_s = static_cast<double>(frame->pts) * source.info().time_base.value();
        if (std::exchange(first_, false)) {
            const duration<double> gap = Clock::now() - last_arrival_;
            clock_s_ = next_pts_s_ + (after_gap_ && next_pts_s_ > 0 ? gap.count() : 0) - own_s;
            after_gap_ = false;
        }
        if (paced_ && !wait_until_due(clock_s_ + own_s)) break;
        publish(std::move(*frame), source);
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stop_) return Next::never;
    if (seek_) {
        // A position behind the last frame gives the last frame.
        const double last_s = status_.duration_s - frame_s(status_.info);
        offset_s_ = std::clamp(*seek_ * status_.duration_s, 0.0, std::max(0.0, last_s));
        seek_.reset();
        anchored_ = false;
        return Next::again;
    }
    return after_end(source.info());
}

/// Called with the lock held.
LiveSession::Next LiveSession::after_end(const SourceInfo& info) {
    if (info.still) return Next::never;
    if (!kind_->loops(info) || frames_this_time_ == 0) {
        status_.state = LiveState::lost;
        status_.last_error = (kind_->comes_back ? "'" + spec_ + "'" : kind_->name) + " has ended";
        return kind_->comes_back ? Next::retry : Next::never;
    }
    offset_s_ = 0;
    return Next::again;
}

void LiveSession::publish(VideoFrame frame, const Source& source) {
    const SourceInfo& info = source.info();
    const double tick_s = info.time_base.value();
    const double own_s = static_cast<double>(frame.pts) * tick_s;
    const double lasts_s =
        frame.duration > 0 ? static_cast<double>(frame.duration) * tick_s : frame_s(info);
    LiveFrame live{std::move(frame), clock_s_ + own_s, Clock::now(), 0, openings_, offset_s_};
    next_pts_s_ = live.pts_s + lasts_s;
    const double interval_s = duration<double>(live.arrived - last_arrival_).count();
    last_arrival_ = live.arrived;
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (paused_ && !paced_ && !info.still) return;
        live.number = status_.frames++;
        status_.state = LiveState::running;
        status_.last_error.clear();
        status_.width = live.video.width();
        status_.height = live.video.height();
        if (++frames_this_time_ > 1 && interval_s > 0) {
            const double now = 1 / interval_s;
            status_.fps = status_.fps > 0 ? 1 / (0.95 / status_.fps + 0.05 / now) : now;
        }
        if (status_.duration_s > 0) status_.position = (offset_s_ + own_s) / status_.duration_s;
        newest_ = live.arrived;
        damaged_until_newest_ = damaged_;
    }
    mailbox_.put(std::move(live));
}

void LiveSession::note_opened(const SourceInfo& info) {
    paced_ = kind_->needs_pace(info);
    const std::lock_guard<std::mutex> lock(mutex_);
    if (status_.state != LiveState::running) {
        ++status_.openings;
        status_.fps = 0;
    }
    status_.info = info;
    if (!camera_.self.name.empty()) status_.name = camera_.self.name;
    const bool endless = options_.duration_s >= kEndless_s || info.still || !paced_;
    status_.duration_s = endless ? 0 : offset_s_ + info.duration_s;
}

void LiveSession::note_error(const std::string& line) {
    const std::lock_guard<std::mutex> lock(mutex_);
    status_.state = LiveState::lost;
    status_.last_error = line.substr(0, line.find('\n'));
}

/// False if something else must be done first: end, or seek. The first frame after a seek is due at
/// once, also while paused.
bool LiveSession::wait_until_due(double pts_s) {
    std::unique_lock<std::mutex> lock(mutex_);
    Clock::time_point due = Clock::now();
    if (anchored_) {
        due = anchor_ +
              std::chrono::duration_cast<Clock::duration>(duration<double>(pts_s - anchor_pts_s_));
    }
    bool again = !anchored_ || due - Clock::now() > kLongestWait;
    due = std::min<Clock::time_point>(due, Clock::now() + kLongestWait);
    while (anchored_ && !stop_ && !seek_) {
        if (paused_) {
            changed_.wait(lock);
            due = Clock::now();
            again = true;
        } else if (changed_.wait_until(lock, due) == std::cv_status::timeout) {
            break;
        }
    }
    if (stop_ || seek_) return false;
    const Clock::time_point now = Clock::now();
    if (again || now - due > kLate) {
        anchored_ = true;
        anchor_ = now;
        anchor_pts_s_ = pts_s;
    }
    return true;
}

void LiveSession::sleep_until(Clock::time_point when) {
    std::unique_lock<std::mutex> lock(mutex_);
    const auto ended = [this] { return stop_.load(); };
    if (when == Clock::time_point::max()) {
        changed_.wait(lock, ended);
    } else {
        changed_.wait_until(lock, when, ended);
    }
}

LiveStatus LiveSession::status() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    LiveStatus status = status_;
    status.paused = paused_;
    status.dropped = mailbox_.dropped();
    status.damaged = damaged_;
    status.age_s = duration<double>(Clock::now() - newest_).count();
    const double longest_s = std::max(kStalled_s, kStalledFrames * frame_s(status.info));
    if (status.state == LiveState::running && !paused_ && !status.info.still &&
        status.age_s > longest_s) {
        status.state = LiveState::stalled;
        if (status.damaged > damaged_until_newest_)
            status.last_error = status.name + " sends damaged pictures only";
    }
    return status;
}

void LiveSession::pause(bool paused) {
    const std::lock_guard<std::mutex> lock(mutex_);
    paused_ = paused;
    newest_ = Clock::now();
    changed_.notify_all();
}

void LiveSession::seek(double share) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (status_.duration_s <= 0 || !(share >= 0)) return;
    seek_ = std::min(share, 1.0);
    changed_.notify_all();
}

}  // namespace reverie
