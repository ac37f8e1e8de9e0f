#include "src/render/second_film.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "src/media/source_kind.h"
#include "src/util/error.h"

namespace reverie {

SecondFilm::SecondFilm(SecondFilmOptions options) : options_(std::move(options)) { open(); }

void SecondFilm::open() {
    constexpr double kEndless_s = 1e8;
    SourceOptions from;
    from.width = options_.drawn.width;
    from.height = options_.drawn.height;
    from.stop = options_.stop;
    if (source_kind_of(options_.spec).drawn) from.duration_s = kEndless_s;
    source_.reset();
    source_ = open_source(options_.spec, from);
    info_ = source_->info();
    now_ = source_->next();
    if (!now_) throw Error(fmt::format("--second {}: there is no picture in it", options_.spec));
    frames_ = 1;
    holds_ = holds_ || info_.still;
    next_ = info_.still ? std::nullopt : source_->next();
}

double SecondFilm::begin_s(const VideoFrame& frame) const {
    return static_cast<double>(frame.pts) * info_.time_base.value();
}

double SecondFilm::end_s(const VideoFrame& frame) const {
    constexpr double kUsual_s = 0.04;
    const double known_s = static_cast<double>(frame.duration) * info_.time_base.value();
    const double usual_s = info_.frame_rate.known() ? 1 / info_.frame_rate.value() : kUsual_s;
    return begin_s(frame) + (known_s > 0 ? known_s : usual_s);
}

/// One frame further, or its end is known.
void SecondFilm::read_on() {
    if (next_) {
        now_ = std::exchange(next_, source_->next());
        ++frames_;
        return;
    }
    length_s_ = end_s(*now_);
    holds_ = frames_ == 1 || !source_kind_of(options_.spec).reopens;
}

const VideoFrame& SecondFilm::at(double time_s) {
    const double seen_s = time_s + options_.start_s;
    while (!holds_) {
        double own_s = seen_s + kRounding_s;
        if (length_s_ > 0) own_s -= length_s_ * std::floor(own_s / length_s_);
        if (own_s < begin_s(*now_) && frames_ > 1) {
            open();
            continue;
        }
        const double until_s = next_ ? begin_s(*next_) : end_s(*now_);
        if (own_s < until_s) break;
        if (!next_ && length_s_ > 0) break;  // times that rounding has carried past the end
        read_on();
    }
    return *now_;
}

SourceErrors SecondFilm::errors() const {
    return source_ != nullptr ? source_->errors() : SourceErrors();
}

}  // namespace reverie
