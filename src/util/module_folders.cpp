#include "src/util/module_folders.h"

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

}  // namespace reverie
