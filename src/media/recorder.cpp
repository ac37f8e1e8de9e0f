#include "src/media/recorder.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <utility>

#include "src/media/frames/frame_converter.h"
#include "src/media/sink_kind.h"
#include "src/util/error.h"
#include "src/util/output_file.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

constexpr Rational kTick{1, 90000};
constexpr auto kConnectAgain = std::chrono::seconds(2);
constexpr auto kLongestForSound = std::chrono::seconds(2);
constexpr double kLookAtDisk_s = 1;

bool is_stream(const std::string& path) {
    const SinkKind* kind = find_sink_kind(path);
    return kind != nullptr && kind->reconnects;
}
bool is_file(const std::string& path) {
    const SinkKind* kind = find_sink_kind(path);
    return kind != nullptr && kind->on_disk;
}

size_t bytes_of(const VideoFrame& frame) {
    size_t bytes = 0;
    for (int p = 0; p < frame.format().planes; ++p) {
        bytes += frame.format().row_bytes(p, frame.width()) *
                 frame.format().plane_height(p, frame.height());
    }
    return std::max<size_t>(bytes, 1);
}

}  // namespace

const char* name_of(RecorderState state) {
    switch (state) {
        case RecorderState::opening:
            return "opening";
        case RecorderState::recording:
            return "recording";
        case RecorderState::finishing:
            return "finishing";
        case RecorderState::done:
            return "done";
        case RecorderState::failed:
            return "failed";
        default:
            return "idle";
    }
}

/// The open sink, and the steps that frames pass before they reach it.
class Recorder::Writer {
  public:
    Writer(std::unique_ptr<Sink> sink, const SinkOptions& options, std::shared_ptr<SoundFeed> sound)
        : sink_(std::move(sink)), options_(options), sound_(std::move(sound)) {}

    Sink& sink() { return *sink_; }
    double duration_s() const { return static_cast<double>(last_pts_) * kTick.value(); }

    /// Each frame is held back until the next one gives its duration.
    void write(VideoFrame frame, double time_s) {
        if (begun_s_ < 0) begun_s_ = time_s;
        VideoFrame fitting = fit(std::move(frame));
        fitting.pts = std::llround((time_s - begun_s_) / kTick.value());
        if (held_) {
            fitting.pts = std::max(fitting.pts, held_->pts + 1);
            held_->duration = fitting.pts - held_->pts;
            last_duration_ = held_->duration;
            sink_->write(*held_);
        }
        last_pts_ = fitting.pts;
        held_ = std::move(fitting);
        write_sound(duration_s());
    }

    void finish() {
        require(held_.has_value(), "it was stopped before the first picture: nothing was recorded");
        held_->duration = last_duration_;
        sink_->write(*held_);
        held_.reset();
        finish_sound(static_cast<double>(last_pts_ + last_duration_) * kTick.value());
        sink_->finish();
    }

  private:
    /// Writes the known samples before `until_s` of the recording: true if these are all of them.
    bool write_sound(double until_s) {
        if (!sound_) return true;
        const auto until = static_cast<int64_t>(until_s * kSoundRate);
        const int64_t begun = std::llround(begun_s_ * kSoundRate);
        while (heard_ < until) {
            const auto wanted =
                static_cast<size_t>(std::min<int64_t>(until - heard_, kSoundRate / 10));
            samples_.resize(wanted * kSoundChannels);
            const size_t got = sound_->read(begun + heard_, samples_);
            if (got == 0) return false;
            sink_->write_sound({samples_.data(), got * kSoundChannels});
            heard_ += static_cast<int64_t>(got);
        }
        return true;
    }

    /// Waits a moment for the rest of the sound, which arrives a little later than its picture.
    void finish_sound(double until_s) {
        const auto give_up = std::chrono::steady_clock::now() + kLongestForSound;
        while (!write_sound(until_s) && std::chrono::steady_clock::now() < give_up)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }

    VideoFrame fit(VideoFrame frame) {
        const bool fits = frame.format() == sink_->format() && frame.width() == options_.width &&
                          frame.height() == options_.height;
        if (fits) return frame;
        VideoFrame converted = sink_->acquire();
        converter_.convert(frame, converted);
        return converted;
    }

    std::unique_ptr<Sink> sink_;
    SinkOptions options_;
    std::shared_ptr<SoundFeed> sound_;
    std::vector<float> samples_;
    int64_t heard_ = 0;  ///< samples that are written
    libav::FrameConverter converter_;
    std::optional<VideoFrame> held_;
    double begun_s_ = -1;
    int64_t last_pts_ = 0;
    int64_t last_duration_ = 3600;
};

Recorder::~Recorder() {
    stop();
    give_up();
    if (thread_.joinable()) thread_.join();
}

void Recorder::start(const std::string& path, const SinkOptions& options,
                     const RecorderLimits& limits, std::shared_ptr<SoundFeed> sound) {
    require(!running(), "a recording is still being written; stop it first, or wait for its end");
    if (thread_.joinable()) thread_.join();
    options_ = options;
    options_.time_base = kTick;
    options_.realtime = true;
    options_.sound = sound != nullptr;
    limits_ = limits;
    sound_ = std::move(sound);
    const std::lock_guard<std::mutex> lock(mutex_);
    waiting_.clear();
    pool_.reset();
    room_ = 3;
    stopping_ = given_up_ = false;
    status_ = {};
    status_.state = RecorderState::opening;
    status_.path = path;
    thread_ = std::thread([this] { run(); });
}

bool Recorder::running() const {
    const RecorderState state = status().state;
    return state == RecorderState::opening || state == RecorderState::recording ||
           state == RecorderState::finishing;
}

std::optional<VideoFrame> Recorder::acquire() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (status_.state != RecorderState::recording || stopping_ || !pool_) return std::nullopt;
    if (waiting_.size() >= room_) {
        ++status_.dropped;
        return std::nullopt;
    }
    return pool_->acquire();
}

bool Recorder::push(VideoFrame frame, double time_s) {
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        const bool open = status_.state == RecorderState::recording ||
                          (status_.state == RecorderState::opening && status_.frames == 0);
        if (!open || stopping_) return false;
        room_ = std::max<size_t>(3, limits_.queue_bytes / bytes_of(frame));
        if (waiting_.size() >= room_) {
            ++status_.dropped;
            return false;
        }
        waiting_.push_back({std::move(frame), time_s});
    }
    changed_.notify_all();
    return true;
}

void Recorder::stop() {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
}

void Recorder::give_up() {
    const std::lock_guard<std::mutex> lock(mutex_);
    given_up_ = true;
    if (open_ != nullptr) open_->give_up();
}

bool Recorder::wait(double longest_s) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::duration<double>(longest_s), [this] {
        return status_.state != RecorderState::opening &&
               status_.state != RecorderState::recording &&
               status_.state != RecorderState::finishing;
    });
}

RecorderStatus Recorder::status() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return status_;
}

void Recorder::run() {
    do {
        std::unique_ptr<Writer> writer;
        try {
            open_writer(writer);
            write_all(*writer);
            note_done(writer->sink().notes());
        } catch (const std::exception& error) {
            note_failure(error.what(), writer ? rescue(writer->sink()) : "");
        }
        const std::lock_guard<std::mutex> lock(mutex_);
        open_ = nullptr;
    } while (status().state == RecorderState::opening && wait_to_connect_again());
    changed_.notify_all();
}

/// Makes the written part playable, gives it its final name if that is free, and returns its name.
std::string Recorder::rescue(Sink& sink) const {
    sink.finish_partial();
    std::string partial = sink.partial_path();
    const std::string path = status().path;
    std::error_code failure;
    if (partial.empty() || !is_file(path)) return partial;
    if (!options_.overwrite && fs::exists(path, failure)) return partial;
    fs::rename(partial, file_behind(path), failure);
    return failure ? partial : path;
}

void Recorder::open_writer(std::unique_ptr<Writer>& writer) {
    const std::string path = status().path;
    std::unique_ptr<Sink> sink = make_sink_(path, options_);
    const std::lock_guard<std::mutex> lock(mutex_);
    pool_ = std::make_unique<FramePool>(sink->format(), options_.width, options_.height);
    writer = std::make_unique<Writer>(std::move(sink), options_, sound_);
    open_ = &writer->sink();
    if (given_up_) open_->give_up();
    status_.state = RecorderState::recording;
    status_.line.clear();
}

void Recorder::note_done(const std::vector<std::string>& notes) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const std::string& note : notes) {
        status_.line += (status_.line.empty() ? "" : "; ") + note;
    }
    status_.state = RecorderState::done;
}

void Recorder::note_failure(const std::string& line, const std::string& kept) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const bool again = is_stream(status_.path) && !stopping_;
    status_.state = again ? RecorderState::opening : RecorderState::failed;
    status_.line = line;
    if (!kept.empty()) status_.line += "; what was recorded until then is in '" + kept + "'";
    waiting_.clear();
    pool_.reset();
}

/// A stream's frames are dropped until it is connected again. False if it was stopped.
bool Recorder::wait_to_connect_again() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait_for(lock, kConnectAgain, [this] { return stopping_; });
    waiting_.clear();
    if (stopping_) status_.state = RecorderState::failed;
    return !stopping_;
}

std::optional<Recorder::Waiting> Recorder::next_waiting() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) status_.state = RecorderState::finishing;
    if (waiting_.empty()) return std::nullopt;
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    return next;
}

void Recorder::write_all(Writer& writer) {
    const std::string path = status().path;
    double looked_s = -kLookAtDisk_s;
    while (std::optional<Waiting> next = next_waiting()) {
        writer.write(std::move(next->frame), next->time_s);
        const double duration_s = writer.duration_s();
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            ++status_.frames;
            status_.duration_s = duration_s;
        }
        if (!is_file(path) || duration_s - looked_s < kLookAtDisk_s) continue;
        looked_s = duration_s;
        std::error_code unknown;
        const fs::space_info disk =
            fs::space(fs::absolute(file_behind(path)).parent_path(), unknown);
        if (unknown || disk.available >= limits_.keep_free_bytes) continue;
        const std::lock_guard<std::mutex> lock(mutex_);
        status_.line = "the recording ended because the disk of '" + path + "' is nearly full";
        stopping_ = true;
        waiting_.clear();
    }
    writer.finish();
}

}  // namespace reverie
