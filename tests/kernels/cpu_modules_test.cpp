// Which module a processor gets: none whose compiler was allowed to use an instruction set that the
// processor lacks. The sets are listed here as in the psABI.
#include "kernels/cpu_modules.h"

#include <gtest/gtest.h>

namespace reverie::cpu_modules_test {
namespace {

using Flags = std::set<std::string>;

const Flags kV2{"cx16", "lahf", "popcnt", "sse3", "ssse3", "sse4.1", "sse4.2"};
const Flags kV3{"avx", "avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe", "osxsave"};
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

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
TEST(CpuModules, AreThoseOfTheLevelThatTheCompilersOwnLibraryFinds) {
    __builtin_cpu_init();
    const std::vector<std::string> files = cpu_modules(processor_flags());
    EXPECT_EQ(files.front() == "libreverie_cpu_avx512.so",
              __builtin_cpu_supports("x86-64-v4") != 0);
    EXPECT_EQ(files.size() >= 2, __builtin_cpu_supports("x86-64-v3") != 0);
}
#endif

}  // namespace
}  // namespace reverie::cpu_modules_test
