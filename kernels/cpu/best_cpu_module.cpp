// Run while the project is configured: which module suits the processor that it is built on.
#include <cstdio>

#include "kernels/cpu_modules.h"

int main() {
    std::printf("%s", reverie::cpu_modules(reverie::processor_flags()).front().c_str());
    return 0;
}
