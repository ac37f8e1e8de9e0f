#include "src/ui/live_window.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "src/util/atomic_file.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr double kMessageStaysS = 12;
// The overlay reacts to the user at once, and to the show ten times a second.
constexpr std::chrono::milliseconds kOverlayEvery{100}, kTouchedFor{500};
constexpr std::chrono::milliseconds kSightEvery{40};  // while words grow and fade
constexpr float kFlowOfWidth = 0.03F;  // the flow in full colour, as a share of the picture's width

Health health_of(Severity severity) {
    switch (severity) {
        case Severity::info:
            return Health::good;
        case Severity::warning:
            return Health::waiting;
        default:
            return Health::trouble;
    }
}

}  // namespace

LiveWindow::LiveWindow(const WindowOptions& options, float zoom, Runtime& runtime, LiveShow& show,
                       LiveOutputs& outputs)
    : runtime_(runtime),
      show_(show),
      outputs_(outputs),
      context_(open_window(options)),
      ui_(zoom),
      overlay_drawn_(Clock::now()),
      touched_(overlay_drawn_),
      monitor_(options.monitor.value_or(0)) {
    ui_.set_clipboard_source(context_.get());
    refresh_presets();
    refresh_scores();
    refresh_choices();
    model_.source.sections = source_sections(false);
    list_own_network();
    for (const std::string& note : runtime.notes) show.notices().post(note);
    handle_requests();
    panels_ = show.desk().join("overlay", [this](const DeskChange& change) {
        // A preset or a score was saved, by whichever client.
        if (change.request == nullptr) return;
        if (change.request->is<request::SavePreset>()) refresh_presets();
        if (change.request->is<request::SaveScore>()) refresh_scores();
    });
    keys_ = show.desk().join("keyboard");
}

LiveWindow::~LiveWindow() {
    show_.desk().handle<request::ChangeView>(nullptr);
    show_.desk().handle<request::ShowView>(nullptr);
    show_.desk().publish("view", [] { return std::string(); });
    show_.desk().handle<request::Fullscreen>(nullptr);
}

double LiveWindow::refresh_hz() const {
    const int hz = context_->refresh_hz();
    return hz > 0 ? hz : 60;
}

void LiveWindow::upload(Pixels<const float> picture, StreamedTexture& texture) {
    if (picture.data == nullptr || picture.width == 0) return;
    texture.upload(*runtime_.device, *runtime_.stream, picture);
}

void LiveWindow::take_picture() {
    context_->make_current();
    const bool both = view_.mode == ViewMode::side_by_side || view_.mode == ViewMode::wipe ||
                      view_.mode == ViewMode::sight;
    if (view_.mode == ViewMode::source || both) upload(show_.source_picture(), textures_.source);
    if (view_.mode != ViewMode::source) upload(show_.picture(), textures_.dream);
    if (view_.mode == ViewMode::flow) upload(show_.flow(), textures_.flow);
    if (view_.mode == ViewMode::confidence) upload(show_.confidence(), textures_.confidence);
    if (view_.mode == ViewMode::layer) take_map();
    view_.flow_px = std::max(2.0F, kFlowOfWidth * static_cast<float>(show_.flow().width));
}

/// What the layer sees is in the host's memory whatever the device. Its brightness follows the
/// strongest answer, slowly, so that it does not flicker.
void LiveWindow::take_map() {
    constexpr float kFollows = 0.1F;
    const ProbeResult& seen = show_.probe();
    if (seen.map.empty()) return;
    textures_.layer.upload({seen.map.data(), seen.map_width, seen.map_height, 1});
    const float highest = *std::max_element(seen.map.begin(), seen.map.end());
    view_.layer_peak += kFollows * (highest - view_.layer_peak);
}

void LiveWindow::ask_for_insight() {
    show_.request_probe({.layers = overlay_.visible(),
                         .map = view_.mode == ViewMode::layer,
                         .layer = model_.focus_layer});
}

ViewPictures LiveWindow::Textures::pictures() const {
    const auto one = [](const StreamedTexture& t) { return t.empty() ? nullptr : &t.texture(); };
    return {one(dream), one(source), one(flow), one(confidence), one(layer)};
}

LiveWindow::Clock::time_point LiveWindow::draw() {
    const std::vector<InputEvent> events = context_->poll();
    Clock::time_point seen = Clock::now();
    const Size size = context_->size();
    if (size.width > 0 && size.height > 0) {
        context_->make_current();
        watch_onsets();
        const bool due = overlay_is_due(events, size);
        // The picture is shown first: the cost of the overlay then falls into the time until the
        // next picture.
        const bool at_once = due && !(overlay_target_.size() == size);
        OverlayActions actions;
        if (at_once) actions = draw_overlay(events, size);
        context_->bind();
        const Area free = overlay_.free_area(size);
        std::vector<Area> over, beside;
        for (const Area& part : ui_.covered()) {
            if (const Area above = common(part, free); !above.empty()) over.push_back(above);
            for (const Area& piece : without(part, free)) beside.push_back(piece);
        }
        overlay_target_.copy(beside);
        presenter_.draw(textures_.pictures(), view_, free, size.height);
        overlay_target_.composite(over);
        context_->present();
        seen = Clock::now();
        if (due && !at_once) actions = draw_overlay(events, size);
        hand_on(std::move(actions));
    }
    draw_output_window();
    ask_for_insight();
    ask_for_thumbnails();
    return seen;
}

bool LiveWindow::overlay_is_due(const std::vector<InputEvent>& events, Size size) {
    const Clock::time_point now = Clock::now();
    if (!events.empty() || ui_.pointer_down()) touched_ = now;
    const double since_s = std::chrono::duration<double>(now - overlay_drawn_).count();
    return now - touched_ < kTouchedFor || now - overlay_drawn_ >= kOverlayEvery ||
           !(overlay_target_.size() == size) || music_is_due(since_s) ||
           (view_.mode == ViewMode::sight && now - overlay_drawn_ >= kSightEvery);
}

OverlayActions LiveWindow::draw_overlay(const std::vector<InputEvent>& events, Size size) {
    const Clock::time_point now = Clock::now();
    const double dt_s = std::chrono::duration<double>(now - overlay_drawn_).count();
    overlay_drawn_ = now;
    refresh_model();
    overlay_target_.begin(size);
    ui_.begin_frame(events, size, context_->scale(), dt_s);
    OverlayActions actions = overlay_.draw(ui_, model_);
    if (const size_t dropped = ui_.dropped().size(); dropped > 1)
        show_.notices().post(fmt::format("{} files were dropped; the first is opened", dropped));
    ui_.end_frame(true);
    RenderTarget::end();
    write_controls();
    return actions;
}

void LiveWindow::write_controls() {
    if (controls_file_.empty()) return;
    nlohmann::json controls;
    for (const auto& [name, rect] : ui_.noted())
        controls[name] = {rect.left, rect.top, rect.right, rect.bottom};
    const std::string text = controls.dump();
    if (text == controls_) return;
    write_atomically(controls_file_, text);
    controls_ = text;
}

void LiveWindow::draw_output_window() {
    if (output_ == nullptr) return;
    output_->poll();
    if (output_->closed()) {
        act(action::SetOutputWindow{0});
        return;
    }
    ViewSettings clean = view_;
    clean.mode = ViewMode::dream;
    output_presenter_->draw(textures_.pictures(), clean, *output_);
    output_->present();
    context_->make_current();
}

void LiveWindow::hand_on(OverlayActions actions) {
    panels_.ask(std::move(actions.panels));
    keys_.ask(std::move(actions.keys));
    for (const WindowAction& one : actions.window) {
        try {
            std::visit([this](const auto& what) { act(what); }, one);
        } catch (const Error& error) {
            show_.notices().post(error.what(), Severity::error);
        }
    }
}

void LiveWindow::refresh_model() {
    const Desk& desk = show_.desk();
    model_.params = desk.params();
    model_.mixer = desk.mixer();
    model_.preset = desk.preset();
    model_.fade_s = desk.fade_s();
    const LiveParams::Crossfade& fade = desk.crossfade();
    model_.crossfade = {fade.a, fade.b, fade.position, fade.running};
    model_.view = view_;
    model_.brush = desk.brush();
    model_.frozen = desk.frozen();
    model_.panic = desk.panic();
    const std::optional<Desk::Fact> learning = desk.fact("learning");
    model_.learning = learning ? std::get<std::string>(*learning) : "";
    model_.fullscreen = context_->fullscreen();
    model_.output_monitor = output_monitor_;
    model_.preparing = show_.preparing() ? to_short_text(desk.params().objective) : "";
    if (!show_.coming_network().empty())
        model_.preparing = std::filesystem::path(show_.coming_network()).stem();
    if (installation_ != nullptr) model_.installation = installation_->status();
    take_choices();
    describe_cues();
    take_thumbnails();
    describe_tempo();
    describe_modulation();
    model_.score = score_status(show_.desk());
    describe_network();
    describe_source();
    describe_outputs();
    describe_statistics();
    describe_insight();
    describe_sight();
    take_notices();
}

void LiveWindow::take_notices() {
    const Clock::time_point now = Clock::now();
    for (Notice& notice : show_.notices().take())
        shown_.push_back({{std::move(notice.text), health_of(notice.severity), 0}, now});
    std::erase_if(shown_, [&](const Shown& shown) {
        return now - shown.since > std::chrono::duration<double>(kMessageStaysS);
    });
    model_.messages.clear();
    for (Shown& shown : shown_) {
        shown.message.age_s = std::chrono::duration<double>(now - shown.since).count();
        model_.messages.push_back(shown.message);
    }
}

ShowLayout LiveWindow::layout() const {
    return {std::string(name_of(view_.mode)),
            view_.fill,
            view_.mirror,
            context_->fullscreen(),
            view_.rotation,
            monitor_,
            output_monitor_};
}

void LiveWindow::restore(const ShowLayout& layout) {
    view_.mode = find_view_mode(layout.view).value_or(view_.mode);
    view_.fill = layout.fill;
    view_.mirror = layout.mirror;
    view_.rotation = layout.rotation;
    if (layout.output_monitor > 0)
        hand_on(
            {.panels = {}, .keys = {}, .window = {action::SetOutputWindow{layout.output_monitor}}});
}

}  // namespace reverie
