#include "src/networks/find_weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "src/util/error.h"
#include "src/util/user_folders.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

/// The networks that come with the program, under names that no other file can take. The first one
/// is the default.
struct Embedded {
    const char* name;
    const char* file;  ///< without its ending
};
constexpr Embedded kEmbedded[] = {{"embedded", "googlenet"}, {"embedded-small", "googlenet_half"}};

/// Of the embedded networks.
std::vector<std::string> program_folders() {
    std::error_code ignored;
    const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
    if (program.empty()) return {};
    const fs::path folder = program.parent_path();
    return {folder / "weights", folder.parent_path() / "share" / "reverie" / "weights"};
}

std::string in_folders(const std::string& name, const std::vector<std::string>& folders) {
    std::error_code ignored;
    for (const std::string& folder : folders) {
        const fs::path file = fs::path(folder) / (name + ".safetensors");
        if (fs::is_regular_file(file, ignored)) return file;
    }
    return "";
}

std::vector<std::string> names_in_folders() {
    std::vector<std::string> names;
    for (const NamedWeights& weights : list_weights()) names.push_back(weights.name);
    for (const Embedded& embedded : kEmbedded) {
        if (std::find(names.begin(), names.end(), embedded.name) == names.end())
            names.emplace_back(embedded.name);
    }
    return names;
}

std::string embedded_weights(const Embedded& embedded) {
    std::string found = in_folders(embedded.file, program_folders());
    if (!found.empty()) return found;
    throw Error(fmt::format("the network {}.safetensors is in none of {}; try --weights FILE",
                            embedded.file, fmt::join(program_folders(), ", ")));
}

/// `origin` names the option or variable that `asked` came from.
std::string file_or_name(const std::string& asked, const std::string& origin) {
    std::error_code ignored;
    if (fs::exists(asked, ignored)) return asked;
    const bool is_name = asked.find('/') == std::string::npos && !asked.ends_with(".safetensors");
    if (is_name) {
        for (const Embedded& embedded : kEmbedded) {
            if (asked == embedded.name) return embedded_weights(embedded);
        }
        if (std::string found = in_folders(asked, weights_folders()); !found.empty()) return found;
    }
    throw Error(fmt::format("{} {}: there is no such {}{}", origin, asked,
                            is_name ? "network" : "file",
                            did_you_mean(asked, names_in_folders(), "; try reverie weights list")));
}

}  // namespace

std::string user_weights_folder() {
    const fs::path folder = user_folder(UserFolder::data);
    return folder.empty() ? "" : (folder / "weights").string();
}

std::vector<std::string> weights_folders() {
    std::vector<std::string> folders = program_folders();
    const std::string own = user_weights_folder();
    if (!own.empty()) folders.insert(folders.begin(), own);
    return folders;
}

std::vector<NamedWeights> list_weights() {
    std::vector<NamedWeights> all;
    std::set<std::string> seen;
    std::error_code ignored;
    for (const std::string& folder : weights_folders()) {
        std::set<fs::path> files;
        for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
            if (entry.path().extension() == ".safetensors") files.insert(entry.path());
        }
        for (const fs::path& file : files) {
            if (seen.insert(file.stem()).second) all.push_back({file.stem(), file});
        }
    }
    for (const Embedded& embedded : kEmbedded) {
        const std::string path = in_folders(embedded.file, program_folders());
        const bool listed = std::any_of(all.begin(), all.end(), [&](const NamedWeights& weights) {
            return weights.path == path;
        });
        if (!path.empty() && !listed) all.push_back({embedded.name, path});
    }
    return all;
}

std::string name_of_weights(const std::string& path) {
    std::error_code ignored;
    const auto is = [&](const std::string& file) { return fs::equivalent(file, path, ignored); };
    for (const Embedded& embedded : kEmbedded) {
        if (is(in_folders(embedded.file, program_folders()))) return embedded.name;
    }
    for (const NamedWeights& weights : list_weights()) {
        if (is(weights.path)) return weights.name;
    }
    return fs::absolute(path).lexically_normal();
}

std::string wanted_weights(const std::string& asked) {
    const char* named = std::getenv("REVERIE_WEIGHTS");
    return !asked.empty() || named == nullptr ? asked : named;
}

std::string find_weights(const std::string& asked) {
    const std::string wanted = wanted_weights(asked);
    if (wanted.empty()) return embedded_weights(kEmbedded[0]);
    return file_or_name(wanted, asked.empty() ? "REVERIE_WEIGHTS" : "--weights");
}

}  // namespace reverie
