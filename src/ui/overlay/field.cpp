// Channels to choose from by their pictures: stars, the channels of a layer, or what a word finds,
// with the classes that it finds. A click puts one on the mixing desk, or takes it off; a click on a
// channel's corner stars it.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "src/ui/overlay/state.h"

namespace reverie {
namespace {

constexpr int kColumns = 8;  // as a pad has them
constexpr float kBetweenThumbnails = 5;

void draw_star(ImDrawList& list, ImVec2 middle, float radius, ImU32 color) {
    ImVec2 points[10];
    for (int i = 0; i < 10; ++i) {
        const float angle = (static_cast<float>(i) / 5 - 0.5F) * 3.14159F;
        const float r = i % 2 == 0 ? radius : 0.42F * radius;
        points[i] = ImVec2(middle.x + r * std::cos(angle), middle.y + r * std::sin(angle));
    }
    for (int i = 0; i < 10; ++i)
        list.AddTriangleFilled(middle, points[i], points[(i + 1) % 10], color);
}

void draw_corner(OverlayFrame& frame, const ChannelPicture& channel, ImVec2 end, float side) {
    Ui& ui = frame.ui;
    const float size = ui.px(17);
    const ImVec2 at(end.x - size, end.y - side);
    const bool near = ImGui::IsMouseHoveringRect(ImVec2(end.x - side, end.y - side), end) &&
                      ImGui::IsWindowHovered();
    const std::string name = strip_name(channel.layer, channel.channel);
    ImGui::PushID(name.c_str());
    ImGui::SetCursorScreenPos(at);
    const bool clicked = ImGui::InvisibleButton("star", ImVec2(size, size));
    ImGui::PopID();
    ui.note("star/" + name);
    if (clicked) frame.ask(request::StarChannel{channel.star, Switch::toggle});
    // It is there while it is held, when nothing else counts as hovered.
    if (!channel.starred && !near) return;
    tooltip(ui, channel.starred ? "Take it from the stars" : "Star it");
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ImVec2 middle(at.x + size / 2, at.y + size / 2);
    draw_star(list, middle, ui.px(8), style::rgba(0x000000, 170));
    draw_star(list, middle, ui.px(6), channel.starred ? style::kWaiting : style::kTextDim);
}

/// Only the rows that are seen.
void draw_grid(OverlayFrame& frame, const std::vector<ChannelPicture>& field) {
    Ui& ui = frame.ui;
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float between = ui.px(kBetweenThumbnails);
    const float side = std::floor((width_left(ui) - (kColumns - 1) * between) / kColumns);
    const float row = side + between;
    const float top = ImGui::GetWindowPos().y, bottom = top + ImGui::GetWindowHeight();
    for (size_t i = 0; i < field.size(); ++i) {
        const size_t line = i / kColumns;
        const float y = at.y + static_cast<float>(line) * row;
        if (y + side < top || y > bottom) continue;
        const float x = at.x + static_cast<float>(i % kColumns) * row;
        const ChannelPicture& one = field[i];
        draw_channel_tile(frame, "field/" + strip_name(one.layer, one.channel), one, "",
                          ImVec2(x, y), side, 0.92F);
        draw_corner(frame, one, ImVec2(x + side, y + side), side);
    }
    const size_t rows = (field.size() + kColumns - 1) / kColumns;
    ImGui::SetCursorScreenPos(at);
    ImGui::Dummy(ImVec2(0, static_cast<float>(rows) * row));
}

/// The classes that a word finds, by their labels. A click dreams one, or no longer does.
void draw_classes(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    const SightStatus& sight = frame.model.sight;
    for (const SightedClass& one : sight.classes) {
        const bool played = frame.model.mixer.at(one.term).weight != 0;
        const bool clicked = choice(ui, "field/" + one.term, one.label, "",
                                    played ? ChoiceLook::current : ChoiceLook::plain);
        tooltip(ui, one.term + (played ? "\nClick to take it off." : "\nClick to dream it."));
        if (!clicked) continue;
        if (played)
            frame.ask(request::RemoveStrip{one.term, -1});
        else
            frame.ask(request::SetStrip{one.term, -1, 1});
    }
    if (sight.more_classes > 0)
        text(ui, fmt::format("and {} more", sight.more_classes), style::kTextFaint, ui.small());
    if (!sight.classes.empty()) gap(ui, 6);
}

/// What the user wants to see: the stars, a layer, or what a word finds.
action::ShowChannels choose_page(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    OverlayState& state = frame.state;
    const float stars = ui.px(70);
    text_field(ui, "sight/search", state.channel_search, "Search: eyes, dog, arch",
               ui.right_edge() - ImGui::GetCursorScreenPos().x - stars - ui.px(style::kGap));
    ImGui::SameLine();
    const bool at_stars = state.channel_search.empty() && state.channel_page == 0;
    if (button(ui, "sight/stars", "Stars", stars, at_stars ? ButtonLook::lit : ButtonLook::plain)) {
        state.channel_page = 0;
        state.channel_search.clear();
    }
    const std::vector<std::string>& layers = frame.model.sight.layers;
    const std::vector<std::string_view> labels(layers.begin(), layers.end());
    const int count = static_cast<int>(labels.size());
    state.channel_page = std::clamp(state.channel_page, 0, count);
    const int page = state.channel_search.empty() ? state.channel_page - 1 : -1;
    if (const auto chosen = segmented(ui, "sight/layer", labels, page, 0)) {
        state.channel_page = *chosen + 1;
        state.channel_search.clear();
    }
    action::ShowChannels wanted;
    for (const char c : state.channel_search)
        wanted.word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (wanted.word.empty() && state.channel_page > 0)
        wanted.layer = layers[static_cast<size_t>(state.channel_page - 1)];
    return wanted;
}

}  // namespace

void draw_channel_field(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    const SightStatus& sight = frame.model.sight;
    section(ui, "Click what it should dream");
    const action::ShowChannels wanted = choose_page(frame);
    const bool searches = !wanted.word.empty();
    if (wanted != frame.model.sight.shown) frame.act(wanted);
    gap(ui, 6);
    draw_classes(frame);
    if (sight.field.empty()) {
        if (!sight.classes.empty()) return;
        text_wrapped(ui,
                     searches ? sight.labelled ? "No channel or class has a word like that."
                                               : "No channel has a word like that."
                              : "No stars yet: hover over a picture, and click its corner.",
                     style::kTextDim);
        return;
    }
    draw_grid(frame, sight.field);
    const bool pictures = std::any_of(sight.field.begin(), sight.field.end(),
                                      [](const auto& one) { return one.picture.texture != 0; });
    if (!pictures && !searches && !wanted.layer.empty())
        text_wrapped(ui,
                     fmt::format("Pictures of a layer that has none: reverie atlas --layers {}",
                                 wanted.layer),
                     style::kTextFaint, ui.small());
}

}  // namespace reverie
