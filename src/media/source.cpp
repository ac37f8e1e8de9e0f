// open_source(), and the conversion to a constant rate, which works with every kind of source.
#include "src/media/source.h"

#include <cmath>
#include <utility>

#include "src/media/pattern.h"
#include "src/media/source_kind.h"
#include "src/media/sources/source_file.h"
#include "src/util/error.h"

namespace reverie {
namespace {

class RateSource : public Source {
  public:
    RateSource(std::unique_ptr<Source> source, Rational fps)
        : source_(std::move(source)), info_(source_->info()), in_(info_.time_base) {
        info_.frame_rate = fps;
        info_.time_base = {fps.den, fps.num};
        if (info_.duration_s > 0) {
            info_.frame_count = std::llround(info_.duration_s * fps.value());
        }
        following_ = source_->next();
    }

    const SourceInfo& info() const override { return info_; }
    SourceErrors errors() const override { return source_->errors(); }
    std::shared_ptr<libav::Demuxer> streams_to_copy() override {
        return source_->streams_to_copy();
    }

    std::optional<VideoFrame> next() override {
        if (!current_) {
            if (!following_) return std::nullopt;
            tick_ = first_tick_ = std::max(tick_, begins(*following_));
        }
        while (following_ && begins(*following_) <= tick_) advance();
        if (!following_ && tick_ >= end_tick_) return std::nullopt;
        VideoFrame frame = *current_;
        frame.pts = tick_++;
        frame.duration = 1;
        return frame;
    }

  private:
    /// pts in ticks of the grid, rounded up.
    int64_t grid_ceil(int64_t pts) const {
        const __int128 numerator = static_cast<__int128>(pts) * in_.num * info_.frame_rate.num;
        const __int128 denominator = static_cast<__int128>(in_.den) * info_.frame_rate.den;
        const __int128 floor = numerator / denominator - (numerator % denominator < 0 ? 1 : 0);
        return static_cast<int64_t>(floor * denominator == numerator ? floor : floor + 1);
    }
    int64_t begins(const VideoFrame& frame) const { return grid_ceil(frame.pts); }

    void advance() {
        current_ = std::exchange(following_, source_->next());
        if (following_) return;
        const int64_t lasts = std::max<int64_t>(current_->duration, 1);
        end_tick_ =
            std::max(grid_ceil(current_->pts + lasts), tick_ == first_tick_ ? tick_ + 1 : 0);
    }

    std::unique_ptr<Source> source_;
    SourceInfo info_;
    Rational in_;
    std::optional<VideoFrame> current_, following_;
    int64_t tick_ = 0;
    int64_t first_tick_ = 0;  ///< gets a frame, however short it is
    int64_t end_tick_ = 0;
};

}  // namespace

std::unique_ptr<Source> resample_rate(std::unique_ptr<Source> source, Rational fps) {
    if (!fps.known() || source->info().still) return source;
    return std::make_unique<RateSource>(std::move(source), fps);
}

std::unique_ptr<Source> open_source(const std::string& spec, const SourceOptions& options) {
    require(!spec.empty(), "no input was named; try a video file or " + usual_pattern());
    if (options.start_s < 0 || options.duration_s < 0 || !std::isfinite(options.start_s) ||
        !std::isfinite(options.duration_s)) {
        throw UsageError("start and duration must not be negative");
    }
    return source_kind_of(spec).open(spec, options, nullptr);
}

}  // namespace reverie
