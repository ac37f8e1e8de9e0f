// Which module a processor is given: one instruction set that its compiler was allowed to use and
// that is missing takes it away. The sets are written down here as the psABI lists them.
#include "kernels/cpu_modules.h"

#include <gtest/gtest.h>

namespace reverie {
namespace {

using Flags = std::set<std::string>;

const Flags kV2{"cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3"};
const Flags kV3{"avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"};
const Flags kV4{"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"};

Flags joined(Flags all, const Flags& more) {
    all.insert(more.begin(), more.end());
    return all;
}

TEST(CpuModules, AreTheBestThatRunFirst) {
    const std::vector<std::string> plain{"libreverie_cpu.so"};
    const std::vector<std::string> avx2{"libreverie_cpu_avx2.so", "libreverie_cpu.so"};
    const std::vector<std::string> avx512{"libreverie_cpu_avx512.so", "libreverie_cpu_avx2.so",
                                          "libreverie_cpu.so"};
    EXPECT_EQ(cpu_modules({}), plain);
    EXPECT_EQ(cpu_modules(kV2), plain);
    EXPECT_EQ(cpu_modules(joined(kV2, kV3)), avx2);
    EXPECT_EQ(cpu_modules(joined(joined(kV2, kV3), kV4)), avx512);
    EXPECT_EQ(cpu_modules(joined(kV3, kV4)), plain);
}

TEST(CpuModules, NeedEveryInstructionSetOfTheirs) {
    const Flags all = joined(joined(kV2, kV3), kV4);
    for (const std::string& missing : all) {
        Flags most = all;
        most.erase(missing);
        const std::vector<std::string> files = cpu_modules(most);
        EXPECT_NE(files.front(), "libreverie_cpu_avx512.so") << missing;
        EXPECT_EQ(files.front() == "libreverie_cpu_avx2.so", kV4.count(missing) == 1) << missing;
    }
}

#ifdef __x86_64__
TEST(CpuModules, AreAskedOfThisProcessorAsItsOwnInstructionSays) {
    const Flags flags = processor_flags();
    if (flags.empty()) GTEST_SKIP() << "there is no /proc/cpuinfo";
    __builtin_cpu_init();
    EXPECT_EQ(flags.count("avx2") == 1, __builtin_cpu_supports("avx2") != 0);
    EXPECT_EQ(flags.count("avx512f") == 1, __builtin_cpu_supports("avx512f") != 0);
    EXPECT_EQ(flags.count("avx512vl") == 1, __builtin_cpu_supports("avx512vl") != 0);
}
#endif

}  // namespace
}  // namespace reverie
