#include "src/media/own_input.h"

#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <utility>

#include "src/util/error.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

/// Device and inode; the name by which they were found, for the message.
using Files = std::map<std::pair<dev_t, ino_t>, std::string>;

void add(Files& files, const struct stat& status, const std::string& name) {
    if (S_ISREG(status.st_mode)) files.emplace(std::pair(status.st_dev, status.st_ino), name);
}

void add(Files& files, const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0) add(files, status, path);
}

/// Does the numbered `pattern` ("f_%04d.png") give `name` for some number?
bool is_one_of(const std::string& name, const std::string& pattern) {
    const size_t percent = pattern.find('%');
    size_t end = percent + 1;
    while (end < pattern.size() && std::isdigit(static_cast<unsigned char>(pattern[end])) != 0)
        ++end;
    const std::string width = pattern.substr(percent + 1, end - percent - 1);
    const std::string suffix = pattern.substr(std::min(end + 1, pattern.size()));
    if (end >= pattern.size() || pattern[end] != 'd' || width.size() > 3) return false;
    if (name.size() <= percent + suffix.size() || !name.ends_with(suffix) ||
        name.compare(0, percent, pattern, 0, percent) != 0) {
        return false;
    }
    const std::string digits = name.substr(percent, name.size() - percent - suffix.size());
    const size_t least = width.empty() ? 1 : std::stoul(width);
    return digits.find_first_not_of("0123456789") == std::string::npos &&
           (digits.size() <= least ? digits.size() == std::max<size_t>(least, 1)
                                   : digits[0] != '0');
}

/// Adds the files of the folder whose names `pattern` gives; all files for "".
void add_folder(Files& files, const fs::path& folder, const std::string& pattern) {
    std::error_code ignored;
    for (const fs::directory_entry& entry :
         fs::directory_iterator(folder.empty() ? "." : folder, ignored)) {
        if (pattern.empty() || is_one_of(entry.path().filename().string(), pattern))
            add(files, entry.path().string());
    }
}

void add_matches(Files& files, const std::string& pattern) {
    glob_t found{};
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; ++i) add(files, std::string(found.gl_pathv[i]));
    }
    ::globfree(&found);
}

std::string without_scheme(const std::string& spec) {
    if (spec.starts_with("file://")) return spec.substr(7);
    return spec.starts_with("file:") ? spec.substr(5) : spec;
}

/// Adds the files that a list names: HLS (one name per line) and libav's ffconcat (file 'NAME').
void add_listed(Files& files, const std::string& list) {
    std::ifstream text(list);
    std::string line;
    if (!std::getline(text, line)) return;
    const bool concat = line.starts_with("ffconcat");
    if (!concat && !line.starts_with("#EXTM3U")) return;
    while (std::getline(text, line)) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (concat) line = line.starts_with("file ") ? line.substr(5) : "";
        if (concat) std::erase_if(line, [](char c) { return c == '\'' || c == '\\'; });
        if (line.empty() || line[0] == '#') continue;
        add(files, (fs::path(list).parent_path() / without_scheme(line)).string());
    }
}

/// Everything that `spec` is read from or written to. `fd`: what "-" stands for.
Files files_of(const std::string& spec, int fd) {
    Files files;
    struct stat status {};
    if (spec == "-") {
        if (::fstat(fd, &status) == 0) add(files, status, spec);
        return files;
    }
    std::string path = spec;
    if (::stat(path.c_str(), &status) != 0) path = without_scheme(spec);
    if (::stat(path.c_str(), &status) == 0) {
        add(files, status, path);
        if (S_ISDIR(status.st_mode)) add_folder(files, path, "");
        if (S_ISREG(status.st_mode)) add_listed(files, path);
    } else if (fs::path(path).filename().string().find('%') != std::string::npos) {
        add_folder(files, fs::path(path).parent_path(), fs::path(path).filename().string());
    } else if (path.find_first_of("*?[") != std::string::npos) {
        add_matches(files, path);
    }
    return files;
}

}  // namespace

void refuse_own_input(const std::string& output, const std::string& input) {
    if (output.empty() || input.empty()) return;
    const Files written = files_of(output, STDOUT_FILENO);
    if (written.empty()) return;
    const Files read = files_of(input, STDIN_FILENO);
    for (const auto& [id, name] : written) {
        if (read.count(id) == 0) continue;
        const std::string what = output == "-" ? "the standard output" : "'" + output + "'";
        throw Error(read.size() == 1 && name == output
                        ? what + " is the input itself; choose another name"
                        : what + " would overwrite the input's '" + read.at(id) +
                              "'; choose another name");
    }
}

}  // namespace reverie
