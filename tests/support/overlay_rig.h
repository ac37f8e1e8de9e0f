// The overlay with nothing behind it: a headless frame buffer, a model as a live loop would fill
// it, a hand that moves the pointer and types, and a desk that applies the overlay's requests to
// the model.
#pragma once

#include <cmath>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "src/control/desk.h"
#include "src/gl/context.h"
#include "src/gl/present.h"
#include "src/ui/overlay/overlay.h"
#include "src/ui/widgets/ui.h"

namespace reverie::test {

/// A network of a dozen layers with branches, some presets, a camera, statistics.
OverlayModel sample_model();

class OverlayRig {
  public:
    explicit OverlayRig(Size size, float zoom = 1);

    /// Draws one frame with these events; requests are kept and applied to the model. Changes that
    /// the test made to the model's look are first given to the desk.
    void frame(const std::vector<InputEvent>& events = {}, double dt_s = 1.0 / 60);
    void move(float x, float y) { frame({PointerEvent{x, y}}); }
    void press(Modifiers modifiers = {}) { frame({ButtonEvent{0, true, modifiers}}); }
    void release() { frame({ButtonEvent{0, false, {}}}); }
    /// Moves the pointer to the middle of the control with that name. Throws Error if it is not
    /// shown.
    void point_at(const std::string& name, float share = 0.5F);
    void click(const std::string& name, Modifiers modifiers = {}, float share = 0.5F);
    void double_click(const std::string& name, float share = 0.5F);
    /// Drags from one share of a control's width to another, in a few moves.
    void drag(const std::string& name, float from, float to);
    void type(const std::string& text);
    void key(Key key, Modifiers modifiers = {});
    UiRect rect(const std::string& name) const;
    /// Time passes without any event.
    void wait(double seconds);

    /// The last request, or action on the window, of type A since the last clear(); null if there
    /// is none.
    template <class A>
    const A* last() const {
        if constexpr (std::is_constructible_v<WindowAction, A>) {
            for (auto it = actions.rbegin(); it != actions.rend(); ++it) {
                if (const A* found = std::get_if<A>(&*it)) return found;
            }
        } else {
            for (auto it = requests.rbegin(); it != requests.rend(); ++it) {
                if (const A* found = it->template as<A>()) return found;
            }
        }
        return nullptr;
    }
    void clear() {
        actions.clear();
        requests.clear();
    }

    std::unique_ptr<Context> context;
    Ui ui;
    Overlay overlay;
    OverlayModel model;
    std::vector<WindowAction> actions;
    std::vector<Request> requests;
    Notices notices;
    Desk desk;
    DeskClient panels, keys;
    /// Drawn under the panels.
    ViewPictures pictures;
    Presenter presenter;

  private:
    DeskWorld world();
    void handle_requests();
    void tell_desk();
    void tell_model();

    Params told_;
    std::string told_preset_;
};

}  // namespace reverie::test
