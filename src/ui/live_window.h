// A live show's windows: the picture, the overlay over it, and a second, clean window for the
// projector. Shows what LiveShow and LiveOutputs are, and does what the user asks of them. Belongs
// to the main thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/gl/render_target.h"
#include "src/show/installation/installation.h"
#include "src/show/live_outputs.h"
#include "src/show/live_show.h"
#include "src/ui/activation_scale.h"
#include "src/ui/choice_lists.h"
#include "src/ui/overlay/overlay.h"

namespace reverie {

class LiveWindow {
  public:
    /// Throws Error: see open_window.
    LiveWindow(const WindowOptions& options, float zoom, Runtime& runtime, LiveShow& show,
               LiveOutputs& outputs);
    ~LiveWindow();
    LiveWindow(const LiveWindow&) = delete;
    LiveWindow& operator=(const LiveWindow&) = delete;

    /// The show has a new picture, which draw() shows from the next call on.
    void take_picture();
    /// Draws and shows both windows, and sends the user's requests to the show's desk. Returns the
    /// time at which the picture was shown.
    std::chrono::steady_clock::time_point draw();
    /// True once the user has closed the window.
    bool closed() const { return context_->closed(); }
    /// Of the display; 60 where it is not known.
    double refresh_hz() const;
    Overlay& overlay() { return overlay_; }
    /// Shown in the overlay from now on. Outlives the window.
    void set_installation(Installation* installation) { installation_ = installation; }
    /// From now on a JSON object in this file tells where each of the overlay's controls is:
    /// {"name": [left, top, right, bottom]}, in pixels of the window. For scripts that play it.
    void write_controls_to(const std::filesystem::path& file) { controls_file_ = file; }
    ShowLayout layout() const;
    void restore(const ShowLayout& layout);

  private:
    using Clock = std::chrono::steady_clock;
    struct Shown {
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
    void refresh_presets();
    void describe_cues();
    void ask_for_thumbnails();
    void take_thumbnails();
    void refresh_choices();
    void take_choices();
    void list_own_network();
    void describe_network();
    void describe_source();
    void describe_outputs();
    void describe_statistics();
    void describe_budget();
    void describe_insight();
    void learn_activations(const ProbeResult& probe);
    void describe_tempo();
    void describe_modulation();
    void refresh_scores();
    void watch_onsets();
    bool music_is_due(double since_drawn_s) const;
    void ask_for_insight();
    void take_map();
    void describe_sight();
    void describe_field();
    void find_field();
    void describe_strips();
    ChannelPicture picture_of(const std::string& layer, int channel);
    void write_controls();
    void draw_output_window();
    void hand_on(OverlayActions actions);
    void take_notices();

    void act(const action::FocusLayer& a);
    void act(const action::ShowChannels& a);
    void act(const action::RefreshSources& a);
    void act(const action::SetView& a);
    void act(const action::SetOutputWindow& a);
    void act(const action::SetInstallation& a);
    void change_view(ViewChange change);
    void show_view(const std::string& name);
    void handle_requests();

    Runtime& runtime_;
    LiveShow& show_;
    LiveOutputs& outputs_;
    std::unique_ptr<Context> context_;
    Presenter presenter_;
    Ui ui_;
    RenderTarget overlay_target_;  ///< the overlay, drawn apart
    Overlay overlay_;
    OverlayModel model_;
    ChoiceLists lists_;
    ViewSettings view_;
    Textures textures_;
    struct Thumbnail {
        StreamedTexture texture;
        int64_t number = 0;  ///< of the picture in it
    };
    std::map<std::string, Thumbnail> thumbnails_;  ///< by preset
    AtlasTiles tiles_;
    action::ShowChannels asked_channels_;                       ///< of the panel Sight
    bool found_ = false;                                        ///< model_.sight.field, of …
    std::string found_network_;                                 ///< … this network, its path,
    Stars found_stars_;                                         ///< and these
    std::map<std::pair<std::string, int>, std::string> words_;  ///< of named channels
    std::string named_network_;
    std::vector<Shown> shown_;                      ///< messages, the newest last
    std::map<std::string, ActivationScale> usual_;  ///< by layer
    std::vector<ProbeResult::Layer> learnt_;        ///< by usual_, last
    Clock::time_point learnt_at_;
    std::filesystem::path controls_file_;
    std::string controls_;  ///< as they were written last

    std::unique_ptr<Context> output_;
    std::optional<Presenter> output_presenter_;
    int output_monitor_ = 0;
    Clock::time_point overlay_drawn_, touched_;
    float onset_ = 0;        ///< of the sound, falling slowly enough to be seen
    double beat_drawn_ = 0;  ///< of the tempo, when the overlay was drawn
    Installation* installation_ = nullptr;
    int monitor_ = 0;  ///< of the first window, as it was chosen
    DeskClient panels_, keys_;
};

}  // namespace reverie
