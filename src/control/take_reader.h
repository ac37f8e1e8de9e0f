// A whole take (take.h), read so that each picture says all of itself.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "src/control/take.h"

namespace reverie {

/// A dream that began, and what became of it.
struct TakenDream {
    TakeBegin begin;
    TakeDreamed result{false, 0, 0, std::nullopt};  ///< as it is for one that never ended
};

/// What the show did between two pictures, in its order.
using TakeStep = std::variant<TakenDream, TakeDreamed, TakeReset, TakeNetwork>;

struct TakenPicture {
    double time_s = 0;
    std::vector<TakeStep> before;  ///< since the picture before
    Size size, dream_size;
    TakeFrame frame;
    bool fresh = false;                    ///< else the frame is that of the picture before
    Params params;                         ///< of the desk
    std::optional<Modulation> modulation;  ///< from here on; see TakePicture
    std::shared_ptr<const BrushMask> brush = std::make_shared<const BrushMask>();  ///< not null
    std::vector<TakeHeard> heard;
    Seen seen;
    Panic panic = Panic::off;
    bool frozen = false;
    size_t network = 0;  ///< of Take::networks, that dreams from here on
};

struct Take {
    TakeHead head;
    std::vector<TakeNetwork> networks;  ///< the head's, then those that took over
    std::vector<TakeSource> sources;
    std::vector<TakenPicture> pictures;  ///< at least one, rising in time
    bool complete = false;               ///< else the show was cut off after the last of them

    /// From the first picture to the last one, seconds.
    double duration_s() const { return pictures.back().time_s - pictures.front().time_s; }
};

/// A take that was cut off ends with its last whole picture. Throws Error "FILE:line: …": it cannot
/// be read, is none, or was damaged; or it holds no picture.
Take read_take(const std::string& path);

}  // namespace reverie
