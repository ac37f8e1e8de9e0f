// What the overlay is told of tempo, sound, modulation and score.
#include <algorithm>
#include <cmath>

#include "src/ui/live_window.h"

namespace reverie {
namespace {

constexpr float kOnsetFalls = 0.85F;  // of its meter, a picture: one is over before it is seen

/// The first route that `source` moves; null if none does.
const ModulationRoute* first_route_of(const Modulation& played, const ModulationSource& source) {
    const auto found =
        std::find_if(played.routes.begin(), played.routes.end(),
                     [&](const ModulationRoute& route) { return route.source == source.name; });
    return found != played.routes.end() ? &*found : nullptr;
}

}  // namespace

void LiveWindow::watch_onsets() {
    onset_ = std::max(kOnsetFalls * onset_, show_.heard().sound.onset);
}

void LiveWindow::describe_tempo() {
    model_.tempo = tempo_status(show_.desk());
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
        ModulationRoute any;
        any.source = source.name;
        const ModulationRoute* route = &any;
        // A wave is as its route says, and the picture is measured only for a route.
        if (source.wave() || source.kind == ModulationKind::picture)
            route = first_route_of(status.played, source);
        const bool missing = (source.kind == ModulationKind::sound && !show_.listens()) ||
                             (source.kind == ModulationKind::beat && !heard.beat);
        if (route != nullptr && !missing) {
            now = static_cast<float>(
                source_value(*route, show_.time_s(), heard, show_.what_is_seen()));
        }
        if (source.name == "onset" && now) now = std::max(*now, onset_);
    }
}

/// Something of the overlay moves with the music: it is drawn on each beat, and more often where
/// meters are looked at.
bool LiveWindow::music_is_due(double since_drawn_s) const {
    constexpr double kMetersEveryS = 1.0 / 30;
    if (!overlay_.visible()) return false;
    const bool moves = overlay_.shows(Panel::modulation) ||
                       (overlay_.shows(Panel::scores) && show_.desk().score().playing());
    if (moves && since_drawn_s >= kMetersEveryS) return true;
    const Desk& desk = show_.desk();
    const std::optional<double> beat = desk.tempo().beat_at(desk.now_s());
    return beat && std::floor(*beat) != beat_drawn_;
}

}  // namespace reverie
