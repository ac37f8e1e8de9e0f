// How a show moves with what it hears.
#include <chrono>
#include <memory>
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
    if (modulation != modulator_.modulation()) modulator_.set(modulation);
    moved_ = modulator_.at(time_s_, desk_.params(), [this](double t) { return heard_at(t); });
    const bool deaf = modulation.hears() && !ear_.listens() && desk_.tempo().bpm() <= 0;
    notices_.report("modulation",
                    deaf
                        ? "this look moves with sound, and the show hears none: choose an input in "
                          "Outputs, or --sound default; T taps the beat"
                        : "",
                    Severity::warning);
}

Heard LiveShow::heard_at(double time_s) const {
    return {ear_.at(time_s), desk_.tempo().beat_at(time_s)};
}

}  // namespace reverie
