// Modules that are loaded only where they are asked for: the CPU's and the GPU's kernels, the part of
// libav that few need, Link. Each has one function, which returns a table that begins with a version.
#pragma once

#include <filesystem>
#include <string>
#include <type_traits>
#include <vector>

namespace reverie {

/// In the order in which they are searched: $REVERIE_MODULES, beside the program, above it (a test
/// in a build), and ../lib/reverie.
std::vector<std::filesystem::path> module_folders();

/// Loads a module that is there, for good, and finds its function. Null with the loader's words in
/// `why`; null with `why` as it was where no such file is there.
void* open_module(const std::filesystem::path& path, const char* function, std::string& why);

/// The table of the first `file` of that version in module_folders(), null and a reason otherwise.
/// `Function`: the type of the module's function, whose name is `name`.
template <class Function>
std::invoke_result_t<Function> load_module(const std::string& file, const char* name, int version,
                                           std::string& why) {
    why = file + " is not there";
    for (const std::filesystem::path& folder : module_folders()) {
        void* const found = open_module(folder / file, name, why);
        if (found == nullptr) continue;
        const auto table = reinterpret_cast<Function>(found)();
        if (table->version == version) return table;
        why = (folder / file).string() + " was built with another version of reverie";
    }
    return nullptr;
}

}  // namespace reverie
