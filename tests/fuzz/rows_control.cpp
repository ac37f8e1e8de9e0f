// What plays a show from outside, what is kept from one run to another, and what comes through a pipe.
#include <array>

#include "tests/fuzz/readers.h"

namespace reverie::fuzz {

std::span<const Reader> readers() {
    static constexpr std::array kReaders = std::to_array<Reader>({
        {"osc", read_osc},
        {"midi", read_midi},
        {"maps", read_map},
        {"presets", read_preset},
        {"scores", read_score},
        {"states", read_state},
        {"takes", read_take},
        {"cues", read_cues},
        {"objectives", read_objective, 2000},
        {"words", read_words, 100},
        {"recipes", read_recipe},
        {"jobs", read_jobs, 2000},
        {"y4m", read_y4m, 4000},
        {"pictures", read_picture, 4000},
    });
    return kReaders;
}

}  // namespace reverie::fuzz
