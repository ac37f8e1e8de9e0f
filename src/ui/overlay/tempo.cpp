// The tempo in the line at the bottom: beats a minute and who says so, the beat and the bar as
// moving dots, and what changes wait for. Large: it is read from two metres.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cfloat>
#include <charconv>
#include <cmath>

#include "src/control/desk.h"
#include "src/ui/overlay/state.h"

namespace reverie {
namespace {

constexpr int kBeats = 4, kBars = 4;
constexpr float kNumber = 84;  // of the beats a minute
constexpr float kLeader = 92;
constexpr float kWaitsFor = 56, kWaits = 186;

struct Leader {
    std::string_view name, help;
    ImU32 color;
};

/// Of the tempo that counts.
Leader leader_of(TempoSource source) {
    switch (source) {
        case TempoSource::ear:
            return {"heard", "The show listens to the beat. T taps it by hand.", style::kGood};
        case TempoSource::tap:
            return {"by hand", "Tapped or typed. Click: follow what is heard again.",
                    style::kAccent};
        case TempoSource::midi_clock:
            return {"MIDI clock", "Another machine's MIDI clock leads.", style::kAgainst};
        case TempoSource::link:
            return {"Link", "Ableton Link leads.", style::kAgainst};
        default:
            return {"no beat", "Tap it with T, type it, or let the show hear one.",
                    style::kTextFaint};
    }
}

/// Text with its middle at a height.
void put(Ui& ui, std::string_view content, ImVec2 at, ImU32 color, ImFont* font) {
    ImGui::SetCursorScreenPos(ImVec2(at.x, std::round(at.y - font->FontSize / 2)));
    text(ui, content, color, font);
}

std::optional<double> read_bpm(const std::string& typed) {
    double bpm = 0;
    const auto [end, status] = std::from_chars(typed.data(), typed.data() + typed.size(), bpm);
    if (status != std::errc() || end != typed.data() + typed.size() || !std::isfinite(bpm))
        return std::nullopt;
    return bpm;
}

void type_bpm(OverlayFrame& frame, ImVec2 middle) {
    Ui& ui = frame.ui;
    OverlayState& state = frame.state;
    ImGui::SetCursorScreenPos(ImVec2(middle.x, middle.y - ui.px(style::kControl) / 2));
    if (state.typing_begins) ImGui::SetKeyboardFocusHere();
    const bool entered = text_field(ui, "tempo/bpm", *state.typed_bpm, "BPM", ui.px(kNumber - 8));
    const bool left = !state.typing_begins && !ImGui::IsItemActive();
    state.typing_begins = state.typing_begins && !ImGui::IsItemActive();
    if (entered) {
        if (const std::optional<double> bpm = read_bpm(*state.typed_bpm))
            frame.ask(request::SetTempo{*bpm});
        else
            frame.say(
                fmt::format("'{}' is no number of beats a minute; try 120", *state.typed_bpm));
    }
    if (entered || left) state.typed_bpm.reset();
}

void draw_bpm(OverlayFrame& frame, ImVec2 middle) {
    Ui& ui = frame.ui;
    const TempoStatus& tempo = frame.model.tempo;
    if (frame.state.typed_bpm) return type_bpm(frame, middle);
    const float half = ui.px(style::kControl) / 2;
    ImGui::SetCursorScreenPos(ImVec2(middle.x, middle.y - half));
    if (ImGui::InvisibleButton("bpm", ImVec2(ui.px(kNumber - 8), 2 * half))) {
        frame.state.typed_bpm = "";
        frame.state.typing_begins = true;
    }
    ui.note("tempo/bpm");
    offer_to_midi(frame, "tempo");
    const bool hovered = ImGui::IsItemHovered();
    tooltip(ui, "Beats a minute. Click to type; T taps; the wheel makes it faster and slower.");
    if (hovered && tempo.bpm > 0 && ImGui::GetIO().MouseWheel != 0)
        frame.ask(request::SetTempo{std::clamp(tempo.bpm + ImGui::GetIO().MouseWheel,
                                               TempoClock::kLeastBpm, TempoClock::kMostBpm)});
    const std::string number = tempo.bpm > 0 ? fmt::format("{:.1f}", tempo.bpm) : "—";
    put(ui, number, middle, hovered ? style::kAccent : style::kText, ui.large());
}

/// The beat that is played, of the bar, and the bar, of four. A beat's dot shrinks until the next.
void draw_dots(Ui& ui, const TempoStatus& tempo, ImVec2 middle) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const double beat = tempo.beat.value_or(0);
    const double in_bars = beat - std::floor(beat / (kBeats * kBars)) * kBeats * kBars;
    const int bar = static_cast<int>(in_bars) / kBeats, now = static_cast<int>(in_bars) % kBeats;
    const auto part = static_cast<float>(in_bars - std::floor(in_bars));
    const float step = ui.px(21), small = ui.px(4.5F), large = ui.px(9);
    for (int i = 0; i < kBeats; ++i) {
        const ImVec2 at(middle.x + large + step * static_cast<float>(i), middle.y);
        list.AddCircleFilled(at, small, style::kRaisedActive, 20);
        if (!tempo.beat || i != now) continue;
        list.AddCircleFilled(at, small + (large - small) * (1 - part),
                             i == 0 ? style::kAccent : style::kText, 24);
    }
    const float side = ui.px(9), from = middle.x + step * kBeats + ui.px(14);
    for (int i = 0; i < kBars; ++i) {
        const ImVec2 at(from + (side + ui.px(4)) * static_cast<float>(i), middle.y - side / 2);
        list.AddRectFilled(at, ImVec2(at.x + side, at.y + side),
                           tempo.beat && i == bar ? style::kAccent : style::kRaisedActive,
                           ui.px(2));
    }
    ui.note("tempo/dots",
            {middle.x, middle.y - large, from + (side + ui.px(4)) * kBars, middle.y + large});
}

float dots_width(const Ui& ui) { return ui.px(21 * kBeats + 14 + 13 * kBars + 14); }

void draw_leader(OverlayFrame& frame, ImVec2 middle) {
    Ui& ui = frame.ui;
    const TempoSource source = frame.model.tempo.source;
    const Leader leader = leader_of(source);
    const float half = ui.px(style::kControl) / 2;
    ImGui::SetCursorScreenPos(ImVec2(middle.x, middle.y - half));
    const bool clicked = ImGui::InvisibleButton("leader", ImVec2(ui.px(kLeader - 8), 2 * half));
    ui.note("tempo/leader");
    tooltip(ui, leader.help);
    if (clicked && source == TempoSource::tap) frame.ask(request::FollowEar{});
    put(ui, leader.name, middle, leader.color, ui.body());
}

void draw_quantise(OverlayFrame& frame, ImVec2 middle) {
    Ui& ui = frame.ui;
    const TempoStatus& tempo = frame.model.tempo;
    constexpr std::array<std::string_view, 4> kChoices{"off", "beat", "bar", "4 bars"};
    put(ui, "wait for", middle, style::kTextDim, ui.small());
    ui.note("tempo/wait");
    tooltip(ui, "What presets, cues and cross-fades wait for, so that they land on the beat");
    middle.x += ui.px(kWaitsFor);
    ImGui::SetCursorScreenPos(ImVec2(middle.x, middle.y - ui.px(style::kControl) / 2));
    if (const auto to =
            segmented(ui, "quantise", kChoices, static_cast<int>(tempo.quantise), ui.px(kWaits)))
        frame.ask(request::SetQuantise{static_cast<Quantise>(*to)});
    const ImVec2 low(middle.x, middle.y - ui.px(style::kControl) / 2);
    const ImVec2 high(low.x + ui.px(kWaits), middle.y + ui.px(style::kControl) / 2);
    if (tempo.waiting > 0)
        ImGui::GetWindowDrawList()->AddRect(low, high, style::kWaiting, ui.px(style::kRounding), 0,
                                            ui.px(2));
}

}  // namespace

TempoStatus tempo_status(const Desk& desk) {
    const TempoClock& clock = desk.tempo();
    return {clock.source(), clock.bpm(), clock.beat_at(desk.now_s()), desk.quantise(),
            desk.waiting()};
}

void draw_tempo(OverlayFrame& frame, float height, float right) {
    Ui& ui = frame.ui;
    const ImVec2 start = ImGui::GetCursorScreenPos();
    ImVec2 middle(start.x, start.y + height / 2);
    const auto has_room = [&](float width) { return middle.x + width <= right; };
    ImGui::PushID("tempo");
    if (has_room(ui.px(kNumber))) {
        draw_bpm(frame, middle);
        middle.x += ui.px(kNumber);
    }
    if (has_room(dots_width(ui))) {
        draw_dots(ui, frame.model.tempo, middle);
        middle.x += dots_width(ui);
    }
    if (has_room(ui.px(kLeader))) {
        draw_leader(frame, middle);
        middle.x += ui.px(kLeader);
    }
    if (has_room(ui.px(kWaitsFor + kWaits + 18))) {
        draw_quantise(frame, middle);
        middle.x += ui.px(kWaitsFor + kWaits + 18);
    }
    ImGui::PopID();
    ImGui::SetCursorScreenPos(ImVec2(middle.x, start.y));
}

}  // namespace reverie
