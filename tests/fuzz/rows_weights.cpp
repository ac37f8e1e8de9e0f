// Files of networks: one reader recognises all of them; their corpora are kept apart.
#include <array>

#include "tests/fuzz/readers.h"

namespace reverie::fuzz {

std::span<const Reader> readers() {
    static constexpr std::array kReaders = std::to_array<Reader>({
        {"caffe", read_weights, 100000},
        {"tensorflow", read_weights, 100000},
        {"torchvision", read_weights, 100000},
        {"own", read_weights, 100000},
    });
    return kReaders;
}

}  // namespace reverie::fuzz
