// What the overlay is told: lists, source, outputs, statistics.
#include <fmt/format.h>

#include <algorithm>

#include "src/control/preset_library.h"
#include "src/ui/live_window.h"
#include "src/util/error.h"

namespace reverie {
namespace {

std::vector<PresetStatus> preset_statuses() {
    std::vector<PresetStatus> statuses;
    for (const LibraryEntry& entry : show_presets()) {
        statuses.push_back({entry.name, entry.title.empty() ? entry.name : entry.title,
                            entry.problem.empty() ? entry.description : "", !entry.origin.empty(),
                            entry.problem});
    }
    return statuses;
}

Health health_of(LiveState state) {
    switch (state) {
        case LiveState::running:
            return Health::good;
        case LiveState::opening:
        case LiveState::closed:
            return Health::waiting;
        default:
            return Health::trouble;
    }
}

}  // namespace

void LiveWindow::refresh_presets() { model_.presets = preset_statuses(); }

void LiveWindow::refresh_scores() {
    model_.scores.clear();
    for (const LibraryEntry& entry : list_scores()) {
        model_.scores.push_back({entry.name, entry.title.empty() ? entry.name : entry.title,
                                 entry.problem.empty() ? entry.description : "",
                                 !entry.origin.empty(), entry.problem});
    }
}

/// A cue without a preset of its own has the one of its number among those that can be used.
void LiveWindow::describe_cues() {
    model_.cues = show_.desk().cues();
    size_t cue = 0;
    for (const PresetStatus& preset : model_.presets) {
        if (!preset.problem.empty()) continue;
        if (cue == model_.cues.size()) return;
        if (model_.cues.at(cue).preset.empty()) model_.cues.at(cue).preset = preset.name;
        ++cue;
    }
}

/// Asks for thumbnails while they are looked at.
void LiveWindow::ask_for_thumbnails() {
    std::vector<std::string> looked_at;
    if (overlay_.shows(Panel::presets)) {
        for (const PresetStatus& preset : model_.presets) {
            if (preset.problem.empty()) looked_at.push_back(preset.name);
        }
    }
    show_.thumbnails().want(std::move(looked_at));
}

void LiveWindow::take_thumbnails() {
    if (!overlay_.shows(Panel::presets)) return;
    for (PresetStatus& preset : model_.presets) {
        const auto made = show_.thumbnails().pictures().find(preset.name);
        if (made == show_.thumbnails().pictures().end()) {
            preset.picture = 0;
            continue;
        }
        const LookThumbnail& picture = made->second;
        Thumbnail& shown = thumbnails_[preset.name];
        if (shown.number != picture.number)
            shown.texture.upload_bgra8(picture.size, picture.bgra.data(), picture.size.width * 4);
        shown.number = picture.number;
        preset.picture = shown.texture.texture().id();
        preset.picture_size = picture.size;
    }
}

void LiveWindow::refresh_choices() {
    lists_.look();
    model_.monitors = list_monitors();
}

void LiveWindow::take_choices() {
    std::optional<ChoiceLists::Found> found = lists_.take();
    if (!found) return;
    model_.networks = std::move(found->networks);
    model_.source.sections = std::move(found->sources);
    list_own_network();
}

/// Adds the network that dreams, if it lies in none of the listed folders.
void LiveWindow::list_own_network() {
    const std::string dreams = runtime_.network->weights().path;
    const bool listed = std::any_of(model_.networks.begin(), model_.networks.end(),
                                    [&](const NetworkStatus& n) { return n.path == dreams; });
    if (!listed) model_.networks.push_back({std::filesystem::path(dreams).stem(), dreams});
}

void LiveWindow::describe_network() {
    model_.coming_network = show_.coming_network();
    const std::string path = runtime_.network->weights().path;
    if (path == model_.network) return;
    model_.network = path;
    model_.layers.clear();
    for (const LayerInfo& layer : runtime_.network->layers())
        model_.layers.push_back({layer.name, layer.channels, -1, -1});
    usual_.clear();
    model_.focus_layer.clear();
}

void LiveWindow::describe_source() {
    const LiveStatus status = show_.input().status();
    SourceStatus& source = model_.source;
    source.spec = status.spec;
    source.detail = status.width > 0 ? fmt::format("{}×{}, {:.4g} frames/s", status.width,
                                                   status.height, status.fps)
                                     : name_of(status.state);
    source.health = health_of(status.state);
    source.message = status.last_error;
    source.is_file = status.duration_s > 0;
    source.paused = status.paused;
    source.duration_s = status.duration_s;
    source.position_s = status.position * status.duration_s;
}

void LiveWindow::describe_outputs() {
    model_.outputs.resize(kOutputKinds);
    for (int i = 0; i < kOutputKinds; ++i) {
        const auto kind = static_cast<OutputKind>(i);
        const RecorderStatus status = outputs_.status(kind);
        const bool failed = status.state == RecorderState::failed;
        const bool opening = status.state == RecorderState::opening;
        OutputStatus& output = model_.outputs[static_cast<size_t>(i)];
        output.kind = kind;
        output.target = status.path;
        output.running = outputs_.running(kind);
        output.health = failed ? Health::trouble : opening ? Health::waiting : Health::good;
        output.message = status.line;
        output.seconds = status.duration_s;
        output.frames = status.frames;
        output.dropped = status.dropped;
    }
    const SoundStatus sound = outputs_.sound_status();
    model_.sound = {outputs_.sound(), sound.peak, sound.problem};
}

void LiveWindow::describe_budget() {
    Statistics& s = model_.statistics;
    const DreamBudget& budget = show_.budget();
    const DreamBudget::Share& share = budget.share();
    s.dream_size = {share.size.width, share.size.height};
    s.budget.clear();
    if (budget.budget_ms() <= 0 || share.done == 0) return;
    s.budget = fmt::format("{} step{} in this dream, for {:.0f} ms at most", share.done,
                           share.done == 1 ? "" : "s", budget.budget_ms());
    if (share.growth > 1.05F) s.budget += fmt::format("; {:.1f} times as large", share.growth);
    const double stretched = show_.statistics().stretched();
    if (stretched > 1.05)
        s.budget += fmt::format("; the half-life {:.1f} times as long", stretched);
    if (share.size.width < show_.size().width)
        s.budget +=
            fmt::format("; dreamed smaller than {}×{}", show_.size().width, show_.size().height);
}

/// A probe is learnt from once, however often it is shown.
void LiveWindow::learn_activations(const ProbeResult& probe) {
    const bool same = std::equal(
        probe.layers.begin(), probe.layers.end(), learnt_.begin(), learnt_.end(),
        [](const auto& a, const auto& b) { return a.source == b.source && a.dream == b.dream; });
    if (same) return;
    const Clock::time_point now = Clock::now();
    const double since_s = std::chrono::duration<double>(now - learnt_at_).count();
    learnt_ = probe.layers;
    learnt_at_ = now;
    for (const ProbeResult::Layer& seen : probe.layers) {
        ActivationScale& usual = usual_[seen.name];
        usual.learn(seen.source, since_s);
        usual.learn(seen.dream, 0);
    }
}

/// Bars of 0 … 1, in whose middle is what the layer usually does.
void LiveWindow::describe_insight() {
    const ProbeResult& probe = show_.probe();
    for (LayerStatus& layer : model_.layers) layer.before = layer.after = -1;
    model_.focus_channels.clear();
    learn_activations(probe);
    for (const ProbeResult::Layer& seen : probe.layers) {
        const auto layer = std::find_if(model_.layers.begin(), model_.layers.end(),
                                        [&](const LayerStatus& s) { return s.name == seen.name; });
        if (layer == model_.layers.end()) continue;
        const ActivationScale& usual = usual_[seen.name];
        layer->before = usual.place(seen.source);
        layer->after = usual.place(seen.dream);
    }
    if (probe.layer == model_.focus_layer) model_.focus_channels = probe.channels;
}

void LiveWindow::describe_statistics() {
    const Clock::time_point now = Clock::now();
    const LiveStatistics& seen = show_.statistics();
    const LiveStatistics::Report report = seen.report(now);
    Statistics& s = model_.statistics;
    s.frame_ms = seen.frame_times();
    // Pictures come no faster than the source gives them, nor than the display shows them.
    s.budget_ms = static_cast<float>(1000 / std::min(refresh_hz(), show_.frame_rate().value()));
    s.stages = {{"dream, beside the show", static_cast<float>(seen.dream_ms())}};
    s.presented_fps = static_cast<float>(seen.recent_fps(now));
    s.dreams_per_s = static_cast<float>(seen.recent_dreams(now));
    s.latency_ms = static_cast<float>(report.latency_ms_p95);
    s.latency_frames = static_cast<float>(report.latency_frames_p95);
    s.late_frames = report.late_frames;
    s.damaged_frames = show_.input().status().damaged;
    s.memory_bytes = report.memory_bytes;
    describe_budget();
    const DeviceInfo& device = runtime_.device->info();
    s.device = fmt::format("{}, {}", device.name, precision_name(*runtime_.network));
    if (device.kind == DeviceKind::cpu) s.device += fmt::format(", {} threads", device.threads);
}

}  // namespace reverie
