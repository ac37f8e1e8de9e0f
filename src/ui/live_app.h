// Runs a live show: from a camera, file or pattern through the dream to a window and to outputs,
// until the user quits. The only place where the parts of a live show are connected.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "src/control/surface.h"
#include "src/render/param_schedule.h"
#include "src/session/session_options.h"
#include "src/show/device_loss.h"
#include "src/show/installation/installation.h"
#include "src/show/state_file.h"
#include "src/show/take_log.h"
#include "src/ui/live_window.h"

namespace reverie {

/// As the command line has them; "": not given.
struct LiveOptions {
    std::string source, size, fps, duration;
    std::string second;                             ///< a second source
    std::array<std::string, kOutputKinds> targets;  ///< of outputs; "": not asked for
    bool headless = false, json = false, fullscreen = false, hide_overlay = false;
    bool keep_interlaced = false;
    std::string background;
    int monitor = 0;
    double zoom = 1;
    std::optional<double> budget_ms;
    std::string controls, sound;
    std::string score;                            ///< that is played from the beginning
    std::string take;                             ///< what is played is kept in this file
    bool dry = false;                             ///< … and the source's frames beside it
    std::map<std::string, std::string> surfaces;  ///< options of surface_kinds() and their values
    ParamOptions params;
    InstallationOptions installation;
};

/// Runs a show until it is to end. Throws UsageError for options that do not go together, Error for
/// what cannot be opened or has failed, Interrupted where it was stopped from outside.
void run_live(const GlobalOptions& globals, const LiveOptions& options);

/// What a show begins with, of the command line and of a show before.
struct LiveInitialState {
    Params params;
    Modulation modulation;
    std::string preset;
    bool objective_by_hand = false;  ///< `params` have it from the command line
    std::string network;             ///< of the show before; "": as the global options say
    std::optional<ShowState> restored;
    std::vector<std::string> notes;
};

class LiveApp {
  public:
    /// Throws Error: see run_live().
    LiveApp(const GlobalOptions& globals, const LiveOptions& options, LiveInitialState initial);
    void run();

  private:
    using Clock = std::chrono::steady_clock;

    void begin_params();
    void begin_score();
    void open_stars();
    InstallationSettings settings_before() const;
    void report_problems();
    void open_window();
    void come_before_dreams();
    void step();
    void go_on_without_gpu(const Error& error);
    void step_on_device();
    void push();
    void open_surfaces();
    void start_outputs();
    void open_take(const GlobalOptions& globals);
    bool finish_take();
    bool unseen() const;
    std::string sound() const;
    void resume_outputs();
    [[noreturn]] void end_stuck(const std::string& why);
    void report();

    const LiveOptions& options_;
    LiveInitialState initial_;
    Runtime runtime_;
    LiveShow show_;
    LiveOutputs outputs_;
    std::unique_ptr<TakeLog> take_;  ///< leaves the desk before that ends
    std::optional<Installation> installation_;
    std::optional<LiveWindow> window_;
    struct OpenSurface {
        const SurfaceKind* kind;
        std::unique_ptr<Surface> surface;
    };
    std::vector<OpenSurface> surfaces_;
    Clock::time_point presented_ = Clock::now();
    std::array<bool, kOutputKinds> started_{};  ///< outputs of the command line
    bool resumed_ = false;                      ///< those of the show before
    bool quit_ = false;
};

}  // namespace reverie
