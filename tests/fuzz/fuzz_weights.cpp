// Fuzzes files of weights: any bytes are accepted, or refused by an Error of one line. The seeds
// that fuzz_seeds writes determine which reader gets them.
#include "src/net/import/import.h"
#include "src/util/error.h"
#include "tests/fuzz/readers.h"

namespace reverie::fuzz {
namespace {

template <class Read>
void taken_or_refused(Read read) {
    try {
        read();
    } catch (const Error& error) {
        expect_one_line(error.what());
    }
}

}  // namespace

void read_weights(const uint8_t* data, size_t size) {
    const std::string path = as_file(data, size);
    taken_or_refused([&] { import_weights(path); });
    taken_or_refused([&] { load_weights(path); });
}

}  // namespace reverie::fuzz
