// The panel Source: what is dreamed on, and what else could be.
#include <fmt/format.h>

#include <algorithm>

#include "src/ui/overlay/state.h"
#include "src/util/time_text.h"

namespace reverie {
namespace {

void draw_now(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    const SourceStatus& source = frame.model.source;
    dot(ui, color_of(source.health));
    ImGui::SameLine();
    text_cut(ui, source.spec.empty() ? "no source" : source.spec, width_left(ui), style::kText);
    if (!source.detail.empty()) text(ui, source.detail, style::kTextDim, ui.small());
    if (!source.message.empty())
        text_wrapped(ui, source.message, color_of(source.health), ui.small());
}

void draw_transport(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    OverlayState& state = frame.state;
    const SourceStatus& source = frame.model.source;
    if (!source.is_file) return;
    gap(ui, 12);
    if (source.duration_s > 0) {
        const double position = state.scrub_s.value_or(source.position_s);
        text(ui, clock_text(position), style::kText, ui.small());
        text_right(ui, clock_text(source.duration_s), ui.right_edge(), style::kTextDim, ui.small());
        const FaderSpec spec{.low = 0, .high = source.duration_s, .even = true};
        const Edit edit = fader(ui, "source/position", spec, position, 0);
        if (edit.changed) {
            state.scrub_s = edit.value;
            frame.ask(request::SeekSource{edit.value});
        }
        if (edit.ended) state.scrub_s.reset();
        gap(ui, 6);
    }
    if (button(ui, "source/pause", source.paused ? "Go on" : "Pause", ui.px(96),
               source.paused ? ButtonLook::lit : ButtonLook::plain))
        frame.ask(request::PauseSource{});
}

/// A row that is clicked to open a source.
void draw_choice(OverlayFrame& frame, const SourceChoice& one, bool changes) {
    const bool current = frame.model.source.spec == one.spec;
    const ChoiceLook look = current      ? ChoiceLook::current
                            : one.usable ? ChoiceLook::plain
                                         : ChoiceLook::unusable;
    // Also cameras that are in use: they may be free by now.
    if (choice(frame.ui, "source/" + one.spec, one.name, changes ? one.detail : "", look) &&
        !current)
        frame.ask(request::OpenSource{one.spec});
    if (!changes) tooltip(frame.ui, one.detail);
}

/// The sections of what comes and goes, with a button that looks for it, or those of the rest.
void draw_sections(OverlayFrame& frame, bool changing) {
    Ui& ui = frame.ui;
    for (const SourceSection& one : frame.model.source.sections) {
        if (one.changes != changing) continue;
        section(ui, one.title);
        for (const SourceChoice& choice : one.choices) draw_choice(frame, choice, changing);
        if (one.choices.empty()) text(ui, one.nothing, style::kTextDim);
    }
    if (!changing) return;
    gap(ui, 6);
    if (button(ui, "source/refresh", "Look again")) frame.act(action::RefreshSources{});
}

void draw_typed(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    std::string& typed = frame.state.source_text;
    const float button_width = ui.px(72);
    const bool entered = text_field(
        ui, "source/typed", typed, "path or address",
        ui.right_edge() - ImGui::GetCursorScreenPos().x - button_width - ui.px(style::kGap));
    ImGui::SameLine();
    const bool clicked =
        button(ui, "source/open", "Open", button_width, ButtonLook::plain, !typed.empty());
    if ((entered || clicked) && !typed.empty()) {
        frame.ask(request::OpenSource{typed});
        typed.clear();
    }
    text(ui, "Or drop a file onto the window.", style::kTextFaint, ui.small());
}

}  // namespace

void draw_source(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    draw_now(frame);
    draw_transport(frame);
    draw_sections(frame, true);
    section(ui, "Files and addresses");
    draw_typed(frame);
    draw_sections(frame, false);
}

}  // namespace reverie
