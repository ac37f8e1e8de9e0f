// The readers of a program under libFuzzer. `--reader=NAME` chooses one, `--list` prints "NAME LONGEST" of each.
#include <string_view>

#include "tests/fuzz/readers.h"

namespace {

const reverie::fuzz::Reader* chosen = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(const int* argc, char*** argv) {
    constexpr std::string_view kOption = "--reader=";
    for (int i = 1; i < *argc; ++i) {
        const std::string_view argument = (*argv)[i];
        for (const reverie::fuzz::Reader& reader : reverie::fuzz::readers()) {
            if (argument == "--list")
                std::printf("%s %zu\n", std::string(reader.name).c_str(), reader.longest);
            if (argument.starts_with(kOption) && argument.substr(kOption.size()) == reader.name)
                chosen = &reader;
        }
        if (argument == "--list") std::exit(0);
    }
    if (chosen != nullptr) return 0;
    std::fputs("fuzz: give --reader=NAME, one of --list\n", stderr);
    std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    chosen->read(data, size);
    return 0;
}
