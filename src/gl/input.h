// What the user does with keyboard, pointer and drag and drop, as plain values: they come from a
// window, or are made up by a test. Positions are in pixels of the frame buffer from its upper left
// corner, whatever the display's scale.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace reverie {

/// Keys by what stands on them in the user's layout where they are letters, by position elsewhere.
enum class Key : uint8_t {
    // clang-format off
    unknown, tab, left, right, up, down, page_up, page_down, home, end, insert, del, backspace, space, enter, escape,
    a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z,
    digit0, digit1, digit2, digit3, digit4, digit5, digit6, digit7, digit8, digit9,
    f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12,
    left_bracket, right_bracket, minus, equal, comma, period, slash, count
    // clang-format on
};

struct Modifiers {
    bool control = false;
    bool shift = false;
    bool alt = false;
    bool operator==(const Modifiers&) const = default;
};

struct KeyEvent {
    Key key = Key::unknown;
    bool down = true;
    bool repeated = false;  ///< held down: the same press again
    Modifiers modifiers;    ///< after it, where it is one itself
};
struct TextEvent {
    uint32_t code_point = 0;
};
struct PointerEvent {
    float x = 0;
    float y = 0;
};
struct ButtonEvent {
    int button = 0;  ///< 0 left, 1 right, 2 middle
    bool down = true;
    Modifiers modifiers;
};
struct ScrollEvent {
    float dx = 0;
    float dy = 0;  ///< up is positive, one step of a wheel is 1
    Modifiers modifiers = {};
};
/// The window has lost the keyboard: all that was held down counts as released.
struct FocusLostEvent {};
/// Files that were dropped onto the window.
struct DropEvent {
    std::vector<std::string> paths;
};

using InputEvent = std::variant<KeyEvent, TextEvent, PointerEvent, ButtonEvent, ScrollEvent,
                                FocusLostEvent, DropEvent>;

}  // namespace reverie
