// The panel Statistics: how the machine keeps up.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "src/ui/overlay/state.h"

namespace reverie {
namespace {

/// A picture of the source that comes on a display of another rate comes now and then half a time
/// later than the one before.
constexpr float kLate = 1.6F;

/// Bars of the last frames' times, with the source's own time as a line.
void draw_plot(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    const Statistics& facts = frame.model.statistics;
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float width = width_left(ui), height = ui.px(110);
    ImGui::Dummy(ImVec2(width, height));
    ui.note("statistics/plot");
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled(at, ImVec2(at.x + width, at.y + height), style::kRaised,
                       ui.px(style::kRounding));
    const std::vector<float>& times = facts.frame_ms;
    if (times.empty()) return;
    const float worst = *std::max_element(times.begin(), times.end());
    const float top = std::max({facts.budget_ms * 2, worst * 1.15F, 1.0F});
    const float inset = ui.px(6);
    const float step = (width - 2 * inset) / static_cast<float>(times.size());
    const float floor_y = at.y + height - inset;
    const float reach = height - 2 * inset;
    for (size_t i = 0; i < times.size(); ++i) {
        const bool late = facts.budget_ms > 0 && times[i] > facts.budget_ms * kLate;
        const float x = at.x + inset + static_cast<float>(i) * step;
        list.AddRectFilled(ImVec2(x, floor_y - times[i] / top * reach),
                           ImVec2(x + std::max(step - ui.px(0.5F), 1.0F), floor_y),
                           late ? style::kTrouble : style::kAccent);
    }
    if (facts.budget_ms > 0) {
        const float y = std::round(floor_y - facts.budget_ms / top * reach);
        list.AddLine(ImVec2(at.x + inset, y), ImVec2(at.x + width - inset, y), style::kText,
                     std::max(1.0F, ui.px(1)));
    }
    text(ui, fmt::format("frame time, {} frames, worst {:.0f} ms", times.size(), worst),
         style::kTextDim, ui.small());
    if (facts.budget_ms > 0) {
        text_right(ui, fmt::format("due every {:.1f} ms", facts.budget_ms), ui.right_edge(),
                   style::kTextDim, ui.small());
    }
}

void draw_statistic(Ui& ui, std::string_view label, std::string_view value,
                    ImU32 color = style::kText) {
    text(ui, label, style::kTextDim);
    text_right(ui, value, ui.right_edge(), color);
}

void draw_stages(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    const Statistics& facts = frame.model.statistics;
    float longest = std::max(facts.budget_ms, 1e-3F);
    for (const Stage& stage : facts.stages) longest = std::max(longest, stage.ms);
    const float left = ImGui::GetCursorScreenPos().x;
    const float bar_at = left + ui.px(110);
    const float bar_end = ui.right_edge() - ui.px(76);
    for (const Stage& stage : facts.stages) {
        const float y = ImGui::GetCursorScreenPos().y;
        text_cut(ui, stage.name, ui.px(104), style::kTextDim);
        text_right(ui, fmt::format("{:.1f} ms", stage.ms), ui.right_edge(), style::kText);
        const float middle = y + ImGui::GetFontSize() / 2, half = ui.px(3);
        ImDrawList& list = *ImGui::GetWindowDrawList();
        list.AddRectFilled(ImVec2(bar_at, middle - half), ImVec2(bar_end, middle + half),
                           style::kTrack, half);
        const float end = bar_at + (bar_end - bar_at) * std::clamp(stage.ms / longest, 0.0F, 1.0F);
        if (end > bar_at + half) {
            list.AddRectFilled(ImVec2(bar_at, middle - half), ImVec2(end, middle + half),
                               style::kAccent, half);
        }
    }
}

}  // namespace

void draw_statistics(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    const Statistics& facts = frame.model.statistics;
    draw_plot(frame);
    gap(ui, 14);
    draw_statistic(ui, "shown", fmt::format("{:.1f} frames/s", facts.presented_fps));
    draw_statistic(ui, "dreamed", fmt::format("{:.1f} /s", facts.dreams_per_s));
    draw_statistic(ui, "camera to screen",
                   fmt::format("{:.0f} ms, {:.1f} frames", facts.latency_ms, facts.latency_frames));
    draw_statistic(ui, "late frames", fmt::format("{}", facts.late_frames),
                   facts.late_frames > 0 ? style::kWaiting : style::kText);
    if (facts.damaged_frames > 0) {
        draw_statistic(ui, "damaged pictures", fmt::format("{}", facts.damaged_frames),
                       style::kWaiting);
    }
    section(ui, "Where the time goes");
    draw_stages(frame);
    if (!facts.budget.empty()) {
        gap(ui, 8);
        text_wrapped(ui, facts.budget, style::kTextDim, ui.small());
    }
    section(ui, "Machine");
    draw_statistic(ui, "dream size",
                   fmt::format("{}×{}", facts.dream_size.width, facts.dream_size.height));
    draw_statistic(ui, "memory", bytes_text(facts.memory_bytes));
    if (facts.device_memory_bytes > 0)
        draw_statistic(ui, "memory of the GPU", bytes_text(facts.device_memory_bytes));
    if (!facts.device.empty()) text_wrapped(ui, facts.device, style::kTextDim, ui.small());
}

}  // namespace reverie
