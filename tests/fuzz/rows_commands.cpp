// The command line.
#include <array>

#include "tests/fuzz/readers.h"

namespace reverie::fuzz {

std::span<const Reader> readers() {
    static constexpr std::array kReaders =
        std::to_array<Reader>({{"commands", read_commands, 2000}});
    return kReaders;
}

}  // namespace reverie::fuzz
