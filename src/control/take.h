// A take: a show as it was played, to be played again. One file of text, a JSON object a line, in
// the order in which things happened:
//
//     {"reverie_take":1,"version":"0.1.0","network":"embedded","weights":"9f…",…}   the head
//     {"source":0,"spec":"pattern:walker","size":[160,90],"fps":"30/1"}
//     {"asked":"loading a preset","by":"osc"}                what a hand did, for whoever reads it
//     {"begin":{"steps":4,"iterations":2,…}}                 a dream begins on the picture before
//     {"dreamed":true,"late":3,"ms":112.4}                   it is done, and taken over
//     {"picture":41,"t":1.4,"frame":{"pts":42},"set":{"strength":1.2},"heard":[…],"seen":{…}}
//     {"end":1800}
//
// Parameters are those of the desk, before modulation, and are named where they change alone.
// What was heard and seen stands beside them, so that what moves by itself moves again as it did.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "src/control/modulation.h"
#include "src/control/request.h"
#include "src/dream/masks/brush.h"
#include "src/dream/steering/pace.h"
#include "src/media/frames/frame.h"
#include "src/util/size.h"

namespace reverie {

/// Of the file's form. Another one is refused.
inline constexpr int kTakeFormat = 1;

struct TakeHead {
    std::string version;    ///< of the program
    std::string network;    ///< as --weights takes it
    std::string weights;    ///< SHA-256 of its file
    std::string precision;  ///< that it dreamed in
    std::string device;
    int memory_mb = 0;  ///< as --memory-mb takes it
    std::string sound;  ///< what was heard, as --sound takes it; "": nothing
    std::string dry;    ///< the source's own frames: a video in the take's folder; "": not kept
};

/// Something that frames come from, from now on.
struct TakeSource {
    int number = 0;  ///< that frames name it by
    std::string spec;
    Size size;  ///< of what is drawn; 0x0: its own
    Rational fps;
    Rational time_base;  ///< seconds in one tick of its frames' pts
    bool keep_interlaced = false;
    std::string background;
    bool operator==(const TakeSource&) const = default;
};

/// Which frame a picture shows.
struct TakeFrame {
    int source = 0;
    int64_t opening = 0;         ///< of the source: a loop and a seek open it once more,
    double from_s = 0;           ///< from here on,
    int64_t pts = 0;             ///< and count from there, in the source's ticks
    std::optional<int64_t> dry;  ///< its number in TakeHead::dry
    bool operator==(const TakeFrame&) const = default;
};

/// A dream begins, on the picture before. Its parameters are that picture's.
struct TakeBegin {
    Push push;
    Portion portion;
};

/// The last dream that was begun is done.
struct TakeDreamed {
    bool taken = true;  ///< else it was lost: the dream was held, or forgotten
    int late = 0;       ///< pictures since it began
    double ms = 0;      ///< that it took
    /// What it dreamed instead, while the plans for what was asked were being made.
    std::optional<DreamedInstead> instead;
};

/// The dream is forgotten.
struct TakeReset {};

/// Another network dreams from now on.
struct TakeNetwork {
    std::string network, weights;  ///< as in TakeHead
};

/// What a hand asked for, and which parameters it changed at once: for people.
struct TakeAsked {
    std::string by, what;
    std::vector<std::string> keys;
};

/// What was heard at a time of the show.
struct TakeHeard {
    double time_s = 0;
    Heard heard;
};

/// A picture that was shown. What is not there is as in the picture before.
struct TakePicture {
    int64_t number = 0;
    double time_s = 0;  ///< of the show
    std::optional<Size> size, dream_size;
    std::optional<TakeFrame> frame;  ///< nothing: the one before was shown again
    std::vector<std::pair<std::string, std::string>>
        set;                               ///< parameters, as set_param() takes them
    std::optional<Modulation> modulation;  ///< without the layers that its names stand for
    std::optional<BrushChange> brush;      ///< what the mask @brush has become
    std::vector<TakeHeard> heard;          ///< since the picture before; what is silent is left out
    std::optional<Seen> seen;
    std::optional<Panic> panic;
    std::optional<bool> frozen;  ///< the dream is held
};

/// The show ended in order.
struct TakeEnd {
    int64_t pictures = 0;
};

using TakeEvent = std::variant<TakeHead, TakeSource, TakeBegin, TakeDreamed, TakeReset, TakeNetwork,
                               TakeAsked, TakePicture, TakeEnd>;

/// Without the line's end. Numbers are read back as the same.
std::string take_line(const TakeEvent& event);
/// Throws Error for what is no line of a take.
TakeEvent parse_take_line(const std::string& line);

}  // namespace reverie
