// write_seeds FOLDER: what fuzzing begins with, a folder for each reader.
#include "tests/fuzz/readers.h"

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    using namespace reverie::fuzz;  // NOLINT(google-build-using-namespace): a program of its own
    for (const auto seeds : {hand_seeds, text_seeds, media_seeds, command_seeds})
        write_seeds(argv[1], seeds());
    return 0;
}
