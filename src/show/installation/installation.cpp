#include "src/show/installation/installation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "src/control/preset_library.h"
#include "src/media/source_kind.h"
#include "src/util/console.h"
#include "src/util/error.h"
#include "src/util/service_notify.h"
#include "src/util/size.h"

namespace reverie {
namespace {

constexpr double kAttractAfterS = 10;  // that nobody was there
constexpr double kBlindAfterS = 2;     // without a frame of the source
constexpr double kKeepEveryS = 60;
constexpr double kHangsAfterS = 30;
constexpr double kGrowS = 1.2, kShrinkS = 0.4;  // of a dream that begins and ends with stillness

void end_at_once() {
    print_err("reverie: the show has stood still for {} s; exit code {}, to restart\n",
              kHangsAfterS, kStuckExitCode);
    std::_Exit(kStuckExitCode);
}

std::vector<std::string> presets_to_walk(const InstallationOptions& options) {
    if (!options.walk_presets.empty()) return options.walk_presets;
    std::vector<std::string> names;
    for (const LibraryEntry& entry : show_presets()) names.push_back(entry.name);
    return names;
}

/// People pass before cameras and streams only; files, pictures and patterns go on by themselves.
bool is_live_source(const LiveStatus& status) {
    return is_live(source_kind_of(status.spec), status.duration_s, status.info.still);
}

}  // namespace

Installation::Installation(const InstallationOptions& options, const InstallationSettings& settings,
                           Runtime& runtime, LiveShow& show, LiveOutputs& outputs)
    : options_(options),
      settings_(settings),
      runtime_(runtime),
      show_(show),
      outputs_(outputs),
      watch_(*runtime.device),
      limiter_(*runtime.device),
      walk_(presets_to_walk(options), settings.walk_s),
      begun_(Clock::now()),
      ticked_(begun_),
      second_(begun_),
      kept_(begun_),
      seen_(begun_),
      worker_(kHangsAfterS, end_at_once) {
    if (!options.health.empty()) health_ = open_health_output(options.health);
    show_.recognition().report(health_ != nullptr);
    walk_.follow(show.desk().preset());
    show.desk().handle<request::SkipWalk>([this](const auto&) { walk(walk_.skip()); });
    show.set_filter([this](Stream& s, Pixels<const float> picture, double time_s) {
        return limiter_.limit(s, picture, time_s);
    });
}

Installation::~Installation() {
    worker_.disarm();
    notify_service("STOPPING=1");
    show_.desk().handle<request::SkipWalk>(nullptr);
    show_.set_attract(nullptr);
    show_.set_filter(nullptr);
    show_.set_somebody(std::nullopt);
    keep(true);
}

void Installation::device_changed() {
    watch_ = PresenceWatch(*runtime_.device);
    limiter_ = FlashLimiter(*runtime_.device);
}

void Installation::tick(bool fresh) {
    const Clock::time_point now = Clock::now();
    const double dt_s = between(ticked_, now);
    ticked_ = now;
    worker_.heartbeat();
    if (fresh) {
        flow_dt_s_ = show_.time_s() - picture_s_;
        picture_s_ = show_.time_s();
    }
    watch(now);
    step_attract();
    step_dream_when_still(dt_s);
    step_walk(dt_s);
    if (between(second_, now) >= 1) each_second(now);
}

void Installation::watch(Clock::time_point now) {
    const VideoFrame* frame = show_.seen();
    const double time_s = between(begun_, now);
    if (frame != nullptr) {
        const bool flows = !attract_.on() && show_.desk().params().flow;
        const Pixels<const float> flow = flows ? show_.flow() : Pixels<const float>();
        if (!watch_.look(*runtime_.stream, *frame, flow, flow_dt_s_, time_s)) return;
    } else if (between(seen_, now) > kBlindAfterS) {
        watch_.look_at_nothing();
    } else {
        return;
    }
    const double dt_s = frame != nullptr ? std::min(between(seen_, now), kBlindAfterS) : 0;
    presence_.step(watch_.motion(), watch_.difference(), dt_s, settings_.thresholds);
    show_.set_somebody(presence_.state() != PresenceState::nobody);
    if (frame == nullptr) return;
    seen_ = now;
    if (settings_.attract == AttractMode::memory && presence_.state() != PresenceState::nobody)
        attract_.remember(*frame, now);
}

void Installation::step_attract() {
    const bool wanted =
        settings_.attract != AttractMode::off && presence_.state() == PresenceState::nobody &&
        presence_.since_s() >= kAttractAfterS && is_live_source(show_.input().status());
    if (wanted == attract_.on()) return;
    if (!wanted) {
        attract_.end();
        show_.set_attract(nullptr);
        return;
    }
    Size size = show_.size();
    if (size.width == 0) size = {LiveShow::kCpuWidth, LiveShow::kCpuWidth * 9 / 16};
    attract_.begin(settings_.attract, size);
    show_.set_attract([this](LiveFrame& frame) { return attract_.take(frame, Clock::now()); });
}

void Installation::step_dream_when_still(double dt_s) {
    const bool awake =
        settings_.dream_when_still && presence_.state() == PresenceState::moving && !attract_.on();
    const float target = awake ? 0.0F : 1.0F;
    const double over_s = target > still_factor_ ? kGrowS : kShrinkS;
    still_factor_ += static_cast<float>(1 - std::exp(-dt_s / over_s)) * (target - still_factor_);
    if (std::abs(target - still_factor_) < 1e-3F) still_factor_ = target;
    show_.set_strength_factor(still_factor_);
}

void Installation::step_walk(double dt_s) {
    // A preset that is loaded by hand becomes the place from which the walk goes on.
    walk_.follow(show_.desk().preset());
    walk(walk_.advance(dt_s));
}

void Installation::walk(std::optional<std::string> due) {
    while (due && !walk_to(*due) && walk_.drop(*due)) due = walk_.skip();
}

bool Installation::walk_to(const std::string& preset) {
    try {
        show_.desk().perform(request::LoadPreset{preset, settings_.walk_fade_s});
        return true;
    } catch (const Error& error) {
        show_.notices().post(fmt::format("{} is left out: {}", preset, error.what()));
        return false;
    }
}

void Installation::set(const InstallationSettings& settings) {
    if (settings.attract != AttractMode::memory) attract_.forget();
    if (settings.attract != settings_.attract && attract_.on()) {
        attract_.end();
        show_.set_attract(nullptr);
    }
    settings_ = settings;
    walk_.set_every(settings.walk_s);
}

ShowHealth Installation::health_of_show(double time_s) {
    const LiveStatus source = show_.input().status();
    const Params& params = show_.desk().params();
    ShowHealth health;
    health.time_s = time_s;
    health.changed = std::exchange(looked_at_, limiter_.luminance()) != limiter_.luminance();
    const bool held = show_.desk().frozen() || show_.desk().panic() != Panic::off;
    health.may_stand = held || source.paused || source.info.still || params.strength == 0 ||
                       params.iterations == 0;
    const bool retried = source.state == LiveState::lost || source.state == LiveState::closed;
    const bool waited_for = !source.paused && !source.info.still && !retried;
    if (source_kind_of(source.spec).reopens) {
        health.source_age_s = waited_for ? source.age_s : 0;
        health.source_repeats = is_live_source(source) && watch_.repeats();
    }
    health.dreams = show_.statistics().report(Clock::now()).dreams;
    health.dreams_expected = show_.has_picture() && !show_.desk().frozen();
    return health;
}

void Installation::each_second(Clock::time_point now) {
    second_ = now;
    const Remedy remedy = watchdog_.look(health_of_show(between(begun_, now)));
    if (remedy == Remedy::reopen_source) {
        show_.notices().post(fmt::format("{}: it is opened again", watchdog_.reason()));
        show_.open(show_.source());
    } else if (remedy == Remedy::give_up) {
        stuck_ = watchdog_.reason();
        keep(true);
    }
    report(now);
    if (between(kept_, now) >= kKeepEveryS) {
        kept_ = now;
        keep(false);
    }
}

}  // namespace reverie
