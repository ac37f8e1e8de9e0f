// What the user does to the window itself, and what the desk has done to it.
#include <fmt/format.h>

#include "src/ui/live_window.h"
#include "src/util/error.h"

namespace reverie {

void LiveWindow::handle_requests() {
    show_.desk().handle<request::ChangeView>([this](const auto& r) { change_view(r.change); });
    show_.desk().handle<request::ShowView>([this](const auto& r) { show_view(r.view); });
    show_.desk().publish("view", [this] { return std::string(name_of(view_.mode)); });
    show_.desk().handle<request::Fullscreen>([this](const auto& r) {
        context_->set_fullscreen(switched(r.to, context_->fullscreen()));
    });
}

void LiveWindow::show_view(const std::string& name) {
    const std::optional<ViewMode> mode = find_view_mode(name);
    require(mode.has_value(), fmt::format("there is no view '{}'; there are dream, source, side by "
                                          "side, wipe, flow, confidence, layer, what it sees",
                                          name));
    ViewSettings view = view_;
    view.mode = *mode;
    act(action::SetView{view});
}

void LiveWindow::change_view(ViewChange change) {
    ViewSettings view = view_;
    const int mode = static_cast<int>(view.mode);
    switch (change) {
        case ViewChange::next:
            view.mode = static_cast<ViewMode>((mode + 1) % kViewModes);
            break;
        case ViewChange::previous:
            view.mode = static_cast<ViewMode>((mode + kViewModes - 1) % kViewModes);
            break;
        case ViewChange::sight:
            view.mode = view.mode == ViewMode::sight ? ViewMode::dream : ViewMode::sight;
            break;
        case ViewChange::fill:
            view.fill = !view.fill;
            break;
        case ViewChange::mirror:
            view.mirror = !view.mirror;
            break;
        case ViewChange::rotate:
            view.rotation = (view.rotation + 90) % 360;
            break;
    }
    act(action::SetView{view});
}

void LiveWindow::act(const action::FocusLayer& a) { model_.focus_layer = a.layer; }

void LiveWindow::act(const action::ShowChannels& a) { asked_channels_ = a; }

void LiveWindow::act(const action::RefreshSources& /*a*/) { refresh_choices(); }

void LiveWindow::act(const action::SetView& a) {
    view_ = a.view;
    if (show_.has_picture()) take_picture();
}

void LiveWindow::act(const action::SetOutputWindow& a) {
    // Objects of an OpenGL context are destroyed while it is current.
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

}  // namespace reverie
