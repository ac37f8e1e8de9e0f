#include "src/ui/widgets/ui_style.h"

namespace reverie::style {
namespace {

ImVec4 color(ImU32 packed) { return ImGui::ColorConvertU32ToFloat4(packed); }

void apply_colors(ImVec4* colors) {
    colors[ImGuiCol_Text] = color(kText);
    colors[ImGuiCol_TextDisabled] = color(kTextFaint);
    colors[ImGuiCol_WindowBg] = color(kPanel);
    colors[ImGuiCol_ChildBg] = ImVec4(0, 0, 0, 0);
    colors[ImGuiCol_PopupBg] = color(rgba(0x1A1E25, 252));
    colors[ImGuiCol_Border] = color(kLine);
    colors[ImGuiCol_FrameBg] = color(kRaised);
    colors[ImGuiCol_FrameBgHovered] = color(kRaisedHover);
    colors[ImGuiCol_FrameBgActive] = color(kRaisedHover);
    colors[ImGuiCol_Button] = color(kRaised);
    colors[ImGuiCol_ButtonHovered] = color(kRaisedHover);
    colors[ImGuiCol_ButtonActive] = color(kRaisedActive);
    colors[ImGuiCol_Header] = color(kRaised);
    colors[ImGuiCol_HeaderHovered] = color(kRaisedHover);
    colors[ImGuiCol_HeaderActive] = color(kRaisedActive);
    colors[ImGuiCol_ScrollbarBg] = ImVec4(0, 0, 0, 0);
    colors[ImGuiCol_ScrollbarGrab] = color(kRaisedHover);
    colors[ImGuiCol_ScrollbarGrabHovered] = color(kRaisedActive);
    colors[ImGuiCol_ScrollbarGrabActive] = color(kRaisedActive);
    colors[ImGuiCol_Separator] = color(kLine);
    colors[ImGuiCol_TextSelectedBg] = color(rgba(0xF5A94B, 90));
    colors[ImGuiCol_NavHighlight] = ImVec4(0, 0, 0, 0);
}

}  // namespace

void apply(float scale) {
    ImGuiStyle look;
    ImGui::StyleColorsDark(&look);
    look.WindowPadding = ImVec2(kPadding, kPadding);
    look.WindowRounding = 0;
    look.WindowBorderSize = 0;
    look.WindowMinSize = ImVec2(1, 1);
    look.ChildRounding = kRounding;
    look.PopupRounding = kRounding;
    look.PopupBorderSize = 1;
    look.FramePadding = ImVec2(10, (kControl - kBodySize) / 2);
    look.FrameRounding = kRounding;
    look.ItemSpacing = ImVec2(kGap, kGap);
    look.ItemInnerSpacing = ImVec2(kGap, kGap);
    look.ScrollbarSize = 7;
    look.ScrollbarRounding = kRounding;
    look.GrabMinSize = 10;
    look.GrabRounding = kRounding;
    look.SelectableTextAlign = ImVec2(0, 0.5F);
    look.ScaleAllSizes(scale);
    apply_colors(look.Colors);
    ImGui::GetStyle() = look;
}

}  // namespace reverie::style
