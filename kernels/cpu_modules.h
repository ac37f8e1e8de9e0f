// Which of the CPU's modules a processor can run. A compiler may emit every instruction of the set
// that it is told of, so a processor must have all of them, not only those that are asked for by
// name.
#pragma once

#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace reverie {

/// What the processor has and the system lets programs use, under Linux' names for it; empty where
/// there is no /proc.
inline std::set<std::string> processor_flags() {
    std::set<std::string> flags;
    std::ifstream cpuinfo("/proc/cpuinfo");
    for (std::string line; std::getline(cpuinfo, line);) {
        if (line.rfind("flags", 0) != 0) continue;
        std::istringstream words(line.substr(line.find(':') + 1));
        for (std::string word; words >> word;) flags.insert(word);
        break;  // of one processor: they are all alike
    }
    return flags;
}

/// The files of the modules that run there, the best first; the last runs everywhere. The levels
/// are those of the x86-64 psABI (3.1.1, Micro-Architecture Levels) that kernels/CMakeLists.txt
/// names to the compiler, x86-64-v3 and x86-64-v4; "abm" is where Linux says LZCNT.
inline std::vector<std::string> cpu_modules(const std::set<std::string>& flags) {
    const auto has = [&](std::initializer_list<const char*> all) {
        for (const char* one : all) {
            if (flags.count(one) == 0) return false;
        }
        return true;
    };
    const bool v2 = has({"cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3"});
    const bool v3 =
        v2 && has({"abm", "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe", "xsave"});
    const bool v4 = v3 && has({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"});
    std::vector<std::string> files;
    if (v4) files.emplace_back("libreverie_cpu_avx512.so");
    if (v3) files.emplace_back("libreverie_cpu_avx2.so");
    files.emplace_back("libreverie_cpu.so");
    return files;
}

}  // namespace reverie
