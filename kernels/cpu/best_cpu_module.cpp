// Runs while the project is configured: prints which module suits the build machine's processor.
#include <cstdio>

#include "kernels/cpu_modules.h"

int main() {
    std::printf("%s", reverie::cpu_modules(reverie::processor_flags()).front().c_str());
    return 0;
}
