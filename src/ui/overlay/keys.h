// What the keyboard does: one table, from which keys are looked up and the help is made.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "src/gl/input.h"

namespace reverie {

enum class Command : uint8_t {
    toggle_overlay,
    toggle_help,
    close,
    panel,  ///< `number`: which one
    cue,    ///< `number`: which one, from 0
    next_preset,
    previous_preset,
    crossfade_a,
    crossfade_b,
    undo,
    redo,
    weaker,
    stronger,
    shorter,
    longer,
    freeze,
    panic_source,
    panic_black,
    panic_hold,
    reset_dream,
    take_guide,
    tap,
    play_score,
    record_score,
    keyframe,
    silence,
    next_view,
    previous_view,
    sight_view,
    fill,
    mirror,
    rotate,
    brush,
    pointer,  ///< no key: what the pointer does on the picture, for the help
    fullscreen,
    record,
    snapshot,
    pause_source,
    back,
    forward,
    quit,
};

struct Shortcut {
    Key first;  ///< of a row of keys that follow each other (digits), or the only one
    Key last;
    Modifiers modifiers;
    Command command;
    bool repeats;           ///< held down, it goes on
    std::string_view keys;  ///< as the help writes it
    std::string_view help;
    std::string_view group;
    int number = 0;  ///< of the first key
};

std::span<const Shortcut> shortcuts();

/// The table for a terminal, one line a key, under the names of its groups.
std::string keys_text();
/// The table for the README, in Markdown.
std::string keys_markdown();

struct CommandCall {
    Command command;
    int number = 0;  ///< the shortcut's, and which key of its row it is
    bool shifted = false;
};
/// What a key press means; nullopt for nothing.
std::optional<CommandCall> command_of(const KeyEvent& event);

}  // namespace reverie
