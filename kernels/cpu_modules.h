// Which of the CPU's modules a processor can run. A compiler may emit any instruction of the sets
// that its options allow, so a processor must have all of these sets, not only those that the code
// names.
#pragma once

#ifdef __x86_64__
#include <cpuid.h>
#endif
#include <initializer_list>
#include <set>
#include <string>
#include <vector>

namespace reverie {

/// The instruction sets that the processor has and the system lets programs use, by gcc's names.
/// Asks the processor itself, because /proc/cpuinfo omits some on virtual machines.
inline std::set<std::string> processor_flags() {
    std::set<std::string> flags;
#ifdef __x86_64__
    const auto add = [&](const char* name, bool has) {
        if (has) flags.insert(name);
    };
    __builtin_cpu_init();
#define REVERIE_ASK(name) add(name, __builtin_cpu_supports(name) != 0)
    REVERIE_ASK("popcnt");
    REVERIE_ASK("sse3");
    REVERIE_ASK("ssse3");
    REVERIE_ASK("sse4.1");
    REVERIE_ASK("sse4.2");
    REVERIE_ASK("avx");  // this and the next: only if the system saves their registers
    REVERIE_ASK("avx2");
    REVERIE_ASK("bmi");
    REVERIE_ASK("bmi2");
    REVERIE_ASK("fma");
    REVERIE_ASK("avx512f");
    REVERIE_ASK("avx512bw");
    REVERIE_ASK("avx512cd");
    REVERIE_ASK("avx512dq");
    REVERIE_ASK("avx512vl");
#undef REVERIE_ASK
    // clang has no names for these (Intel SDM volume 2, CPUID).
    const auto bit = [](unsigned word, unsigned at) { return (word >> at & 1U) != 0; };
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid(1, &a, &b, &c, &d) != 0) {
        add("cx16", bit(c, 13));
        add("movbe", bit(c, 22));
        add("osxsave", bit(c, 27));
        add("f16c", bit(c, 29));
    }
    if (__get_cpuid(0x80000001U, &a, &b, &c, &d) != 0) {
        add("lahf", bit(c, 0));
        add("lzcnt", bit(c, 5));
    }
#endif
    return flags;
}

/// The files of the modules that run there, the best first; the last runs everywhere. The levels
/// are those of the x86-64 psABI (3.1.1, Micro-Architecture Levels) that kernels/CMakeLists.txt
/// names to the compiler, x86-64-v3 and x86-64-v4.
inline std::vector<std::string> cpu_modules(const std::set<std::string>& flags) {
    const auto has = [&](std::initializer_list<const char*> all) {
        for (const char* one : all) {
            if (flags.count(one) == 0) return false;
        }
        return true;
    };
    const bool v2 = has({"cx16", "lahf", "popcnt", "sse3", "ssse3", "sse4.1", "sse4.2"});
    const bool v3 =
        v2 && has({"avx", "avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe", "osxsave"});
    const bool v4 = v3 && has({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"});
    std::vector<std::string> files;
    if (v4) files.emplace_back("libreverie_cpu_avx512.so");
    if (v3) files.emplace_back("libreverie_cpu_avx2.so");
    files.emplace_back("libreverie_cpu.so");
    return files;
}

}  // namespace reverie
