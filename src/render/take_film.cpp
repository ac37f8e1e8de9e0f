#include "src/render/take_film.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

#include "src/media/source_kind.h"
#include "src/util/error.h"
#include "src/util/output_file.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

constexpr Rational kTick{1, 90000};
constexpr double kEndlessS = 1e8;       // of what is drawn
constexpr double kAnotherPlaceS = 0.2;  // sound that is further off than this begins anew
constexpr double kPausedS = 0.5;        // a frame that is shown longer is silent

int64_t ticks(double seconds) { return std::llround(seconds / kTick.value()); }

/// "'a camera' is seen live": it cannot be read twice.
void require_second_time(const std::string& spec) {
    if (!source_kind_of(spec).comes_later) return;
    throw Error(fmt::format(
        "what {} showed is gone: the take was made without --dry; a recording of it can stand in: "
        "reverie render FILE --take …",
        spec));
}

}  // namespace

/// One source as it was opened in the show, read forward.
class TakeFilm::Reel {
  public:
    /// How frames are found in it.
    enum class By : uint8_t {
        pts,     ///< the same source as in the show
        number,  ///< the video beside the take
        time     ///< another source
    };
    Reel(const std::string& spec, const SourceOptions& options, const TakeFrame& first, By by)
        : source_(open_source(spec, options)),
          tick_s_(source_->info().time_base.value()),
          first_(first),
          by_(by) {}

    /// Can that frame still come?
    bool leads_to(const TakeFrame& frame) const {
        return frame.source == first_.source && frame.opening == first_.opening &&
               frame.from_s == first_.from_s && frame.pts >= last_pts_;
    }
    /// The frame at `pts`, whose ticks are `tick_s` long; nothing: it is behind the end.
    std::optional<VideoFrame> read(int64_t pts, double tick_s) {
        last_pts_ = pts;
        while (!is_there(pts, tick_s)) {
            std::optional<VideoFrame> next = source_->next();
            if (!next) return std::nullopt;
            ++count_;
            frame_ = std::move(next);
        }
        return frame_;
    }
    Source& source() { return *source_; }

  private:
    bool is_there(int64_t pts, double tick_s) const {
        if (!frame_) return false;
        if (by_ == By::pts) return frame_->pts >= pts;
        if (by_ == By::number) return count_ > pts;
        const double end_s = static_cast<double>(frame_->pts + frame_->duration) * tick_s_;
        return end_s > static_cast<double>(pts) * tick_s + 1e-4;
    }

    std::unique_ptr<Source> source_;
    double tick_s_;
    TakeFrame first_;
    By by_;
    std::optional<VideoFrame> frame_;
    int64_t count_ = 0;      ///< frames that were read
    int64_t last_pts_ = -1;  ///< that was asked for
};

TakeFilm::TakeFilm(const Take& take, const TakeFilmOptions& options)
    : take_(take), options_(options) {
    find_dry();
    if (dry_.empty()) {
        for (const TakeSource& source : take.sources) {
            if (options_.instead.empty()) {
                require_second_time(source.spec);
                require_source(source.spec);
            }
        }
    }
    const TakenPicture& first = take.pictures.front();
    const double seconds = options_.duration_s > 0
                               ? std::min(options_.duration_s, take.duration_s())
                               : take.duration_s();
    read_on(first.frame);
    require(frame_.has_value(),
            fmt::format("{} has no frame that the take shows", spec_of(first.frame)));
    info_ = reel_->source().info();
    info_.name = options_.path;
    info_.width = first.size.width;
    info_.height = first.size.height;
    info_.sample_aspect = {1, 1};
    info_.time_base = kTick;
    const double rate = static_cast<double>(take.pictures.size() - 1) / take.duration_s();
    info_.frame_rate = {std::isfinite(rate) ? std::max(1, static_cast<int>(std::lround(rate))) : 25,
                        1};
    info_.duration_s = seconds;
    info_.frame_count = 0;
    info_.still = false;
    info_.has_streams_to_copy = false;
    info_.first_number.reset();
}

TakeFilm::~TakeFilm() = default;

/// Under its own name, or as a show that was cut off has left it.
void TakeFilm::find_dry() {
    if (take_.head.dry.empty() || !options_.instead.empty()) return;
    const fs::path beside = fs::path(options_.path).replace_filename(take_.head.dry);
    for (const std::string& name : {beside.string(), partial_name(beside.string())}) {
        std::error_code unknown;
        if (!fs::exists(name, unknown)) continue;
        dry_ = name;
        return;
    }
    throw Error(
        fmt::format("'{}', which holds the frames of {}, is not there; put it beside the "
                    "take",
                    beside.string(), options_.path));
}

std::string TakeFilm::spec_of(const TakeFrame& frame) const {
    if (!options_.instead.empty()) return options_.instead;
    return dry_.empty() ? take_.sources[static_cast<size_t>(frame.source)].spec : dry_;
}

SourceOptions TakeFilm::options_for(const TakeSource& source, const TakeFrame& frame) const {
    SourceOptions from;
    from.stop = options_.stop;
    from.start_s = frame.from_s;
    if (!dry_.empty() || !options_.instead.empty()) return from;
    const bool drawn = source_kind_of(source.spec).drawn;
    const Size size = drawn && options_.drawn.width > 0 ? options_.drawn : source.size;
    from.width = size.width;
    from.height = size.height;
    from.fps = source.fps;
    from.keep_interlaced = source.keep_interlaced;
    from.background = source.background;
    if (drawn) from.duration_s = kEndlessS;
    return from;
}

/// To that frame, if it is still to be had.
void TakeFilm::read_on(const TakeFrame& frame) {
    const TakeSource& source = take_.sources[static_cast<size_t>(frame.source)];
    TakeFrame wanted = frame;
    Reel::By by = options_.instead.empty() ? Reel::By::pts : Reel::By::time;
    if (!dry_.empty()) {
        if (!frame.dry) return void(++missing_);
        by = Reel::By::number;
        wanted = {.pts = *frame.dry, .dry = std::nullopt};
    }
    if (reel_ == nullptr || !reel_->leads_to(wanted)) {
        reel_.reset();
        reel_ = std::make_unique<Reel>(spec_of(frame), options_for(source, wanted), wanted, by);
    }
    std::optional<VideoFrame> read = reel_->read(wanted.pts, source.time_base.value());
    if (!read) return void(++missing_);
    frame_ = std::move(read);
}

std::optional<VideoFrame> TakeFilm::next() {
    if (pictures_ == take_.pictures.size()) return std::nullopt;
    const TakenPicture& picture = take_.pictures[pictures_];
    const double begun_s = take_.pictures.front().time_s;
    if (options_.duration_s > 0 && picture.time_s - begun_s >= options_.duration_s)
        return std::nullopt;
    if (picture.fresh && pictures_ > 0) read_on(picture.frame);
    VideoFrame frame = *frame_;
    frame.pts = ticks(picture.time_s - begun_s);
    const size_t after = std::min(pictures_ + 1, take_.pictures.size() - 1);
    const size_t from = after > 0 ? after - 1 : 0;  // the last one lasts as long as the one before
    frame.duration = ticks(take_.pictures[after].time_s - begun_s) -
                     ticks(take_.pictures[from].time_s - begun_s);
    ++pictures_;
    return frame;
}

/// The sound that lay beside the frames that were shown, cut where the show jumped.
std::vector<SoundPiece> TakeFilm::sound_of_frames() const {
    const double begun_s = take_.pictures.front().time_s;
    std::vector<SoundPiece> pieces;
    double fresh_s = 0;
    for (const TakenPicture& picture : take_.pictures) {
        const double now_s = picture.time_s - begun_s;
        if (!picture.fresh) {
            if (!pieces.empty() && now_s - fresh_s < kPausedS) pieces.back().until_s = now_s;
            continue;
        }
        fresh_s = now_s;
        const TakeFrame& frame = picture.frame;
        const TakeSource& source = take_.sources[static_cast<size_t>(frame.source)];
        const std::string spec = spec_of(frame);
        const double there_s =
            frame.from_s + static_cast<double>(frame.pts) * source.time_base.value();
        const bool goes_on =
            !pieces.empty() && pieces.back().path == spec &&
            now_s - pieces.back().until_s < kPausedS &&
            std::abs(there_s - now_s + pieces.back().at_s - pieces.back().from_s) < kAnotherPlaceS;
        if (!goes_on) {
            SoundPiece piece;
            piece.at_s = now_s;
            piece.path = spec;
            piece.from_s = there_s;
            pieces.push_back(std::move(piece));
        }
        pieces.back().until_s = now_s;
    }
    // Until a moment after the last frame, or the piece after it.
    for (size_t i = 0; i < pieces.size(); ++i) {
        pieces[i].until_s += kPausedS;
        if (i + 1 < pieces.size())
            pieces[i].until_s = std::min(pieces[i].until_s, pieces[i + 1].at_s);
    }
    return pieces;
}

std::vector<SoundPiece> TakeFilm::sound() const {
    std::error_code unknown;
    SoundPiece all;
    all.until_s = take_.duration_s() + 1;
    if (!dry_.empty()) {
        all.path = dry_;
    } else if (fs::is_regular_file(take_.head.sound, unknown)) {
        all.path = take_.head.sound;
        all.from_s = take_.pictures.front().time_s;
        all.loops = true;
    } else {
        return sound_of_frames();
    }
    return {all};
}

SourceErrors TakeFilm::errors() const {
    SourceErrors errors = reel_->source().errors();
    errors.truncated = false;  // the show may have left before the end
    if (missing_ > 0)
        errors.notes.push_back(
            fmt::format("{} frame{} of the show {} not to be had any more: the "
                        "one before stands there",
                        missing_, missing_ == 1 ? "" : "s", missing_ == 1 ? "is" : "are"));
    return errors;
}

}  // namespace reverie
