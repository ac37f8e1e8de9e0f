// Picking channels of one layer: a field of cells, each as bright as its channel is active. A click
// puts a channel on the mixing desk, or takes it off.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "src/ui/overlay/state.h"

namespace reverie {
namespace {

constexpr float kCell = 26;
constexpr float kMost = 190;

/// Channels in the order in which they are shown.
std::vector<int> channel_order(const OverlayFrame& frame, int channels) {
    std::vector<int> order(static_cast<size_t>(std::max(channels, 0)));
    std::iota(order.begin(), order.end(), 0);
    const std::vector<float>& activations = frame.model.focus_channels;
    if (frame.state.strongest_first && activations.size() == order.size()) {
        std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
            return activations[static_cast<size_t>(a)] > activations[static_cast<size_t>(b)];
        });
    }
    return order;
}

void draw_cell(OverlayFrame& frame, const LayerStatus& layer, int channel, float activation,
               ImVec2 at, float size) {
    Ui& ui = frame.ui;
    const std::string name = strip_name(layer.name, channel);
    const std::vector<int> picked = frame.model.mixer.channels_of(layer.name);
    const bool on = std::binary_search(picked.begin(), picked.end(), channel);
    ImGui::SetCursorScreenPos(at);
    ImGui::PushID(channel);
    const bool clicked = ImGui::InvisibleButton("cell", ImVec2(size, size));
    ImGui::PopID();
    ui.note(name + "/pick");
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float inset = ui.px(1);
    const ImVec2 low(at.x + inset, at.y + inset), high(at.x + size - inset, at.y + size - inset);
    const auto alpha = static_cast<unsigned>(16 + 170 * std::clamp(activation, 0.0F, 1.0F));
    list.AddRectFilled(low, high, style::rgba(0xF5A94B, alpha), ui.px(3));
    if (on || ImGui::IsItemHovered())
        list.AddRect(low, high, style::kText, ui.px(3), 0, ui.px(on ? 2 : 1));
    if (ImGui::IsItemHovered()) {
        tooltip(ui, activation < 0 ? fmt::format("channel {}", channel)
                                   : fmt::format("channel {}: {:.2f}", channel, activation));
    }
    if (!clicked) return;
    if (on) {
        frame.ask(request::RemoveStrip{layer.name, channel});
    } else {
        frame.ask(request::SetStrip{layer.name, channel, 1});
    }
}

}  // namespace

void draw_channels(OverlayFrame& frame, const LayerStatus& layer) {
    Ui& ui = frame.ui;
    gap(ui, 8);
    const float left = ImGui::GetCursorScreenPos().x;
    const float width = width_left(ui);
    text(ui, fmt::format("{} channels", layer.channels), style::kTextDim, ui.small());
    ImGui::SameLine();
    const float strip = ui.px(150);
    ImGui::SetCursorScreenPos(
        ImVec2(left + width - strip, ImGui::GetCursorScreenPos().y - ui.px(5)));
    constexpr std::string_view kOrders[] = {"strongest", "by number"};
    if (const auto chosen =
            segmented(ui, "channels/order", kOrders, frame.state.strongest_first ? 0 : 1, strip))
        frame.state.strongest_first = *chosen == 0;

    // Cells fill the width, less what the scroll bar takes.
    const float room = width - ui.px(12);
    const int columns = std::max(1, static_cast<int>(room / ui.px(kCell)));
    const float size = std::floor(room / static_cast<float>(columns));
    const int rows = (layer.channels + columns - 1) / columns;
    ImGui::BeginChild("channels",
                      ImVec2(0, std::min(static_cast<float>(rows) * size, ui.px(kMost))));
    const ImVec2 origin = ImGui::GetCursorScreenPos();
    const std::vector<int> order = channel_order(frame, layer.channels);
    const std::vector<float>& activations = frame.model.focus_channels;
    const float peak =
        activations.empty()
            ? 0
            : std::max(*std::max_element(activations.begin(), activations.end()), 1e-9F);
    for (size_t i = 0; i < order.size(); ++i) {
        const auto channel = static_cast<size_t>(order[i]);
        const float activation = channel < activations.size() ? activations[channel] / peak : -1.0F;
        const int column = static_cast<int>(i) % columns, row = static_cast<int>(i) / columns;
        draw_cell(frame, layer, order[i], activation,
                  ImVec2(origin.x + static_cast<float>(column) * size,
                         origin.y + static_cast<float>(row) * size),
                  size);
    }
    ImGui::EndChild();
    gap(ui, 12);
}

}  // namespace reverie
