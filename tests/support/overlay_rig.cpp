#include "tests/support/overlay_rig.h"

#include <fmt/format.h>

#include "src/ui/choice_lists.h"
#include "src/util/error.h"

namespace reverie::test {
namespace {

std::vector<LayerStatus> sample_layers() {
    std::vector<LayerStatus> layers{{"conv1/7x7_s2", 64, 0.62F, 0.71F},
                                    {"pool1/3x3_s2", 64, 0.55F, 0.6F},
                                    {"conv2/3x3_reduce", 64, 0.4F, 0.52F},
                                    {"conv2/3x3", 192, 0.36F, 0.5F}};
    const std::pair<const char*, int> modules[] = {{"3a", 256}, {"3b", 480}, {"4a", 512},
                                                   {"4b", 512}, {"4c", 512}, {"4d", 528},
                                                   {"4e", 832}, {"5a", 832}, {"5b", 1024}};
    int count = 0;
    for (const auto& [name, channels] : modules) {
        for (const char* branch : {"1x1", "3x3_reduce", "3x3", "5x5_reduce", "5x5", "pool_proj"}) {
            const float before = 0.2F + 0.05F * static_cast<float>(count % 5);
            layers.push_back({fmt::format("inception_{}/{}", name, branch), channels / 8, before,
                              before * 1.6F});
            ++count;
        }
        const float before = 0.25F + 0.3F * std::abs(std::sin(static_cast<float>(count)));
        layers.push_back(
            {fmt::format("inception_{}", name), channels, before, std::min(before * 1.5F, 1.0F)});
    }
    return layers;
}

std::vector<PresetStatus> sample_presets() {
    return {{"mine", "Evening at the river", "What was played on the second night", true, ""},
            {"bold", "Bold", "Large forms, hard edges", false, ""},
            {"brush", "Brush", "Strokes along the edges", false, ""},
            {"classic", "Classic", "The plain rule of 2015", false, ""},
            {"deep", "Deep", "The last layers alone", false, ""},
            {"eyes", "Eyes", "They look back", false, ""},
            {"filigree", "Filigree", "Fine lines everywhere", false, ""},
            {"fur", "Fur", "Soft pelts and faces", false, ""},
            {"ghosts", "Ghosts", "What moved stays a while", false, ""},
            {"neon", "Neon", "Colour above all", false, ""},
            {"old", "old", "", true, "old.toml:3: unknown parameter 'glow'"}};
}

/// Every score of the model is the same.
Timeline sample_timeline(const std::string& name) {
    return read_timeline(R"(length = 32
loop = true
ease = "smooth"
[[keyframe]]
at = 0
objective = "inception_3b"
strength = 0.4
zoom = 1
[[keyframe]]
at = 6
strength = 1.6
[[keyframe]]
at = 8
ease = "hold"
objective = "inception_4c + 0.5*inception_4d"
flow = true
[[keyframe]]
at = 16
strength = 0.8
ease = "hold"
objective = "inception_5a:17"
[[keyframe]]
at = 20
flow = false
[[keyframe]]
at = 24
ease = "linear"
strength = 1.3
objective = "inception_3b"
zoom = 1.06
)",
                         name + ".toml");
}

SourceStatus sample_source() {
    SourceStatus source;
    source.spec = "camera:0";
    source.detail = "1280×720, 30/s, MJPEG";
    source.sections = source_sections(false);
    for (SourceSection& section : source.sections) {
        if (section.title == "Cameras")
            section.choices = {
                {"camera:0", "HD Pro Webcam C920", "1280×720, 30/s, MJPEG", true},
                {"camera:2", "Integrated Camera", "in use by another program", false}};
    }
    return source;
}

Statistics sample_statistics() {
    Statistics facts;
    for (int i = 0; i < 120; ++i) {
        const auto x = static_cast<float>(i);
        facts.frame_ms.push_back(14 + 3 * std::sin(x * 0.3F) + (i % 37 == 11 ? 14.0F : 0.0F));
    }
    facts.budget_ms = 16.7F;
    facts.stages = {{"upload", 0.6F}, {"flow", 3.1F}, {"dream", 9.4F}, {"present", 1.2F}};
    facts.presented_fps = 59.9F;
    facts.dreams_per_s = 14.2F;
    facts.latency_ms = 33.4F;
    facts.latency_frames = 2;
    facts.late_frames = 3;
    facts.memory_bytes = 412'000'000;
    facts.dream_size = {640, 360};
    facts.device = "CPU, AVX-512, 2 threads, f32";
    facts.budget = "2 of 2 octaves, 3 of 4 steps; 1 step put off to the next frame";
    return facts;
}

}  // namespace

OverlayModel sample_model() {
    OverlayModel model;
    model.params.objective = parse_objective("0.8*inception_3b + inception_4c - 0.35*inception_4d");
    model.layers = sample_layers();
    model.presets = sample_presets();
    model.preset = "fur";
    model.scores = {{"night", "Second night", "Slow in, four loud bars, out", true, ""},
                    {"journey", "Journey",
                     "From the edges of the first layer to the creatures of "
                     "the deepest, and back out",
                     false, ""},
                    {"torn", "torn", "", true, "torn.toml:7: step = 99 is out of range"}};
    model.networks = {{"googlenet", "/usr/share/reverie/weights/googlenet.safetensors"},
                      {"inception_v3", "~/.local/share/reverie/weights/inception_v3.safetensors"}};
    model.network = model.networks[0].path;
    model.source = sample_source();
    model.statistics = sample_statistics();
    for (int kind = 0; kind < 4; ++kind) model.outputs.emplace_back().kind = OutputKind(kind);
    model.outputs[0].target = "~/Videos/reverie-0714.mp4";
    model.outputs[2].target = "/dev/video10";
    model.monitors = {{1, "DELL U2720Q", 0, 0, {3840, 2160}, 60, 1.5F},
                      {2, "EPSON PJ", 3840, 0, {1920, 1080}, 60, 1}};
    return model;
}

OverlayRig::OverlayRig(Size size, float zoom)
    : context(open_headless(size)),
      ui(zoom),
      model(sample_model()),
      desk(model.params, notices, world()),
      panels(desk.join("overlay")),
      keys(desk.join("keyboard")) {
    handle_requests();
    desk.resume(model.params, model.preset);
    frame();
    frame();
}

/// Every preset of the model is the same.
DeskWorld OverlayRig::world() {
    DeskWorld world;
    world.load = [](const std::string&) {
        Preset preset;
        preset.settings = {{"strength", "2.5"}, {"objective", "inception_3a"}};
        return preset;
    };
    world.load_score = [](const std::string& name) { return sample_timeline(name); };
    world.names = [this] {
        std::vector<std::string> names;
        for (const PresetStatus& preset : model.presets) {
            if (preset.problem.empty()) names.push_back(preset.name);
        }
        return names;
    };
    return world;
}

void OverlayRig::handle_requests() {
    desk.handle<request::UseNetwork>([this](const auto& r) { model.coming_network = r.path; });
    desk.handle<request::OpenSource>([this](const auto& r) { model.source.spec = r.spec; });
    desk.handle<request::PauseSource>(
        [this](const auto& r) { model.source.paused = switched(r.to, model.source.paused); });
    desk.handle<request::SeekSource>([this](const auto& r) {
        model.source.position_s = (r.relative ? model.source.position_s : 0) + r.seconds;
    });
    desk.handle<request::SwitchOutput>([this](const auto& r) {
        for (OutputStatus& output : model.outputs) {
            if (info_of(output.kind).token == r.output)
                output.running = switched(r.to, output.running);
        }
    });
    desk.handle<request::Fullscreen>(
        [this](const auto& r) { model.fullscreen = switched(r.to, model.fullscreen); });
    desk.handle<request::ChangeView>([this](const auto& r) {
        ViewSettings& view = model.view;
        const int step = r.change == ViewChange::next       ? 1
                         : r.change == ViewChange::previous ? kViewModes - 1
                                                            : 0;
        view.mode = static_cast<ViewMode>((static_cast<int>(view.mode) + step) % kViewModes);
        if (r.change == ViewChange::sight)
            view.mode = view.mode == ViewMode::sight ? ViewMode::dream : ViewMode::sight;
        view.fill ^= r.change == ViewChange::fill;
        view.mirror ^= r.change == ViewChange::mirror;
        if (r.change == ViewChange::rotate) view.rotation = (view.rotation + 90) % 360;
    });
    // Accepted, and nothing is done.
    desk.handle<request::SavePreset>([](const auto&) {});
    desk.handle<request::SaveScore>([](const auto&) {});
    desk.handle<request::ResetDream>([](const auto&) {});
    desk.handle<request::Snapshot>([](const auto&) {});
    desk.handle<request::SetSound>([](const auto&) {});
    desk.handle<request::SkipWalk>([](const auto&) {});
    desk.handle<request::Quit>([](const auto&) {});
}

void OverlayRig::tell_desk() {
    if (model.params == told_ && model.preset == told_preset_) return;
    desk.resume(model.params, model.preset, desk.modulation());
    tell_model();
}

void OverlayRig::tell_model() {
    model.params = told_ = desk.params();
    model.preset = told_preset_ = desk.preset();
    model.mixer = desk.mixer();
    model.fade_s = desk.fade_s();
    model.cues = desk.cues();
    const std::vector<std::string> names = world().names();
    for (size_t i = 0; i < model.cues.size() && i < names.size(); ++i) {
        if (model.cues[i].preset.empty()) model.cues[i].preset = names[i];
    }
    model.modulation.played = desk.modulation();
    model.modulation.values.resize(desk.modulation().routes.size());
    model.tempo = tempo_status(desk);
    model.score = score_status(desk);
    if (model.modulation.played.routes.empty()) model.moved = model.params;
    model.brush = desk.brush();
    model.frozen = desk.frozen();
    model.panic = desk.panic();
    const LiveParams::Crossfade& fade = desk.crossfade();
    model.crossfade = {fade.a, fade.b, fade.position, fade.running};
}

namespace {

/// Applies actions on the window to the model.
struct Window {
    OverlayModel& model;
    void operator()(const action::SetView& a) const { model.view = a.view; }
    void operator()(const action::FocusLayer& a) const {
        model.focus_layer = a.layer;
        model.focus_channels.clear();
        for (const LayerStatus& layer : model.layers) {
            if (layer.name != a.layer) continue;
            for (int i = 0; i < layer.channels; ++i)
                model.focus_channels.push_back(
                    1 / (1 + 0.2F * static_cast<float>(i * 37 % layer.channels)));
        }
    }
    void operator()(const action::SetOutputWindow& a) const { model.output_monitor = a.monitor; }
    void operator()(const action::SetInstallation& a) const {
        model.installation.settings = a.settings;
    }
    void operator()(const action::ShowChannels& a) const { model.sight.shown = a; }
    void operator()(const action::RefreshSources& /*unheard*/) const {}
};

}  // namespace

void OverlayRig::frame(const std::vector<InputEvent>& events, double dt_s) {
    tell_desk();
    context->bind();
    ui.begin_frame(events, context->size(), context->scale(), dt_s);
    const OverlayActions asked = overlay.draw(ui, model);
    presenter.draw(pictures, model.view, overlay.free_area(context->size()),
                   context->size().height);
    context->bind();
    ui.end_frame();
    for (const WindowAction& action : asked.window) std::visit(Window{model}, action);
    actions.insert(actions.end(), asked.window.begin(), asked.window.end());
    panels.ask(asked.panels);
    keys.ask(asked.keys);
    requests.insert(requests.end(), asked.panels.begin(), asked.panels.end());
    requests.insert(requests.end(), asked.keys.begin(), asked.keys.end());
    desk.apply();
    desk.advance(dt_s);
    tell_model();
}

UiRect OverlayRig::rect(const std::string& name) const {
    const std::optional<UiRect> found = ui.find(name);
    require(found.has_value(), fmt::format("nothing called '{}' is shown", name));
    return *found;
}

void OverlayRig::point_at(const std::string& name, float share) {
    const UiRect at = rect(name);
    move(at.left + share * (at.right - at.left), at.center_y());
}

void OverlayRig::click(const std::string& name, Modifiers modifiers, float share) {
    // Late enough after the last click that this is no double-click.
    wait(1);
    point_at(name, share);
    press(modifiers);
    release();
    frame();
}

void OverlayRig::double_click(const std::string& name, float share) {
    wait(1);
    point_at(name, share);
    press();
    release();
    press();
    frame();
    release();
    frame();
}

void OverlayRig::drag(const std::string& name, float from, float to) {
    wait(1);
    const UiRect at = rect(name);
    const auto x = [&](float share) { return at.left + share * (at.right - at.left); };
    move(x(from), at.center_y());
    press();
    constexpr int kMoves = 5;
    for (int i = 1; i <= kMoves; ++i)
        move(x(from + (to - from) * static_cast<float>(i) / kMoves), at.center_y());
    release();
    frame();
}

void OverlayRig::type(const std::string& text) {
    for (const char c : text) frame({TextEvent{static_cast<uint32_t>(c)}});
}

void OverlayRig::key(Key key, Modifiers modifiers) {
    frame({KeyEvent{key, true, false, modifiers}});
    frame({KeyEvent{key, false, false, {}}});
    frame();
}

void OverlayRig::wait(double seconds) { frame({}, seconds); }

}  // namespace reverie::test
