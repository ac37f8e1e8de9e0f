// Draws pictures into a window: which of them, where, and how turned. The size of the window and
// the size of the pictures have nothing to do with each other.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "src/gl/area.h"
#include "src/gl/context.h"
#include "src/gl/texture.h"

namespace reverie {

enum class ViewMode : uint8_t { dream, source, side_by_side, wipe, flow, confidence, layer, sight };
inline constexpr int kViewModes = 8;
/// In ViewMode::sight, beside each picture.
inline constexpr size_t kSightPlaces = 4;
/// "dream", "source", "side by side" …, for menus and messages.
std::string_view name_of(ViewMode mode);
/// nullopt for a name that no mode has.
std::optional<ViewMode> find_view_mode(std::string_view name);

struct ViewSettings {
    ViewMode mode = ViewMode::dream;
    bool fill = false;     ///< cut to fill the window, instead of black bars
    bool mirror = false;   ///< left and right change places, as in a mirror
    int rotation = 0;      ///< clockwise, in degrees: 0, 90, 180, 270
    float wipe = 0.5F;     ///< the source is left of this share of the window's width
    float flow_px = 16;    ///< the flow that is shown in full colour, in its own pixels
    float layer_peak = 1;  ///< the activation that is shown brightest
    bool operator==(const ViewSettings&) const = default;
};

/// What there is to show. Null or empty ones are not there: the dream stands in for the source and
/// the source for the dream; where neither is there, the window is black.
struct ViewPictures {
    const Texture* dream = nullptr;
    const Texture* source = nullptr;
    const Texture* flow = nullptr;
    const Texture* confidence = nullptr;
    const Texture* layer = nullptr;
};

/// Where a pixel of the window lies in the picture: u = a·x + b·y + c, v = d·x + e·y + f, with x, y
/// in pixels from the area's upper left corner (centres at .5) and u, v in 0 … 1 from the
/// picture's.
struct Placement {
    float a = 0, b = 0, c = 0;
    float d = 0, e = 0, f = 0;
};
Placement place(Size picture, Size area, const ViewSettings& settings);
/// A picture's size as it is turned.
Size turned(Size picture, const ViewSettings& settings);

/// Belongs to one context: a second window needs its own.
class Presenter {
  public:
    /// Compiles the shaders in the current context. Throws Error with the compiler's own words.
    Presenter();
    ~Presenter();
    Presenter(Presenter&&) noexcept;
    Presenter& operator=(Presenter&&) noexcept;

    /// Draws into `area` of the frame buffer that is bound and has the height `height_px`; black
    /// where no picture is.
    void draw(const ViewPictures& pictures, const ViewSettings& settings, Area area, int height_px);
    /// Draws into the whole of a context, which it binds.
    void draw(const ViewPictures& pictures, const ViewSettings& settings, Context& context);

  private:
    void draw_sight(const ViewPictures& pictures, const ViewSettings& settings, Area area,
                    int height_px);

    struct Programs;
    std::unique_ptr<Programs> programs_;
};

}  // namespace reverie
