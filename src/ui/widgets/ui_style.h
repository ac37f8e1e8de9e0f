// The overlay's look: colours, sizes, spacing. Lengths are in the design's units (Ui::px), in which
// the window of 1280×720 that it was drawn for has one pixel a unit.
#pragma once

#include <imgui.h>

namespace reverie::style {

constexpr ImU32 rgba(unsigned rgb, unsigned alpha = 255) {
    return IM_COL32((rgb >> 16U) & 255U, (rgb >> 8U) & 255U, rgb & 255U, alpha);
}

// Surfaces, the deepest first.
inline constexpr ImU32 kRail = rgba(0x0C0E11, 250);
inline constexpr ImU32 kPanel = rgba(0x13161B, 246);
inline constexpr ImU32 kRaised = rgba(0x1F242C);
inline constexpr ImU32 kRaisedHover = rgba(0x2A313B);
inline constexpr ImU32 kRaisedActive = rgba(0x353E4A);
inline constexpr ImU32 kTrack = rgba(0x2B313A);
inline constexpr ImU32 kLine = rgba(0x272D36);

inline constexpr ImU32 kText = rgba(0xEDEFF2);
inline constexpr ImU32 kTextDim = rgba(0xA3ABB8);
inline constexpr ImU32 kTextFaint = rgba(0x7F8896);
inline constexpr ImU32 kOnAccent = rgba(0x1A1206);

inline constexpr ImU32 kAccent = rgba(0xF5A94B);  // what dreams
inline constexpr ImU32 kAccentSoft = rgba(0xF5A94B, 46);
inline constexpr ImU32 kAgainst = rgba(0x63A9F2);  // negative weights: what is dreamed away
inline constexpr ImU32 kBefore = rgba(0x7C8594);   // the source, as against the dream
inline constexpr ImU32 kGood = rgba(0x6CCB8F);
inline constexpr ImU32 kWaiting = rgba(0xF0C95A);
inline constexpr ImU32 kTrouble = rgba(0xFF6F61);

inline constexpr float kBodySize = 16;
inline constexpr float kSmallSize = 13.5F;
inline constexpr float kHeadingSize = 21;
inline constexpr float kLargeSize = 28;   // read from two metres
inline constexpr float kPosterSize = 40;  // read from five
inline constexpr float kControl = 28;     // height of buttons and fields
inline constexpr float kGap = 8;          // between things that belong together
inline constexpr float kSection = 18;     // between things that do not
inline constexpr float kPadding = 18;     // from a panel's edge
inline constexpr float kRounding = 5;

/// Sets ImGui's own style for `scale` pixels a unit.
void apply(float scale);

}  // namespace reverie::style
