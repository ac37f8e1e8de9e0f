// The owner of Dear ImGui: its context, look, fonts and drawing, and the way from input events to
// it. What is drawn with it stands in src/ui/overlay*. Positions are pixels of the frame buffer.
//
//     ui.begin_frame(context.poll(), context.size(), dt_s);
//     … ImGui calls …
//     ui.end_frame();   // draws into the frame buffer that is bound
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/gl/context.h"
#include "src/gl/input.h"
#include "src/gl/present.h"

struct ImFont;

struct ImDrawData;

namespace reverie {

/// Pixels of the frame buffer, the upper left and the lower right corner.
struct UiRect {
    float left = 0, top = 0, right = 0, bottom = 0;
    float center_x() const { return (left + right) / 2; }
    float center_y() const { return (top + bottom) / 2; }
};

class Ui {
  public:
    /// In the current context. `zoom` enlarges everything beyond what the display asks for (a
    /// distant projector screen: 1.5). One Ui at a time. Throws Error if OpenGL refuses it.
    explicit Ui(float zoom = 1);
    ~Ui();
    Ui(const Ui&) = delete;
    Ui& operator=(const Ui&) = delete;

    /// Takes in what the user did and begins a frame. A press and its release in one call are
    /// spread over two frames, so that none is lost. `display_scale`: Context::scale().
    void begin_frame(const std::vector<InputEvent>& events, Size size, float display_scale,
                     double dt_s);
    /// Draws what was asked for since begin_frame(); for a texture, which has its upper row first,
    /// the other way up.
    void end_frame(bool upper_row_first = false);
    /// Where that is: areas that do not overlap; nothing was drawn elsewhere.
    const std::vector<Area>& covered() const { return covered_; }

    /// Keys that went down in this frame and that no text field has taken.
    const std::vector<KeyEvent>& keys() const { return keys_; }
    /// Files that were dropped in this frame.
    const std::vector<std::string>& dropped() const { return dropped_; }
    /// The pointer is over a panel, or holds something of one.
    bool wants_pointer() const;
    /// Left button held down, and where the pointer is, for what is drawn under the panels.
    bool pointer_down() const;
    float pointer_x() const;

    float zoom() const { return zoom_; }
    void set_zoom(float zoom) { zoom_ = zoom; }
    /// Pixels of the frame buffer for a length in the design's units: a window of 1280×720 has 1.
    float px(float units) const { return units * scale_; }
    float scale() const { return scale_; }

    ImFont* body() const { return body_; }
    ImFont* small() const { return small_; }
    ImFont* heading() const { return heading_; }
    /// For what is read from afar.
    ImFont* large() const { return large_; }
    /// For words that are read across a room: basic Latin alone.
    ImFont* poster() const { return poster_; }

    /// Remembers where the last item was drawn, under a name that tests and scripts know.
    void note(std::string_view name);
    void note(std::string_view name, const UiRect& rect);
    /// Where it was drawn in this frame (after end_frame(): in the last one).
    std::optional<UiRect> find(std::string_view name) const;
    const std::map<std::string, UiRect, std::less<>>& noted() const { return noted_; }

    /// Copy and paste go through this window; null: they stay inside.
    void set_clipboard_source(Context* context) { clipboard_context_ = context; }

    /// What the faders remember from frame to frame: which one a number is typed into, and which
    /// one has been reset and does not follow the pointer until it is let go.
    struct FaderMemory {
        unsigned typing = 0;
        unsigned still = 0;
        bool focus = false;
        std::string text;
    };
    FaderMemory& fader_memory() { return fader_memory_; }

    /// The right edge of what is drawn now, which a scroll bar does not move.
    float right_edge() const { return right_edge_; }
    void set_right_edge(float x) { right_edge_ = x; }

    /// Whether the pointer has rested on the item with this upper left corner for a moment, long
    /// enough to explain it. To be asked in every frame in which it is hovered.
    bool rests_on(float left, float top);

  private:
    void feed(const InputEvent& event);
    void load_fonts();
    void find_covered(const ImDrawData& drawn);
    void cover(const UiRect& rect);

    float zoom_;
    float scale_ = 0;
    ImFont* body_ = nullptr;
    ImFont* small_ = nullptr;
    ImFont* heading_ = nullptr;
    ImFont* large_ = nullptr;
    ImFont* poster_ = nullptr;
    std::deque<InputEvent> waiting_;
    std::vector<KeyEvent> keys_;
    std::vector<std::string> dropped_;
    std::map<std::string, UiRect, std::less<>> noted_;
    std::vector<Area> covered_;
    FaderMemory fader_memory_;
    float right_edge_ = 0;
    struct {
        float left = 0, top = 0;
        double since_s = 0;
        int frame = 0;
    } rest_;
    std::string clipboard_;
    Context* clipboard_context_ = nullptr;
};

}  // namespace reverie
