// Working memory of convolutions, which run one after the other: owned by the calling thread. They
// may be made in another thread than the one that runs them (plans are made in the background).
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string>

#include "src/util/error.h"

namespace reverie {

/// At least `bytes`, page-aligned, contents undefined; valid until the thread's next call. Throws
/// OutOfMemory.
inline void* working_memory(size_t bytes) {
    struct Free {
        void operator()(void* memory) const { std::free(memory); }
    };
    thread_local std::unique_ptr<void, Free> memory;
    thread_local size_t size = 0;
    if (bytes > size) {
        constexpr size_t kPage = 4096;
        memory.reset();
        size = 0;
        memory.reset(std::aligned_alloc(kPage, (bytes + kPage - 1) / kPage * kPage));
        if (memory == nullptr) {
            throw OutOfMemory("out of memory: a convolution needs " + std::to_string(bytes >> 20U) +
                              " MB to work in; try a smaller --size");
        }
        size = bytes;
    }
    return memory.get();
}

}  // namespace reverie
