#include "src/ui/widgets/ui_pick.h"

#include <imgui.h>

#include <algorithm>

#include "src/ui/widgets/ui_style.h"
#include "src/ui/widgets/ui_widgets.h"

namespace reverie {
namespace {

constexpr float kRow = 26, kListWidth = 230, kListHeight = 540;

bool draw_item(Ui& ui, std::string_view name, const std::string& item) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float width = width_left(ui);
    ImGui::PushID(item.c_str());
    const bool clicked = ImGui::InvisibleButton("item", ImVec2(std::max(width, 1.0F), ui.px(kRow)));
    ImGui::PopID();
    ui.note(std::string(name) + "/" + item);
    if (ImGui::IsItemHovered()) {
        ImGui::GetWindowDrawList()->AddRectFilled(at, ImVec2(at.x + width, at.y + ui.px(kRow)),
                                                  style::kRaisedHover, ui.px(4));
    }
    const ImVec2 next = ImGui::GetCursorScreenPos();
    ImGui::SetCursorScreenPos(ImVec2(at.x + ui.px(8), at.y + ui.px(5)));
    text_cut(ui, item, width - ui.px(16), style::kText);
    ImGui::SetCursorScreenPos(ImVec2(next.x, at.y + ui.px(kRow)));
    return clicked;
}

}  // namespace

std::optional<std::string> pick(Ui& ui, std::string_view name, std::string_view label, float width,
                                std::span<const PickSection> sections) {
    ImGui::PushID(name.data(), name.data() + name.size());
    if (button(ui, name, label, width)) ImGui::OpenPopup("list");
    const ImVec2 low = ImGui::GetItemRectMin(), high = ImGui::GetItemRectMax();
    std::optional<std::string> picked;
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    // Below the button, or above it where there is more room.
    const float below = screen.y - high.y, over = low.y;
    const bool above = below < ui.px(kListHeight) && over > below;
    const float room = (above ? over : below) - ui.px(8);
    const ImVec2 most(std::min(ui.px(kListWidth), screen.x),
                      std::clamp(room, 1.0F, ui.px(kListHeight)));
    ImGui::SetNextWindowPos(ImVec2(low.x, above ? low.y - ui.px(4) : high.y + ui.px(4)),
                            ImGuiCond_Always, ImVec2(0, above ? 1.0F : 0.0F));
    ImGui::SetNextWindowSizeConstraints(ImVec2(most.x, 1), most);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(ui.px(8), ui.px(8)));
    if (ImGui::BeginPopup("list")) {
        const float edge = ui.right_edge();
        ui.set_right_edge(ImGui::GetWindowPos().x + most.x - ui.px(12));
        for (const PickSection& part : sections) {
            if (part.items.empty()) continue;
            section(ui, part.title);
            // What stands in two sections is two items.
            ImGui::PushID(part.title.data(), part.title.data() + part.title.size());
            for (const std::string& item : part.items) {
                if (draw_item(ui, name, item)) picked = item;
            }
            ImGui::PopID();
        }
        if (picked) ImGui::CloseCurrentPopup();
        ui.set_right_edge(edge);
        ImGui::EndPopup();
    }
    ImGui::PopStyleVar();
    ImGui::PopID();
    return picked;
}

}  // namespace reverie
