// The panel Layers: the network as a mixing desk. Every layer, branch and picked channel is a fader
// in −1 … 1 with its live activation, in the source and in the dream, under it.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "src/ui/overlay/state.h"

namespace reverie {
namespace {

constexpr float kChevron = 16;
constexpr float kName = 126;
constexpr float kValue = 46;
constexpr float kLetter = 22;
constexpr float kRow = 31;

constexpr FaderSpec kFader{.low = -1, .high = 1, .initial = 0, .unbounded = true};

bool is_there(const OverlayModel& model, std::string_view name) {
    return std::any_of(model.layers.begin(), model.layers.end(),
                       [&](const LayerStatus& layer) { return layer.name == name; });
}

/// The layer that a branch belongs to, "" for what is no branch.
std::string_view parent_of(const OverlayModel& model, std::string_view name) {
    const size_t slash = name.find('/');
    if (slash == std::string_view::npos) return {};
    const std::string_view parent = name.substr(0, slash);
    return is_there(model, parent) ? parent : std::string_view();
}

bool has_branches(const OverlayModel& model, std::string_view name) {
    return std::any_of(model.layers.begin(), model.layers.end(), [&](const LayerStatus& layer) {
        return parent_of(model, layer.name) == name;
    });
}

bool contains(std::string_view name, std::string_view part) {
    const auto same = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) ==
               std::tolower(static_cast<unsigned char>(b));
    };
    return std::search(name.begin(), name.end(), part.begin(), part.end(), same) != name.end();
}

bool plays(const Mixer& mixer, const std::string& layer) {
    return mixer.at(layer).weight != 0 || !mixer.channels_of(layer).empty();
}

/// The triangle before a layer that has branches.
void draw_chevron(OverlayFrame& frame, const LayerStatus& layer) {
    Ui& ui = frame.ui;
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const bool open = frame.state.unfolded.contains(layer.name);
    if (ImGui::InvisibleButton("fold", ImVec2(ui.px(kChevron), ui.px(22)))) {
        if (open) {
            frame.state.unfolded.erase(layer.name);
        } else {
            frame.state.unfolded.insert(layer.name);
        }
    }
    ui.note(layer.name + "/fold");
    const ImU32 color = ImGui::IsItemHovered() ? style::kText : style::kTextFaint;
    const ImVec2 c(at.x + ui.px(5), at.y + ui.px(11));
    const float r = ui.px(4);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    if (open) {
        list.AddTriangleFilled(ImVec2(c.x - r, c.y - r / 2), ImVec2(c.x + r, c.y - r / 2),
                               ImVec2(c.x, c.y + r * 0.7F), color);
    } else {
        list.AddTriangleFilled(ImVec2(c.x - r / 2, c.y - r), ImVec2(c.x + r * 0.7F, c.y),
                               ImVec2(c.x - r / 2, c.y + r), color);
    }
}

/// A channel's picture at the height of its fader; how much of the line it takes.
float draw_name_picture(OverlayFrame& frame, const ChannelPicture* shown, ImVec2 at) {
    if (shown == nullptr || shown->picture.texture == 0) return 0;
    Ui& ui = frame.ui;
    const float side = ui.px(24);
    const ImVec2 low(at.x, at.y - ui.px(1));
    draw_tile_picture(*ImGui::GetWindowDrawList(), shown->picture, low,
                      ImVec2(low.x + side, low.y + side), ui.px(3), 1);
    return side + ui.px(6);
}

void draw_name(OverlayFrame& frame, const LayerStatus& layer, int channel, std::string_view label,
               float width, bool heard) {
    Ui& ui = frame.ui;
    const auto found = frame.model.sight.strips.find(strip_name(layer.name, channel));
    const ChannelPicture* const shown =
        channel >= 0 && found != frame.model.sight.strips.end() ? &found->second : nullptr;
    const bool focused = channel < 0 && frame.model.focus_layer == layer.name;
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const bool clicked = ImGui::InvisibleButton("name", ImVec2(width, ui.px(22)));
    ui.note(channel < 0 ? layer.name + "/name" : fmt::format("{}:{}/name", layer.name, channel));
    const bool hovered = ImGui::IsItemHovered();
    const bool elsewhere = !is_there(frame.model, layer.name);
    if (hovered && elsewhere) tooltip(ui, layer.name + "\nClick to take it off.");
    if (hovered && !elsewhere) {
        tooltip(ui, channel < 0
                        ? fmt::format("{}\n{} channels. Click to pick among them.", layer.name,
                                      layer.channels)
                        : fmt::format(
                              "{}Channel {} of {}. Click to take it off.",
                              shown == nullptr || shown->words.empty() ? "" : shown->words + "\n",
                              channel, layer.name));
    }
    const float taken = draw_name_picture(frame, shown, at);
    ImGui::SetCursorScreenPos(ImVec2(at.x + taken, at.y + ui.px(2)));
    const ImU32 color = focused            ? style::kAccent
                        : hovered || heard ? style::kText
                                           : style::kTextDim;
    const bool speaks = shown != nullptr && !shown->words.empty();
    text_cut(ui, speaks ? std::string_view(shown->words) : label, width - taken, color);
    if (!clicked) return;
    if (channel < 0 && !elsewhere) {
        frame.act(action::FocusLayer{focused ? "" : layer.name});
    } else {
        frame.ask(request::RemoveStrip{layer.name, channel});
    }
}

void draw_letters(OverlayFrame& frame, const LayerStatus& layer, const Mixer::Strip& strip,
                  const std::string& name) {
    Ui& ui = frame.ui;
    if (letter_button(ui, name + "/solo", "S", strip.solo, style::kWaiting))
        frame.ask(request::SoloStrip{layer.name, strip.channel});
    offer_to_midi(frame, "solo/" + name);
    tooltip(ui, "Solo: only this is dreamed");
    ImGui::SameLine(0, ui.px(4));
    if (letter_button(ui, name + "/mute", "M", strip.muted, style::kTrouble))
        frame.ask(request::MuteStrip{layer.name, strip.channel});
    offer_to_midi(frame, "mute/" + name);
    tooltip(ui, "Mute: this is not dreamed");
}

/// "3x3 reduce" for "inception_4c/3x3_reduce".
std::string branch_label(std::string_view name) {
    const size_t slash = name.find('/');
    return spoken(slash == std::string_view::npos ? name : name.substr(slash + 1));
}

void draw_toolbar(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    OverlayState& state = frame.state;
    const float right = ui.right_edge();
    const float buttons = ui.px(66) + ui.px(78) + ui.px(64) + 3 * ui.px(style::kGap);
    text_field(ui, "layers/search", state.layer_search, "Search",
               right - ImGui::GetCursorScreenPos().x - buttons);
    ImGui::SameLine();
    if (button(ui, "layers/playing", "Playing", ui.px(78),
               state.only_playing ? ButtonLook::lit : ButtonLook::plain))
        state.only_playing = !state.only_playing;
    tooltip(ui, "Only the layers that are dreamed");
    ImGui::SameLine();
    if (button(ui, "layers/brush", "Brush", ui.px(66),
               state.brush.on ? ButtonLook::lit : ButtonLook::plain))
        state.brush.on = !state.brush.on;
    tooltip(ui, "Paint on the picture where to dream: D");
    ImGui::SameLine();
    if (button(ui, "layers/clear", "All 0", ui.px(64))) frame.ask(request::ClearStrips{});
    tooltip(ui, "All faders to 0");
    gap(ui, 10);
}

/// What the two thin bars under the faders are.
void draw_legend(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    dot(ui, style::kBefore);
    ImGui::SameLine();
    text(ui, "in the source", style::kTextDim, ui.small());
    ImGui::SameLine(0, ui.px(16));
    dot(ui, style::kAccent);
    ImGui::SameLine();
    text(ui, "in the dream", style::kTextDim, ui.small());
    ImGui::SameLine(0, ui.px(16));
    text(ui, "middle: as usual there", style::kTextFaint, ui.small());
    gap(ui, 6);
}

/// What the network's list does not have: terms with a mask, words, guides.
void draw_other_strips(OverlayFrame& frame) {
    for (const Mixer::Strip& strip : frame.model.mixer.strips()) {
        if (is_there(frame.model, strip.layer)) continue;
        if (!contains(strip.layer, frame.state.layer_search)) continue;
        constexpr std::string_view kModule = "inception_";
        std::string_view label = strip.layer;
        if (label.starts_with(kModule)) label.remove_prefix(kModule.size());
        const std::string channel =
            strip.channel < 0 ? "" : fmt::format("channel {}, ", strip.channel);
        draw_layer_row(frame, {strip.layer, 0, -1, -1}, strip.channel, channel + std::string(label),
                       0, false);
    }
}

bool is_shown(const OverlayFrame& frame, const LayerStatus& layer) {
    const OverlayState& state = frame.state;
    if (state.only_playing && !plays(frame.model.mixer, layer.name)) return false;
    if (!state.layer_search.empty()) return contains(layer.name, state.layer_search);
    if (state.only_playing) return true;
    const std::string_view parent = parent_of(frame.model, layer.name);
    return parent.empty() || state.unfolded.contains(std::string(parent)) ||
           plays(frame.model.mixer, layer.name);
}

}  // namespace

void draw_layer_row(OverlayFrame& frame, const LayerStatus& layer, int channel,
                    std::string_view label, float indent, bool folds) {
    Ui& ui = frame.ui;
    const Mixer& mixer = frame.model.mixer;
    const Mixer::Strip strip = mixer.at(layer.name, channel);
    const std::string name = strip_name(layer.name, channel);
    const bool heard = strip.weight != 0 && mixer.is_heard(strip);
    ImGui::PushID(name.c_str());
    const float left = ImGui::GetCursorScreenPos().x;
    const float top = ImGui::GetCursorScreenPos().y;
    const float right = ui.right_edge();
    if (folds) draw_chevron(frame, layer);
    const float name_at = left + ui.px(kChevron + indent);
    ImGui::SetCursorScreenPos(ImVec2(name_at, top));
    draw_name(frame, layer, channel, label, ui.px(kName - indent), heard);

    const float letters_at = right - ui.px(2 * kLetter + 4);
    const float fader_at = left + ui.px(kChevron + kName + 2);
    ImGui::SetCursorScreenPos(ImVec2(fader_at, top));
    const float marks[] = {channel < 0 ? layer.before : -1.0F, channel < 0 ? layer.after : -1.0F};
    const Edit edit =
        fader(ui, name, kFader, strip.weight, letters_at - ui.px(kValue + 8) - fader_at, marks);
    offer_to_midi(frame, "layer/" + name);
    frame.ask_edit(name, edit,
                   request::SetStrip{layer.name, channel, static_cast<float>(edit.value)});

    ImGui::SetCursorScreenPos(ImVec2(left, top + ui.px(2)));
    ImGui::Dummy(ImVec2(0, 0));
    text_right(ui, edit.value == 0 ? "0" : fmt::format("{:+.2f}", edit.value),
               letters_at - ui.px(10),
               !heard           ? style::kTextFaint
               : edit.value < 0 ? style::kAgainst
                                : style::kText);
    ImGui::SetCursorScreenPos(ImVec2(letters_at, top));
    draw_letters(frame, layer, strip, name);
    ImGui::SetCursorScreenPos(ImVec2(left, top + ui.px(kRow)));
    ImGui::PopID();
}

void draw_layers(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    draw_toolbar(frame);
    draw_legend(frame);
    ImGui::BeginChild("layers", ImVec2(0, 0));
    if (!frame.model.layers.empty()) draw_other_strips(frame);
    bool any = false;
    for (const LayerStatus& layer : frame.model.layers) {
        if (!is_shown(frame, layer)) continue;
        any = true;
        const bool found = !frame.state.layer_search.empty() || frame.state.only_playing;
        const bool branch = !found && !parent_of(frame.model, layer.name).empty();
        draw_layer_row(frame, layer, -1, branch ? branch_label(layer.name) : layer.name,
                       branch ? 12.0F : 0.0F, !found && has_branches(frame.model, layer.name));
        for (const int channel : frame.model.mixer.channels_of(layer.name))
            draw_layer_row(frame, layer, channel, fmt::format("channel {}", channel), 12, false);
        if (frame.model.focus_layer == layer.name) draw_channels(frame, layer);
    }
    if (!any) {
        text_wrapped(ui,
                     frame.model.layers.empty()         ? "The network is being read."
                     : frame.state.layer_search.empty() ? "All faders are at 0: nothing is dreamed."
                                                        : "No layer of that name.",
                     style::kTextDim);
    }
    ImGui::EndChild();
}

}  // namespace reverie
