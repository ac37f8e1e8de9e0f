#include "src/app/weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>
#include <filesystem>

#include "src/util/error.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDefaultNetwork = "googlenet";

std::string in_folders(const std::string& name) {
    std::error_code ignored;
    for (const std::string& folder : weights_folders()) {
        const fs::path file = fs::path(folder) / (name + ".safetensors");
        if (fs::is_regular_file(file, ignored)) return file;
    }
    return "";
}

std::vector<std::string> names_in_folders() {
    std::vector<std::string> names;
    std::error_code ignored;
    for (const std::string& folder : weights_folders()) {
        for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
            if (entry.path().extension() == ".safetensors") names.push_back(entry.path().stem());
        }
    }
    return names;
}

/// `origin` names the option or variable that `asked` came from.
std::string file_or_name(const std::string& asked, const std::string& origin) {
    std::error_code ignored;
    if (fs::exists(asked, ignored)) return asked;
    const bool is_name = asked.find('/') == std::string::npos && !asked.ends_with(".safetensors");
    if (is_name) {
        if (std::string found = in_folders(asked); !found.empty()) return found;
    }
    throw Error(fmt::format("{} {}: there is no such {}{}", origin, asked,
                            is_name ? "network" : "file", did_you_mean(asked, names_in_folders())));
}

}  // namespace

std::vector<std::string> weights_folders() {
    std::error_code ignored;
    const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
    if (program.empty()) return {};
    const fs::path folder = program.parent_path();
    return {folder / "weights", folder.parent_path() / "share" / "reverie" / "weights"};
}

std::string find_weights(const std::string& asked) {
    if (!asked.empty()) return file_or_name(asked, "--weights");
    const char* named = std::getenv("REVERIE_WEIGHTS");
    if (named != nullptr && *named != '\0') return file_or_name(named, "REVERIE_WEIGHTS");
    std::string found = in_folders(kDefaultNetwork);
    if (!found.empty()) return found;
    throw Error(fmt::format("the network {}.safetensors is in none of {}; try --weights FILE",
                            kDefaultNetwork, fmt::join(weights_folders(), ", ")));
}

}  // namespace reverie
