// A live show's windows: the picture, the overlay over it, and a second, clean window for the
// projector. Shows what LiveShow and LiveOutputs are, and does what the user asks of them. Belongs
// to the main thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/gl/layer.h"
#include "src/show/installation.h"
#include "src/show/live_outputs.h"
#include "src/show/live_show.h"
#include "src/ui/overlay.h"

namespace reverie {

class LiveWindow {
  public:
    /// Throws Error: see open_window.
    LiveWindow(const WindowOptions& options, float zoom, Machine& machine, LiveShow& show,
               LiveOutputs& outputs);

    /// The show has a new picture: to be seen from the next draw() on.
    void take_picture();
    /// Draws and shows both windows, and does what the user asked for. Returns when the picture was
    /// to be seen.
    std::chrono::steady_clock::time_point draw();
    /// The user has had enough.
    bool done() const { return done_ || context_->closed(); }
    /// Of the display; 60 where it is not known.
    double refresh_hz() const;
    /// Something for the user to read.
    void say(const std::string& text, Health health);
    Overlay& overlay() { return overlay_; }
    void set_view(const ViewSettings& view) { view_ = view; }
    /// Shown in the overlay from now on. Outlives the window.
    void set_installation(Installation* installation) { installation_ = installation; }
    /// From now on a JSON object in this file tells where each of the overlay's controls is:
    /// {"name": [left, top, right, bottom]}, in pixels of the window. For scripts that play it.
    void write_controls_to(const std::filesystem::path& file) { controls_file_ = file; }
    ShowLayout layout() const;
    void restore(const ShowLayout& layout);

  private:
    using Clock = std::chrono::steady_clock;
    struct Note {
        Message message;
        Clock::time_point since;
    };
    struct Textures {
        StreamedTexture dream, source, flow, confidence, layer;
        ViewPictures pictures() const;
    };

    void upload(Pixels<const float> picture, StreamedTexture& texture);
    bool overlay_is_due(const std::vector<InputEvent>& events, Size size);
    OverlayActions draw_overlay(const std::vector<InputEvent>& events, Size size);
    void refresh_model();
    void refresh_lists();
    void describe_network();
    void describe_source();
    void describe_outputs();
    void describe_statistics();
    void describe_budget();
    void describe_insight();
    void ask_for_insight();
    void take_map();
    void write_controls();
    void draw_output_window();
    void do_all(const OverlayActions& actions);

    void act(const action::SetParams& a);
    void act(const action::FocusLayer& a);
    void act(const action::LoadPreset& a);
    void act(const action::SavePreset& a);
    void act(const action::SetCrossfade& a);
    void act(const action::RunCrossfade& a);
    void act(const action::UseNetwork& a);
    void act(const action::OpenSource& a);
    void act(const action::PauseSource& a);
    void act(const action::SeekSource& a);
    void act(const action::LoopSource& a);
    void act(const action::RefreshCameras& a);
    void act(const action::StartOutput& a);
    void act(const action::StopOutput& a);
    void act(const action::SetSound& a);
    void act(const action::Snapshot& a);
    void act(const action::SetView& a);
    void act(const action::Freeze& a);
    void act(const action::ResetDream& a);
    void act(const action::SetFullscreen& a);
    void act(const action::SetOutputWindow& a);
    void act(const action::SetInstallation& a);
    void act(const action::NextPreset& a);
    void act(const action::Quit& a);

    Machine& machine_;
    LiveShow& show_;
    LiveOutputs& outputs_;
    std::unique_ptr<Context> context_;
    Presenter presenter_;
    Ui ui_;
    Layer layer_;  ///< the overlay, drawn apart
    Overlay overlay_;
    OverlayModel model_;
    ViewSettings view_;
    Textures textures_;
    std::vector<Note> notes_;
    std::string last_problem_;
    std::map<std::string, float> highest_;  ///< activation of each layer, of late
    std::filesystem::path controls_file_;
    std::string controls_;  ///< as they were written last

    std::unique_ptr<Context> output_;
    std::optional<Presenter> output_presenter_;
    int output_monitor_ = 0;
    std::vector<std::future<std::string>> snapshots_;  ///< what is to be said of each
    Clock::time_point overlay_drawn_, touched_;
    Installation* installation_ = nullptr;
    int monitor_ = 0;  ///< of the first window, as it was chosen
    bool done_ = false;
};

}  // namespace reverie
