// What the network thinks it sees: the view that fills the window's free part, and a section of the
// panel Sight. Beside the picture, and beside what is dreamed of it, stand the pictures and words of
// the channels that answer more than they usually do.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "src/gl/sight_layout.h"
#include "src/ui/overlay/state.h"

namespace reverie {
namespace {

constexpr float kSmallest = 0.58F;   // of its place, where a word just appears
constexpr float kClearFrom = 0.35F;  // of strength: not faded any more

ImU32 faded(ImU32 color, float alpha) {
    const auto before = static_cast<float>((color >> IM_COL32_A_SHIFT) & 255U);
    const auto after = static_cast<ImU32>(std::lround(before * std::clamp(alpha, 0.0F, 1.0F)));
    return (color & ~IM_COL32_A_MASK) | (after << IM_COL32_A_SHIFT);
}

float clearness(float strength) {
    const float t = std::clamp(strength / kClearFrom, 0.0F, 1.0F);
    return t * t * (3 - 2 * t);
}

/// A text in a height, with its middle at x, no wider than `width`.
void put_centered(ImDrawList& list, ImFont* font, float size, float x, float y, float width,
                  const std::string& text, ImU32 color) {
    const float natural = font->CalcTextSizeA(size, FLT_MAX, 0, text.c_str()).x;
    const float fits = natural > width ? size * width / natural : size;
    list.AddText(font, fits, ImVec2(x - std::min(natural, width) / 2, y + (size - fits) / 2), color,
                 text.c_str());
}

/// One row of the view, as it is drawn.
struct RowLook {
    const char* picture_title;
    const char* words_title;
    ImU32 color;
};

class SightView {
  public:
    SightView(OverlayFrame& frame, const Area& area)
        : ui_(frame.ui),
          model_(frame.model),
          list_(*ImGui::GetBackgroundDrawList()),
          layout_(sight_layout(area, turned(frame.model.sight.picture, frame.model.view),
                               kSightPlaces)) {}

    void draw(size_t which, const RowLook& look) {
        const SightRow& row = layout_.rows.at(which);
        if (row.picture.empty() || row.places.empty() || row.places[0].empty()) return;
        draw_title(row.picture, look.picture_title, look.color);
        draw_title({row.places[0].x, row.picture.y, 0, 0}, look.words_title, look.color);
        bool any = false;
        const std::vector<SightedWord>& seen = model_.sight.seen.at(which);
        for (size_t i = 0; i < std::min(seen.size(), row.places.size()); ++i) {
            if (seen[i].word.empty()) continue;
            any = true;
            draw_word(seen[i], row.places[i], look.color);
            draw_mark(seen[i], row.picture, look.color);
        }
        if (any) return;
        const Area& place = row.places[0];
        const std::string nothing = model_.sight.named ? "nothing yet" : "no words for it";
        list_.AddText(ui_.poster(), word_size(),
                      ImVec2(left_of(place),
                             static_cast<float>(place.y) + static_cast<float>(place.height) / 2),
                      style::kTextFaint, nothing.c_str());
    }

  private:
    static float left_of(const Area& area) { return static_cast<float>(area.x); }
    float word_size() const { return 0.72F * static_cast<float>(layout_.word); }

    void draw_title(const Area& below, const char* text, ImU32 color) {
        const auto height = static_cast<float>(layout_.title);
        const float size = 0.6F * height;
        list_.AddText(ui_.large(), size,
                      ImVec2(left_of(below), static_cast<float>(below.y) - 0.92F * height),
                      faded(color, 0.85F), text);
    }

    void draw_word(const SightedWord& word, const Area& place, ImU32 color) {
        const float alpha = clearness(word.strength);
        const float grown = kSmallest + (1 - kSmallest) * std::clamp(word.strength, 0.0F, 1.0F);
        const auto side = static_cast<float>(place.width);
        const float middle = left_of(place) + side / 2;
        const float bottom = static_cast<float>(place.y + place.height);
        const ImVec2 low(middle - grown * side / 2, bottom - grown * side);
        const ImVec2 high(middle + grown * side / 2, bottom);
        draw_tile_picture(list_, word.channel.picture, low, high, 0.05F * side, alpha);
        const float size = word_size();
        put_centered(list_, ui_.poster(), size, middle, bottom + 0.1F * size, side + 0.5F * size,
                     word.word, faded(color, alpha));
    }

    /// Where on the picture it is seen.
    void draw_mark(const SightedWord& word, const Area& picture, ImU32 color) {
        const Size shown{picture.width, picture.height};
        ViewSettings view = model_.view;
        view.fill = false;
        const Placement p = place(model_.sight.picture, shown, view);
        const float det = p.a * p.e - p.b * p.d;
        if (det == 0) return;
        const float u = word.x - p.c, v = word.y - p.f;
        const ImVec2 at(left_of(picture) + (p.e * u - p.b * v) / det,
                        static_cast<float>(picture.y) + (p.a * v - p.d * u) / det);
        const float alpha = clearness(word.strength);
        const float radius = 0.07F * static_cast<float>(picture.height);
        const float line = std::max(0.008F * static_cast<float>(picture.height), 1.0F);
        list_.PushClipRect(ImVec2(left_of(picture), static_cast<float>(picture.y)),
                           ImVec2(left_of(picture) + static_cast<float>(picture.width),
                                  static_cast<float>(picture.y + picture.height)));
        list_.AddCircle(at, radius, faded(style::rgba(0x000000, 150), alpha), 48, 3 * line);
        list_.AddCircle(at, radius, faded(color, alpha), 48, line);
        const float size = 0.5F * word_size();
        ImFont* const font = ui_.large();
        const ImVec2 extent = font->CalcTextSizeA(size, FLT_MAX, 0, word.word.c_str());
        const float right = left_of(picture) + static_cast<float>(picture.width);
        const float x = std::clamp(at.x - extent.x / 2, left_of(picture) + size / 2,
                                   std::max(right - extent.x - size / 2, left_of(picture)));
        // Above the ring, or below it; where both are taken, its picture alone has the word.
        for (const float y : {at.y - radius - 1.35F * size, at.y + radius + 0.35F * size}) {
            const UiRect label{x - 0.35F * size, y - 0.1F * size, x + extent.x + 0.35F * size,
                               y + 1.15F * size};
            if (label.top < static_cast<float>(picture.y) || is_taken(label)) continue;
            labels_.push_back(label);
            list_.AddRectFilled(ImVec2(label.left, label.top), ImVec2(label.right, label.bottom),
                                faded(style::rgba(0x000000, 170), alpha), 0.3F * size);
            list_.AddText(font, size, ImVec2(x, y), faded(color, alpha), word.word.c_str());
            break;
        }
        list_.PopClipRect();
    }

    bool is_taken(const UiRect& label) const {
        return std::any_of(labels_.begin(), labels_.end(), [&](const UiRect& other) {
            return label.left < other.right && other.left < label.right &&
                   label.top < other.bottom && other.top < label.bottom;
        });
    }

    Ui& ui_;
    const OverlayModel& model_;
    ImDrawList& list_;
    SightLayout layout_;
    std::vector<UiRect> labels_;  ///< on the pictures
};

}  // namespace

void draw_tile_picture(ImDrawList& list, const TilePicture& picture, ImVec2 low, ImVec2 high,
                       float rounding, float alpha) {
    if (picture.texture == 0) {
        list.AddRectFilled(low, high, faded(style::kRaised, alpha), rounding);
        return;
    }
    // NOLINTNEXTLINE(performance-no-int-to-ptr): as ImGui's OpenGL backend has it
    list.AddImageRounded(reinterpret_cast<ImTextureID>(static_cast<intptr_t>(picture.texture)), low,
                         high, ImVec2(picture.left, picture.top),
                         ImVec2(picture.right, picture.bottom), faded(style::rgba(0xFFFFFF), alpha),
                         rounding);
}

void draw_sight_view(OverlayFrame& frame, const Area& area) {
    if (frame.model.sight.picture.width <= 0 || area.empty()) return;
    SightView view(frame, area);
    view.draw(0, {"It looks at this", "and thinks it sees", style::kText});
    view.draw(1, {"It dreams this", "and then sees", style::kAccent});
}

}  // namespace reverie
