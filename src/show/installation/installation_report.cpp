// What an installation reports, and what it keeps.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cmath>
#include <ctime>
#include <nlohmann/json.hpp>

#include "src/networks/find_weights.h"
#include "src/show/installation/installation.h"
#include "src/show/installation/installation_status.h"
#include "src/util/service_notify.h"

namespace reverie {
namespace {

constexpr double kLongestWriteS = 5;

}  // namespace

/// Reports to the health output, systemd and the user.
void Installation::report(Clock::time_point now) {
    if (health_) {
        worker_.post("health",
                     [output = health_, line = health_line(now)] { output->write(line); });
    }
    show_.notices().report("installation", worker_.problem(), Severity::warning);
    if (!show_.has_picture() || stuck_) return;
    const std::string first = std::exchange(ready_, true) ? "" : "READY=1\n";
    notify_service(fmt::format("{}WATCHDOG=1\nSTATUS={}, {:.0f} frames/s, {:.1f} dreams/s", first,
                               name_of(presence_.state()), show_.statistics().recent_fps(now),
                               show_.statistics().recent_dreams(now)));
}

std::string Installation::health_line(Clock::time_point now) const {
    const LiveStatus source = show_.input().status();
    const LiveStatistics& seen = show_.statistics();
    const LiveStatistics::Report report = seen.report(now);
    const nlohmann::ordered_json line{
        {"time", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)))},
        {"uptime_s", std::lround(between(begun_, now))},
        {"state", name_of(presence_.state())},
        {"presented_fps", seen.recent_fps(now)},
        {"dreams_per_s", seen.recent_dreams(now)},
        {"latency_ms_p95", report.latency_ms_p95},
        {"late_frames", report.late_frames},
        {"damaged_frames", source.damaged},
        {"memory_mb", static_cast<double>(report.memory_bytes) / (1 << 20)},
        {"source", source.spec},
        {"camera", name_of(source.state)},
        {"problem", show_.problem()},
        {"motion", watch_.motion()},
        {"difference", watch_.difference()},
        {"sees", show_.recognition().impression(Recognition::source).words()},
        {"dreams_of", show_.recognition().impression(Recognition::dream).words()},
        {"attract", attract_.what()},
        {"preset", show_.desk().preset()},
        {"next_preset", settings_.walk_s > 0 ? walk_.next() : ""},
        {"flashes_limited", limiter_.limited_frames()},
        {"flash_held_share", limiter_.held_share()},
        {"watchdog", stuck_ ? *stuck_ : std::string(watchdog_.reason())},
        {"source_reopened", watchdog_.reopened()}};
    // A name that is not UTF-8 must not end the show.
    return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

InstallationStatus Installation::status() const {
    InstallationStatus status;
    status.on = true;
    status.state = name_of(presence_.state());
    status.state_s = presence_.since_s();
    status.motion = watch_.motion();
    status.difference = watch_.difference();
    status.settings = settings_;
    status.attract = attract_.what();
    status.next_preset = walk_.next();
    status.next_in_s = walk_.left_s();
    status.held_share = limiter_.held_share();
    status.limited_frames = limiter_.limited_frames();
    status.watchdog = watchdog_.reason();
    status.reopened = watchdog_.reopened();
    status.health = options_.health;
    status.problem = worker_.problem();
    status.uptime_s = between(begun_, Clock::now());
    return status;
}

ShowState Installation::state() const {
    ShowState state;
    state.layout = layout_;
    state.source = show_.source();
    state.network = runtime_.network->weights().path;
    state.sound = outputs_.sound();
    state.preset = show_.desk().preset();
    state.params = show_.params_to_keep();
    state.modulation = show_.desk().modulation();
    state.brush = *show_.desk().brush();
    state.installation = settings_;
    for (const OutputInfo& info : kOutputs) {
        if (!info.resumed || !outputs_.running(info.kind)) continue;
        // A recording continues under a new name.
        const bool named = info.stem.empty();
        state.outputs.push_back(
            {std::string(info.token), named ? outputs_.status(info.kind).path : ""});
    }
    return state;
}

void Installation::keep(bool wait) {
    worker_.post("state", [path = state_path(), state = state()]() mutable {
        state.network = name_of_weights(state.network);  // looks into folders, which may be slow
        keep_state(path, state);
    });
    if (wait) worker_.finish(kLongestWriteS);
}

}  // namespace reverie
