#include "src/util/modules.h"

#include <dlfcn.h>

#include <cstdlib>
#include <system_error>

namespace reverie {

namespace fs = std::filesystem;

std::vector<fs::path> module_folders() {
    std::vector<fs::path> folders;
    if (const char* named = std::getenv("REVERIE_MODULES")) folders.emplace_back(named);
    std::error_code ignored;
    const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
    if (!program.empty()) {
        folders.push_back(program.parent_path());
        folders.push_back(
            program.parent_path().parent_path());  // build/tests/x_test, modules in build/
        folders.push_back(program.parent_path().parent_path() / "lib" / "reverie");
    }
    return folders;
}

void* open_module(const fs::path& path, const char* function, std::string& why) {
    std::error_code ignored;
    if (!fs::exists(path, ignored)) return nullptr;
    void* const module = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    void* const found = module != nullptr ? ::dlsym(module, function) : nullptr;
    if (found == nullptr) why = ::dlerror();
    return found;
}

}  // namespace reverie
