// How a show moves with what it hears and sees, and how late what it does is seen.
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "src/show/live_show.h"

namespace reverie {
namespace {

using Seconds = std::chrono::duration<double>;

}  // namespace

void LiveShow::listen(std::shared_ptr<SoundFeed> feed) {
    ear_.listen(std::move(feed), Seconds(Clock::now() - begun_).count());
}

/// The tempo follows what is heard, and the parameters what moves them.
void LiveShow::hear() {
    ear_.hear(time_s_);
    const BeatFollower::Beat beat = ear_.beat();
    if (beat.known) desk_.tempo().follow(TempoSource::ear, beat.bpm, beat.position, ear_.beat_s());
    const Modulation& modulation = desk_.modulation();
    if (modulation != modulator_.modulation()) {
        modulator_.set(modulation);
        sight_.look_for(modulation.wish());
    }
    modulator_.see(sight_.seen());
    if (take_ != nullptr) take_->begin_picture(time_s_, desk_, sight_.seen());
    moved_ = modulator_.at(time_s_, desk_.params(), [this](double t) {
        const Heard heard = heard_at(t);
        if (take_ != nullptr) take_->heard(t, heard);
        return heard;
    });
    say_what_stands();
}

/// At the picture, for what moves with the next one.
void LiveShow::look(double since_s) {
    if (!sight_.wish().any()) return;
    Stream& stream = *runtime_.stream;
    const Pixels<const float> flow = late_.dream().known_flow();
    sight_.see_motion(stream, flow, since_s);
    if (somebody_)
        sight_.see_somebody(*somebody_);
    else if (seen_ != nullptr)
        sight_.see_frame(stream, *seen_, attract_ ? Pixels<const float>() : flow, since_s, time_s_);
}

/// Which frame it shows, besides what begin_picture() has of it.
void LiveShow::log_picture() {
    const bool fresh = std::exchange(fresh_, false);
    if (take_ == nullptr) return;
    TakeLog::Shown shown;
    shown.size = size_;
    shown.dream_size = dream_size_;
    shown.frame = fresh ? &frame_ : nullptr;
    shown.info = (standing_in_ ? stand_in_ : input_).status().info;
    shown.frame_rate = frame_rate();
    take_->end_picture(shown);
}

void LiveShow::say_what_stands() {
    const Modulation& modulation = desk_.modulation();
    const bool deaf = modulation.hears() && !ear_.listens() && desk_.tempo().bpm() <= 0;
    const bool blind = sight_.wish().motion && !moved_.flow;
    std::string line;
    if (deaf)
        line =
            "this look moves with sound, and the show hears none: choose an input in Outputs, or "
            "--sound default; T taps the beat";
    else if (blind)
        line = "this look moves with motion, which is not found while flow is off";
    notices_.report("modulation", line, Severity::warning);
}

Heard LiveShow::heard_at(double time_s) const {
    return {ear_.at(time_s), desk_.tempo().beat_at(time_s)};
}

/// From one picture to the next, about.
double LiveShow::until_picture_s() const {
    const double fps = statistics_.recent_fps(Clock::now());
    return fps >= 1 ? 1 / fps : 0.04;
}

void LiveShow::seen_at(Clock::time_point now) {
    constexpr double kShare = 0.1;
    late_s_ += kShare * (Seconds(now - applied_).count() - late_s_);
}

}  // namespace reverie
