#include "src/media/preview.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "src/media/frames/frame_converter.h"
#include "src/media/sink_kind.h"
#include "src/media/sources/picture_list.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr double kEveryS = 3;
constexpr double kShareOfTime = 1.0 / 30;

class PreviewedSink : public Sink {
  public:
    PreviewedSink(std::unique_ptr<Sink> sink, std::string path, const SinkOptions& options)
        : sink_(std::move(sink)), path_(std::move(path)) {
        picture_.width = options.width;
        picture_.height = options.height;
        picture_.overwrite = options.overwrite;
        open_sink(path_, picture_);  // throws before the work if something is wrong with it
        picture_.overwrite = true;   // from now on it is the preview's own
    }

    const PixelFormat& format() const override { return sink_->format(); }
    VideoFrame acquire() override { return sink_->acquire(); }
    void write(const VideoFrame& frame) override {
        sink_->write(frame);
        newest_ = frame;
        if (Clock::now() >= due_) show();
    }
    void begin_segment() override { sink_->begin_segment(); }
    void write_again(int64_t pts, int64_t duration) override { sink_->write_again(pts, duration); }
    int64_t commit() override { return sink_->commit(); }
    void write_sound(std::span<const float> samples) override { sink_->write_sound(samples); }
    void end_with_last_frame() override { sink_->end_with_last_frame(); }
    void give_up() noexcept override { sink_->give_up(); }
    void finish() override {
        show();
        sink_->finish();
    }
    bool finish_partial() noexcept override {
        show();
        return sink_->finish_partial();
    }
    std::string partial_path() const override { return sink_->partial_path(); }
    std::vector<std::string> notes() const override {
        std::vector<std::string> notes = sink_->notes();
        if (!problem_.empty()) notes.push_back("--preview " + path_ + ": " + problem_);
        return notes;
    }
    std::string encoder() const override { return sink_->encoder(); }

  private:
    using Clock = std::chrono::steady_clock;

    /// Shows no frame twice, and nothing more after a failure.
    void show() noexcept {
        if (!newest_ || !problem_.empty()) return;
        const Clock::time_point begun = Clock::now();
        try {
            const std::unique_ptr<Sink> picture = open_sink(path_, picture_);
            VideoFrame shown = picture->acquire();
            converter_.convert(*newest_, shown);
            picture->write(shown);
            picture->finish();
        } catch (const std::exception& error) {
            problem_ = error.what();
        }
        newest_.reset();
        const std::chrono::duration<double> took = Clock::now() - begun;
        const std::chrono::duration<double> pause(std::max(kEveryS, took.count() / kShareOfTime));
        due_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(pause);
    }

    std::unique_ptr<Sink> sink_;
    std::string path_;
    SinkOptions picture_;
    libav::FrameConverter converter_;
    std::optional<VideoFrame> newest_;  ///< if it has not been shown
    Clock::time_point due_;             ///< the first frame is due at once
    std::string problem_;
};

}  // namespace

std::unique_ptr<Sink> with_preview(std::unique_ptr<Sink> sink, const std::string& path,
                                   const SinkOptions& options) {
    const SinkKind* kind = find_sink_kind(path);
    if (kind == nullptr || std::string_view(kind->name) != "picture" || is_numbered(path))
        throw UsageError("--preview " + path + ": expected the name of a picture, as in dream.png");
    return std::make_unique<PreviewedSink>(std::move(sink), path, options);
}

}  // namespace reverie
