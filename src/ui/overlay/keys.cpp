#include "src/ui/overlay/keys.h"

#include <fmt/format.h>

#include <array>

namespace reverie {
namespace {

constexpr Modifiers kPlain{};
constexpr Modifiers kControl{.control = true};
constexpr Modifiers kShift{.shift = true};

constexpr Shortcut one(Key key, Modifiers modifiers, Command command, std::string_view keys,
                       std::string_view help, std::string_view group) {
    return {key, key, modifiers, command, false, keys, help, group};
}

constexpr Shortcut held(Key key, Command command, std::string_view keys, std::string_view help,
                        std::string_view group) {
    return {key, key, kPlain, command, true, keys, help, group};
}

/// On the picture; no key press means it.
constexpr Shortcut pointer(std::string_view keys, std::string_view help, std::string_view group) {
    return {Key::count, Key::count, kPlain, Command::pointer, false, keys, help, group};
}

constexpr std::string_view kPlay = "Play";
constexpr std::string_view kPictures = "Picture";
constexpr std::string_view kSource = "Source and outputs";
constexpr std::string_view kOverlay = "Overlay";

constexpr std::array kShortcuts = std::to_array<Shortcut>({
    {Key::digit1, Key::digit9, kPlain, Command::cue, false, "1 … 9", "cue 1 to 9", kPlay},
    one(Key::page_down, kPlain, Command::next_preset, "Page down", "next preset", kPlay),
    one(Key::page_up, kPlain, Command::previous_preset, "Page up", "previous preset", kPlay),
    one(Key::a, kPlain, Command::crossfade_a, "A", "fade to preset A", kPlay),
    one(Key::b, kPlain, Command::crossfade_b, "B", "fade to preset B", kPlay),
    held(Key::left_bracket, Command::weaker, "[", "less strength", kPlay),
    held(Key::right_bracket, Command::stronger, "]", "more strength", kPlay),
    held(Key::comma, Command::shorter, ",", "shorter half-life", kPlay),
    held(Key::period, Command::longer, ".", "longer half-life", kPlay),
    one(Key::space, kPlain, Command::freeze, "Space", "hold the dream, go on", kPlay),
    one(Key::n, kPlain, Command::panic_source, "N", "panic: the source alone, back", kPlay),
    one(Key::n, kShift, Command::panic_black, "Shift N", "panic: black, back", kPlay),
    one(Key::space, kShift, Command::panic_hold, "Shift Space", "hold the picture, go on", kPlay),
    one(Key::backspace, kPlain, Command::reset_dream, "Backspace", "forget the dream", kPlay),
    one(Key::g, kPlain, Command::take_guide, "G", "what is before the camera guides the dream",
        kPlay),
    one(Key::t, kPlain, Command::tap, "T", "tap the beat; once: here the bar begins", kPlay),
    one(Key::j, kPlain, Command::play_score, "J", "play the score, stop", kPlay),
    one(Key::j, kShift, Command::record_score, "Shift J", "record hands into the score", kPlay),
    one(Key::k, kPlain, Command::keyframe, "K", "a keyframe of the score, here", kPlay),
    one(Key::digit0, kPlain, Command::silence, "0", "all layers to 0", kPlay),
    {Key::z, Key::z, kPlain, Command::undo, true, "Z", "undo", kPlay},
    {Key::z, Key::z, kControl, Command::undo, true, "", "", kPlay},
    {Key::y, Key::y, kPlain, Command::redo, true, "Y", "redo", kPlay},
    {Key::y, Key::y, kControl, Command::redo, true, "", "", kPlay},
    one(Key::m, kPlain, Command::next_view, "M", "next view", kPictures),
    one(Key::m, kShift, Command::previous_view, "Shift M", "previous view", kPictures),
    one(Key::v, kPlain, Command::sight_view, "V", "what it sees, back", kPictures),
    one(Key::l, kPlain, Command::fill, "L", "letterbox or fill", kPictures),
    one(Key::x, kPlain, Command::mirror, "X", "mirror", kPictures),
    one(Key::o, kPlain, Command::rotate, "O", "turn by 90°", kPictures),
    one(Key::d, kPlain, Command::brush, "D", "draw where to dream: @brush", kPictures),
    pointer("Ctrl", "pointer: pan, zoom, turn, centre", kPictures),
    one(Key::f, kPlain, Command::fullscreen, "F", "full screen", kPictures),
    one(Key::f11, kPlain, Command::fullscreen, "", "", kPictures),
    one(Key::r, kPlain, Command::record, "R", "record, stop", kSource),
    one(Key::s, kPlain, Command::snapshot, "S", "snapshot", kSource),
    one(Key::p, kPlain, Command::pause_source, "P", "pause the file", kSource),
    held(Key::left, Command::back, "Left", "file: back 5 s", kSource),
    held(Key::right, Command::forward, "Right", "file: on 5 s", kSource),
    one(Key::tab, kPlain, Command::toggle_overlay, "Tab", "hide or show all this", kOverlay),
    {Key::f2, Key::f10, kPlain, Command::panel, false, "F2 … F10", "the panels, in order",
     kOverlay},
    {Key::f2, Key::f10, kShift, Command::panel, false, "Shift F2 … F10", "a panel on the right",
     kOverlay},
    {Key::c, Key::c, kPlain, Command::panel, false, "C", "the channels by sight", kOverlay, 10},
    {Key::c, Key::c, kShift, Command::panel, false, "", "", kOverlay, 10},
    {Key::f12, Key::f12, kPlain, Command::panel, false, "F12", "the installation", kOverlay, 9},
    {Key::f12, Key::f12, kShift, Command::panel, false, "", "", kOverlay, 9},
    one(Key::f1, kPlain, Command::toggle_help, "F1", "this help", kOverlay),
    one(Key::escape, kPlain, Command::close, "Esc", "close help, leave full screen", kOverlay),
    one(Key::q, kControl, Command::quit, "Ctrl Q", "quit", kOverlay),
});

}  // namespace

std::span<const Shortcut> shortcuts() { return kShortcuts; }

std::string keys_text() {
    std::string text;
    std::string_view group;
    for (const Shortcut& shortcut : kShortcuts) {
        if (shortcut.keys.empty()) continue;
        if (shortcut.group != group)
            text += fmt::format("{}{}\n", text.empty() ? "" : "\n", shortcut.group);
        group = shortcut.group;
        text += fmt::format("  {:<14} {}\n", shortcut.keys, shortcut.help);
    }
    return text;
}

std::string keys_markdown() {
    std::string text = "| key | | what it does |\n|---|---|---|\n";
    for (const Shortcut& shortcut : kShortcuts) {
        if (!shortcut.keys.empty())
            text += fmt::format("| {} | {} | {} |\n", shortcut.keys, shortcut.group, shortcut.help);
    }
    return text;
}

std::optional<CommandCall> command_of(const KeyEvent& event) {
    if (!event.down) return std::nullopt;
    for (const Shortcut& shortcut : kShortcuts) {
        if (event.key < shortcut.first || event.key > shortcut.last) continue;
        if (event.modifiers != shortcut.modifiers) continue;
        if (event.repeated && !shortcut.repeats) return std::nullopt;
        return CommandCall{
            shortcut.command,
            shortcut.number + static_cast<int>(event.key) - static_cast<int>(shortcut.first),
            event.modifiers.shift};
    }
    return std::nullopt;
}

}  // namespace reverie
