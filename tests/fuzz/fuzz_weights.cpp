// Fuzzes files of weights: any bytes are accepted, or refused by an Error of one line. The seeds
// that fuzz_seeds writes determine which reader gets them.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "src/net/import/import.h"
#include "src/util/error.h"

namespace {

using namespace reverie;  // NOLINT(google-build-using-namespace): a program of its own

void expect_one_line(const Error& error) {
    const std::string line = error.what();
    if (line.empty() || line.size() > 2000 || line.find('\n') != std::string::npos) std::abort();
}

template <class Read>
void taken_or_refused(Read read) {
    try {
        read();
    } catch (const Error& error) {
        expect_one_line(error);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static const int file = ::memfd_create("weights", 0);
    static const std::string path = "/proc/self/fd/" + std::to_string(file);
    if (::ftruncate(file, 0) != 0 || ::pwrite(file, data, size, 0) != static_cast<ssize_t>(size))
        std::abort();
    taken_or_refused([] { import_weights(path); });
    taken_or_refused([] { load_weights(path); });
    return 0;
}
