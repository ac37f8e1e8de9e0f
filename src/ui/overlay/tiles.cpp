// The panel Sight: channels by their pictures and words. What the network thinks it sees stands
// first.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "src/ui/overlay/state.h"

namespace reverie {
namespace {

constexpr float kWordHeight = 22, kBetweenTiles = 10;

bool is_played(const OverlayFrame& frame, const ChannelPicture& channel) {
    const std::vector<int> played = frame.model.mixer.channels_of(channel.layer);
    return std::binary_search(played.begin(), played.end(), channel.channel);
}

std::string help_of(const ChannelPicture& channel, bool played) {
    const std::string name = strip_name(channel.layer, channel.channel);
    return fmt::format("{}{}{}\n{}", channel.words, channel.words.empty() ? "" : "\n", name,
                       played ? "Click to take it off." : "Click to dream it.");
}

/// What is seen in one of the pictures, side by side.
void draw_seen(OverlayFrame& frame, size_t which, std::string_view title, ImU32 color) {
    Ui& ui = frame.ui;
    dot(ui, color);
    ImGui::SameLine();
    text(ui, title, style::kTextDim, ui.small());
    const std::vector<SightedWord>& seen = frame.model.sight.seen.at(which);
    const size_t places = std::max<size_t>(seen.size(), kSightPlaces);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float between = ui.px(kBetweenTiles);
    const float side = std::floor((width_left(ui) - static_cast<float>(places - 1) * between) /
                                  static_cast<float>(places));
    for (size_t i = 0; i < seen.size(); ++i) {
        const SightedWord& word = seen[i];
        if (word.word.empty()) continue;
        const float x = at.x + static_cast<float>(i) * (side + between);
        draw_channel_tile(frame, fmt::format("sight/{}/{}", which, i), word.channel, word.word,
                          ImVec2(x, at.y), side, 0.25F + 0.75F * std::min(word.strength, 1.0F));
    }
    ImGui::SetCursorScreenPos(at);
    ImGui::Dummy(ImVec2(0, side + ui.px(kWordHeight)));
}

}  // namespace

void draw_channel_tile(OverlayFrame& frame, std::string_view name, const ChannelPicture& channel,
                       std::string_view word, ImVec2 at, float side, float strength) {
    Ui& ui = frame.ui;
    const bool played = is_played(frame, channel);
    ImGui::PushID(name.data(), name.data() + name.size());
    ImGui::SetCursorScreenPos(at);
    const bool clicked = ImGui::InvisibleButton("tile", ImVec2(std::max(side, 1.0F), side));
    ImGui::SetItemAllowOverlap();
    ImGui::PopID();
    ui.note(name);
    offer_to_midi(frame, "layer/" + strip_name(channel.layer, channel.channel));
    const bool hovered = ImGui::IsItemHovered();
    tooltip(ui, help_of(channel, played));
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ImVec2 end(at.x + side, at.y + side);
    const float rounding = ui.px(style::kRounding);
    draw_tile_picture(list, channel.picture, at, end, rounding, hovered ? 1 : strength);
    if (played || hovered) {
        list.AddRect(at, end, played ? style::kAccent : style::kTextDim, rounding, 0,
                     ui.px(played ? 2.5F : 1.5F));
    }
    if (!word.empty()) {
        ImGui::SetCursorScreenPos(ImVec2(at.x, end.y + ui.px(3)));
        text_cut(ui, word, side, played ? style::kAccent : style::kText, ui.small());
    }
    if (!clicked) return;
    if (played)
        frame.ask(request::RemoveStrip{channel.layer, channel.channel});
    else
        frame.ask(request::SetStrip{channel.layer, channel.channel, 1});
}

void draw_sight(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    const OverlayModel& model = frame.model;
    if (!model.sight.named) {
        text_wrapped(ui,
                     "Nobody has named the channels of this network. Those of the embedded one "
                     "have names: Source, Network.",
                     style::kTextDim);
        if (model.sight.labelled) draw_channel_field(frame);
        return;
    }
    draw_seen(frame, 0, "it thinks it sees in the source", style::kBefore);
    gap(ui, 6);
    draw_seen(frame, 1, "and in the dream", style::kAccent);
    const bool open = model.view.mode == ViewMode::sight;
    if (button(ui, "sight/view", open ? "Back to the dream" : "Show it large", 0,
               open ? ButtonLook::lit : ButtonLook::plain))
        frame.ask(request::ChangeView{ViewChange::sight});
    tooltip(ui, "For visitors: the pictures, and beside them what it sees (V)");
    draw_channel_field(frame);
}

}  // namespace reverie
