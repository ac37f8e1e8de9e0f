#include <sys/mman.h>
#include <unistd.h>

#include <fstream>

#include "tests/fuzz/readers.h"

namespace reverie::fuzz {

std::string as_file(const uint8_t* data, size_t size) {
    static const int file = ::memfd_create("read", MFD_CLOEXEC);
    expect(file >= 0 && ::ftruncate(file, 0) == 0);
    expect(::pwrite(file, data, size, 0) == static_cast<ssize_t>(size));
    return "/proc/self/fd/" + std::to_string(file);
}

void write_seeds(const std::filesystem::path& folder, const std::vector<Seed>& seeds) {
    for (const Seed& seed : seeds) {
        std::filesystem::create_directories(folder / seed.reader);
        std::ofstream(folder / seed.reader / seed.name, std::ios::binary) << seed.bytes;
    }
}

}  // namespace reverie::fuzz
