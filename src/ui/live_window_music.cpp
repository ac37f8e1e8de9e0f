// What the overlay is told of tempo, sound and modulation.
#include <algorithm>
#include <cmath>

#include "src/ui/live_window.h"

namespace reverie {
namespace {

constexpr float kOnsetFalls = 0.85F;  // of its meter, a picture: one is over before it is seen

/// Of a wave as the first route has it that needs it.
std::optional<float> wave_now(const ModulationSource& source, const Modulation& played,
                              double time_s, const Heard& heard) {
    for (const ModulationRoute& route : played.routes) {
        if (route.source == source.name)
            return static_cast<float>(source_value(route, time_s, heard));
    }
    return std::nullopt;
}

}  // namespace

void LiveWindow::watch_onsets() {
    onset_ = std::max(kOnsetFalls * onset_, show_.heard().sound.onset);
}

void LiveWindow::describe_tempo() {
    const Desk& desk = show_.desk();
    const TempoClock& clock = desk.tempo();
    model_.tempo = {clock.source(), clock.bpm(), clock.beat_at(desk.now_s()), desk.quantise(),
                    desk.waiting()};
    beat_drawn_ = std::floor(model_.tempo.beat.value_or(0));
}

void LiveWindow::describe_modulation() {
    const Desk& desk = show_.desk();
    ModulationStatus& status = model_.modulation;
    status.played = desk.modulation();
    const Modulator& modulator = show_.modulator();
    status.values.assign(status.played.routes.size(), 0);
    if (modulator.values().size() == status.values.size()) status.values = modulator.values();
    model_.moved = status.played.routes.empty() ? model_.params : show_.moved();
    if (!overlay_.shows(Panel::modulation)) return;
    const Heard heard = show_.heard();
    status.sources.clear();
    for (const ModulationSource& source : kModulationSources) {
        std::optional<float>& now = status.sources.emplace_back();
        const bool goes_with_beat = source.name == "beat" || source.name == "bar";
        if (source.wave) {
            now = wave_now(source, status.played, show_.time_s(), heard);
        } else if (!(source.hears && !show_.listens()) && !(goes_with_beat && !heard.beat)) {
            ModulationRoute route;
            route.source = source.name;
            now = static_cast<float>(source_value(route, show_.time_s(), heard));
        }
        if (source.name == "onset" && now) now = std::max(*now, onset_);
    }
}

/// Something of the overlay moves with the music: it is drawn on each beat, and more often where
/// meters are looked at.
bool LiveWindow::music_is_due(double since_drawn_s) const {
    constexpr double kMetersEveryS = 1.0 / 30;
    if (!overlay_.visible()) return false;
    if (overlay_.shows(Panel::modulation) && since_drawn_s >= kMetersEveryS) return true;
    const Desk& desk = show_.desk();
    const std::optional<double> beat = desk.tempo().beat_at(desk.now_s());
    return beat && std::floor(*beat) != beat_drawn_;
}

}  // namespace reverie
