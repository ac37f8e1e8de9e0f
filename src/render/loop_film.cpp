#include "src/render/loop_film.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "src/media/source_kind.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr double kLoopsBelow = 1.2;  // times the distance of neighbours
constexpr double kLookS = 0.5;       // of the beginning and of the end, to see how much they move
constexpr double kFadeS = 1, kFadeShare = 0.25;  // of the clip, at most
constexpr double kNearlyS = 1e-4;

/// Calls `work(a, b, count)` for each row of samples of both, as bytes or as 16 bits.
template <class Work>
void each_row(const VideoFrame& a, const VideoFrame& b, const Work& work) {
    const PixelFormat& format = a.format();
    for (int p = 0; p < format.planes; ++p) {
        const size_t bytes = format.row_bytes(p, a.width());
        for (int y = 0; y < format.plane_height(p, a.height()); ++y) {
            const uint8_t* row_a = a.planes.data[p] + y * a.planes.stride_bytes[p];
            const uint8_t* row_b = b.planes.data[p] + y * b.planes.stride_bytes[p];
            if (format.sample_bytes == 1)
                work(row_a, row_b, bytes, p, y);
            else
                work(reinterpret_cast<const uint16_t*>(row_a),
                     reinterpret_cast<const uint16_t*>(row_b), bytes / 2, p, y);
        }
    }
}

void require_alike(const VideoFrame& a, const VideoFrame& b) {
    require(a.format() == b.format() && a.width() == b.width() && a.height() == b.height(),
            "frames of two sizes or formats cannot be put together");
}

}  // namespace

double frame_distance(const VideoFrame& a, const VideoFrame& b) {
    require_alike(a, b);
    double sum = 0, count = 0;
    each_row(a, b, [&](const auto* row_a, const auto* row_b, size_t samples, int, int) {
        int64_t row = 0;
        for (size_t i = 0; i < samples; ++i) row += std::abs(int{row_a[i]} - int{row_b[i]});
        sum += static_cast<double>(row);
        count += static_cast<double>(samples);
    });
    return sum / std::max(count, 1.0);
}

VideoFrame mixed_frame(const VideoFrame& a, const VideoFrame& b, double share) {
    require_alike(a, b);
    VideoFrame mixed = make_frame(a.format(), a.width(), a.height());
    const auto of_b = static_cast<float>(share);
    each_row(a, b, [&](const auto* row_a, const auto* row_b, size_t samples, int p, int y) {
        using Sample = std::decay_t<decltype(*row_a)>;
        auto* to =
            reinterpret_cast<Sample*>(mixed.planes.data[p] + y * mixed.planes.stride_bytes[p]);
        for (size_t i = 0; i < samples; ++i) {
            const auto from = static_cast<float>(row_a[i]);
            to[i] = static_cast<Sample>(
                std::lround(from + of_b * (static_cast<float>(row_b[i]) - from)));
        }
    });
    return mixed;
}

LoopFilm::LoopFilm(const std::string& spec, const SourceOptions& options, double lead_s)
    : spec_(spec), options_(options) {
    if (source_kind_of(spec).comes_later)
        throw UsageError(fmt::format("--loop: {} cannot be read twice; a file can", spec));
    clip_ = from(0, options.duration_s);
    info_ = clip_->info();
    if (info_.still) return;  // whoever opens it says so
    if (info_.duration_s <= 0)
        throw UsageError(
            fmt::format("--loop: the length of {} is not known; try --duration", info_.name));
    length_s_ = info_.duration_s;
    if (!loops_by_itself()) fade_s_ = std::min(kFadeS, kFadeShare * length_s_);
    length_s_ -= fade_s_;
    lead_s_ = std::min(lead_s, length_s_ / 2);
    lead_ = from(length_s_ - lead_s_, lead_s_);
    if (fade_s_ > 0) faded_ = from(length_s_, fade_s_);
    info_.duration_s = length_s_;
    info_.frame_count = 0;
}

std::unique_ptr<Source> LoopFilm::from(double time_s, double lasts_s) const {
    SourceOptions options = options_;
    options.start_s += time_s;
    options.duration_s = lasts_s;
    return open_source(spec_, options);
}

double LoopFilm::seconds(const VideoFrame& frame) const {
    return static_cast<double>(frame.pts) * info_.time_base.value();
}

/// Is its last frame no further from its first one than neighbours are?
bool LoopFilm::loops_by_itself() const {
    const double look_s = std::min(kLookS, length_s_ / 2);
    double sum = 0;
    int neighbours = 0;
    std::optional<VideoFrame> first, last;
    for (const double begin_s : {0.0, length_s_ - look_s}) {
        const std::unique_ptr<Source> part = from(begin_s, look_s);
        std::optional<VideoFrame> before;
        while (std::optional<VideoFrame> frame = part->next()) {
            if (!first) first = frame;
            if (before) {
                sum += frame_distance(*before, *frame);
                ++neighbours;
            }
            before = std::move(frame);
        }
        last = std::move(before);
    }
    if (!first || !last || neighbours == 0) return true;
    return frame_distance(*last, *first) <= kLoopsBelow * sum / neighbours;
}

std::shared_ptr<libav::Demuxer> LoopFilm::streams_to_copy() {
    return is_faded() ? nullptr : clip_->streams_to_copy();
}

std::vector<SoundPiece> LoopFilm::sound() const {
    SoundPiece all, end;
    all.until_s = length_s_;
    end.until_s = all.fade_in_s = end.fade_out_s = fade_s_;
    all.path = end.path = spec_;
    all.from_s = options_.start_s;
    end.from_s = options_.start_s + length_s_;
    return {all, end};
}

std::optional<VideoFrame> LoopFilm::next() {
    if (lead_ != nullptr) {
        if (std::optional<VideoFrame> frame = lead_->next()) {
            part_ = LoopPart::lead_in;
            frame->pts -= std::llround(lead_s_ / info_.time_base.value());
            return frame;
        }
        lead_.reset();
    }
    std::optional<VideoFrame> frame = clip_->next();
    if (!frame || seconds(*frame) > length_s_ - kNearlyS) return std::nullopt;
    const double time_s = seconds(*frame);
    part_ = time_s > length_s_ - lead_s_ - kNearlyS ? LoopPart::end : LoopPart::inside;
    if (faded_ == nullptr || time_s > fade_s_) return frame;
    const std::optional<VideoFrame> end = faded_->next();
    if (!end) return frame;
    const double lasts_s = static_cast<double>(frame->duration) * info_.time_base.value();
    const double t = std::clamp((time_s + lasts_s) / (fade_s_ + lasts_s), 0.0, 1.0);
    VideoFrame mixed = mixed_frame(*end, *frame, t * t * (3 - 2 * t));
    mixed.pts = frame->pts;
    mixed.duration = frame->duration;
    return mixed;
}

}  // namespace reverie
