// Command lines from which fuzzing begins, a word on each line.
#include "tests/fuzz/readers.h"

namespace reverie::fuzz {

std::vector<Seed> command_seeds() {
    constexpr const char* kLines[] = {
        "live\ncamera:0\n--size\n640x\n--fps\n30\n--installation\n--health\n-\n--duration\n1:30",
        "live\n--osc\n9000\n--midi\nall\n--record\na.mkv\n--budget-ms\n40\n--score\njourney",
        "render\na.mp4\n-o\nb.mp4\n--preset\nfur\n--set\nstep=2\n--start\n1:02\n--codec\nffv1",
        "render\n--take\nset.take\n-o\n-\n--size\n1920x\n--seed\n7\n--resume\n--checkpoint\n5",
        "still\na.jpg\n-o\nb.png\n--objective\n0.5*4c + word:eyes\n--overwrite\n--quiet",
        "zoom\npattern:ink\n-o\nz.mp4\n--duration\n10\n--loop\n--like=a.mkv\n-v\n-v",
        "atlas\n4c\n-o\natlas\n--device\ncpu\n--threads\n2\n--memory-mb\n500",
        "list\npresets\n--json",
        "list\nparams\n--markdown",
        "weights\nfetch\nbvlc_googlenet",
        "queue\nadd\nrender\na\n-o\nb",
        "queue\nrun",
        "show\nb.mp4",
        "doctor",
        "lab\nbench\n--json",
        "--help",
        "live\n--help",
        "--version",
        "lisst"};
    std::vector<Seed> seeds;
    for (const char* line : kLines)
        seeds.push_back({"commands", std::to_string(seeds.size()), line});
    return seeds;
}

}  // namespace reverie::fuzz
