// An unattended show: presence before the camera chooses the content, presets change on a timer,
// flashes are limited, and a frozen picture is noticed. Supervises a LiveShow from the outside.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "src/dream/steering/flash_limiter.h"
#include "src/session/presence_watch.h"
#include "src/show/health_output.h"
#include "src/show/installation/attract.h"
#include "src/show/installation/installation_settings.h"
#include "src/show/installation/installation_status.h"
#include "src/show/installation/preset_walk.h"
#include "src/show/live_outputs.h"
#include "src/show/live_show.h"
#include "src/show/state_file.h"
#include "src/show/watchdog.h"
#include "src/util/background_worker.h"

namespace reverie {

/// Exit code if only a new process helps: systemd restarts the program.
inline constexpr int kStuckExitCode = 3;

/// Thread-safety: belongs to the show's thread; its BackgroundWorker saves the state and reports.
class Installation {
  public:
    using Clock = std::chrono::steady_clock;

    /// From now on pictures of `show` pass the flash limiter. `settings`: as restored, or of the
    /// command line. Throws Error: see open_health_output.
    Installation(const InstallationOptions& options, const InstallationSettings& settings,
                 Runtime& runtime, LiveShow& show, LiveOutputs& outputs);
    ~Installation();

    /// To be called after each advance() of the show, and once more per turn of its loop; `fresh`:
    /// there is a new picture.
    void tick(bool fresh);
    /// To be called after the runtime has changed to another device.
    void device_changed();
    /// The show ends: no hang is detected from now on.
    void disarm() { worker_.disarm(); }
    /// Set if only a new process helps: the reason. The state was saved if possible.
    const std::optional<std::string>& stuck() const { return stuck_; }

    const InstallationSettings& settings() const { return settings_; }
    void set(const InstallationSettings& settings);
    InstallationStatus status() const;
    /// The layout to save with the show's own state.
    void set_layout(const ShowLayout& layout) { layout_ = layout; }

  private:
    static double between(Clock::time_point a, Clock::time_point b) {
        return std::chrono::duration<double>(b - a).count();
    }
    void watch(Clock::time_point now);
    void step_attract();
    void step_dream_when_still(double dt_s);
    void step_walk(double dt_s);
    void walk(std::optional<std::string> due);
    bool walk_to(const std::string& preset);
    void each_second(Clock::time_point now);
    void report(Clock::time_point now);
    ShowHealth health_of_show(double time_s);
    std::string health_line(Clock::time_point now) const;
    ShowState state() const;
    void keep(bool wait);

    InstallationOptions options_;
    InstallationSettings settings_;
    Runtime& runtime_;
    LiveShow& show_;
    LiveOutputs& outputs_;
    PresenceWatch watch_;
    Presence presence_;
    FlashLimiter limiter_;
    Attract attract_;
    PresetWalk walk_;
    Watchdog watchdog_;
    std::shared_ptr<HealthOutput> health_;
    ShowLayout layout_;
    std::optional<std::string> stuck_;
    Clock::time_point begun_, ticked_, second_, kept_, seen_;
    double picture_s_ = 0, flow_dt_s_ = 0;
    float still_factor_ = 1;
    std::vector<float> looked_at_;  ///< the picture's luminance a second ago
    bool picture_changed_ = false, ready_ = false;
    BackgroundWorker worker_;  ///< the last member: its jobs use the others
};

}  // namespace reverie
