// What the user asks for in the overlay, done.
#include <fmt/format.h>

#include "src/control/library.h"
#include "src/media/sink.h"
#include "src/ui/live_window.h"
#include "src/util/error.h"
#include "src/util/size.h"

namespace reverie {

void LiveWindow::act(const action::SetParams& a) {
    show_.check(a.params.objective);
    show_.params().set(a.params, a.keys);
}

void LiveWindow::act(const action::FocusLayer& a) { model_.focus_layer = a.layer; }

void LiveWindow::act(const action::LoadPreset& a) { show_.params().load(a.name, a.seconds); }

void LiveWindow::act(const action::SavePreset& a) {
    save_preset(a.name, show_.params_to_keep(), a.overwrite);
    refresh_lists();
    say(fmt::format("{} is saved", a.name), Health::good);
}

void LiveWindow::act(const action::SetCrossfade& a) {
    show_.params().crossfade(a.a, a.b, a.position);
}

void LiveWindow::act(const action::RunCrossfade& a) {
    show_.params().run_crossfade(a.to, a.seconds);
}

void LiveWindow::act(const action::UseNetwork& a) { show_.use_network(a.path); }

void LiveWindow::act(const action::OpenSource& a) { show_.open(a.spec); }

void LiveWindow::act(const action::PauseSource& a) { show_.input().pause(a.paused); }

void LiveWindow::act(const action::SeekSource& a) {
    const double duration_s = show_.input().status().duration_s;
    if (duration_s > 0) show_.input().seek(a.position_s / duration_s);
}

void LiveWindow::act(const action::LoopSource& /*a*/) {
    say("files are always shown in a loop", Health::good);
}

void LiveWindow::act(const action::RefreshCameras& /*a*/) { refresh_lists(); }

void LiveWindow::act(const action::StartOutput& a) {
    const bool dry = a.kind == OutputKind::record_dry;
    const VideoFrame* video = show_.video();
    require(show_.has_picture() && (!dry || video != nullptr),
            "there is no picture to record yet; try again when the source is there");
    const SizeRequest size = dry ? SizeRequest{video->width(), video->height()} : show_.size();
    outputs_.start(a.kind, a.target, size, show_.frame_rate());
}

void LiveWindow::act(const action::StopOutput& a) { outputs_.stop(a.kind); }

void LiveWindow::act(const action::SetSound& a) { outputs_.listen(a.spec, show_.begun()); }

/// Written beside the show: a large PNG takes longer than a frame.
void LiveWindow::act(const action::Snapshot& /*a*/) {
    require(show_.has_picture(), "there is no picture to keep yet");
    const std::string path = timed_name("dream", ".png");
    SinkOptions options;
    options.width = show_.picture().width;
    options.height = show_.picture().height;
    std::shared_ptr<Sink> sink = open_sink(path, options);
    VideoFrame frame = sink->acquire();
    DeviceFrame(*machine_.device).from_rgb(*machine_.stream, show_.picture(), frame);
    snapshots_.push_back(std::async(std::launch::async, [sink, frame, path]() -> std::string {
        try {
            sink->write(frame);
            sink->finish();
            return path + " is kept";
        } catch (const std::exception& error) {
            return error.what();
        }
    }));
}

void LiveWindow::act(const action::SetView& a) {
    view_ = a.view;
    if (show_.has_picture()) take_picture();
}

void LiveWindow::act(const action::Freeze& a) { show_.freeze(a.frozen); }

void LiveWindow::act(const action::ResetDream& /*a*/) { show_.reset_dream(); }

void LiveWindow::act(const action::SetFullscreen& a) {
    if (a.monitor > 0) monitor_ = a.monitor;
    context_->set_fullscreen(a.on, a.monitor > 0 ? std::optional(a.monitor) : std::nullopt);
}

void LiveWindow::act(const action::SetOutputWindow& a) {
    // What belongs to a context ends while it is current.
    if (output_ != nullptr) {
        output_->make_current();
        output_presenter_.reset();
        output_.reset();
        context_->make_current();
    }
    output_monitor_ = a.monitor;
    if (a.monitor == 0) return;
    WindowOptions options;
    options.title = "Reverie, the picture alone";
    options.fullscreen = true;
    options.monitor = a.monitor;
    options.vsync = false;  // the first window waits for the display
    options.shared = context_.get();
    output_ = open_window(options);
    output_->make_current();
    output_presenter_.emplace();
    output_->show_pointer(false);
    context_->make_current();
}

void LiveWindow::act(const action::SetInstallation& a) {
    if (installation_ != nullptr) installation_->set(a.settings);
}

void LiveWindow::act(const action::NextPreset& /*a*/) {
    if (installation_ != nullptr) installation_->next_preset();
}

void LiveWindow::act(const action::Quit& /*a*/) { done_ = true; }

}  // namespace reverie
