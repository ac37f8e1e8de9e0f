#include "src/util/peak_memory.h"

#include <malloc.h>

#include <fstream>
#include <string>

namespace reverie {

int64_t peak_memory_bytes() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        int64_t kilobytes = 0;
        if (word == "VmHWM:" && status >> kilobytes) return kilobytes * 1024;
    }
    return 0;
}

void forget_peak_memory() {
    ::malloc_trim(0);
    std::ofstream("/proc/self/clear_refs") << "5\n";  // proc(5): resets VmHWM
}

}  // namespace reverie
