#include "src/control/preset_library.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "src/control/modulation_file.h"
#include "src/control/toml_params.h"
#include "src/util/atomic_file.h"
#include "src/util/error.h"
#include "src/util/text_file.h"
#include "src/util/user_folders.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

bool looks_like_path(std::string_view name) {
    return name.find('/') != std::string_view::npos || name.ends_with(".toml");
}

struct Found {
    std::string text;
    std::string file;  ///< what errors call it
};

/// `kind` is "presets" or "scores".
Found find_source(const std::string& name, const std::string& kind,
                  const std::vector<EmbeddedFile>& embedded) {
    if (looks_like_path(name)) return {read_text_file(name), name};
    std::vector<std::string> names;
    for (const fs::path& file : user_files(kind)) {
        if (file.stem() == name) return {read_text_file(file), file};
        names.push_back(file.stem());
    }
    for (const EmbeddedFile& file : embedded) {
        if (file.name == name)
            return {std::string(file.text), fmt::format("{}/{}.toml", kind, name)};
        names.emplace_back(file.name);
    }
    const std::string one = kind.substr(0, kind.size() - 1);
    throw UsageError(fmt::format(
        "unknown {} '{}'{}", one, name,
        did_you_mean(name, names,
                     fmt::format("; reverie list {} shows them all, and a file is named with its "
                                 ".toml",
                                 kind))));
}

template <class Parse>
std::vector<LibraryEntry> list_all(const std::string& kind,
                                   const std::vector<EmbeddedFile>& embedded, Parse parse) {
    std::vector<LibraryEntry> entries;
    for (const fs::path& file : user_files(kind)) {
        LibraryEntry entry{file.stem(), "", "", file, ""};
        try {
            const auto parsed = parse(read_text_file(file), file);
            entry.title = parsed.title;
            entry.description = parsed.description;
        } catch (const Error& error) {
            entry.description = entry.problem = error.what();
        }
        entries.push_back(entry);
    }
    for (const EmbeddedFile& file : embedded) {
        const auto parsed =
            parse(std::string(file.text), fmt::format("{}/{}.toml", kind, file.name));
        entries.push_back({std::string(file.name), parsed.title, parsed.description, "", ""});
    }
    return entries;
}

}  // namespace

fs::path user_files_folder(std::string_view kind) {
    const fs::path folder = user_folder(UserFolder::config);
    return folder.empty() ? folder : folder / kind;
}

std::vector<fs::path> user_files(std::string_view kind) {
    std::vector<fs::path> files;
    std::error_code ignored;
    for (const fs::directory_entry& entry :
         fs::directory_iterator(user_files_folder(kind), ignored)) {
        if (entry.path().extension() == ".toml") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

Preset load_preset(const std::string& name) {
    const Found source = find_source(name, "presets", embedded_presets());
    return parse_preset(source.text, source.file);
}

namespace {

/// The file of `name` in the user's own folder of a kind, which is there then. `one`: "preset".
fs::path file_to_save(const std::string& name, const std::string& one, bool overwrite) {
    require(
        !name.empty() && name.front() != '.' && name.find('/') == std::string::npos,
        fmt::format("'{}' cannot name a {}; try a name without / that does not begin with a dot",
                    name, one));
    const fs::path folder = user_files_folder(one + "s");
    require(!folder.empty(),
            fmt::format("there is no home folder to keep {}s in; try XDG_CONFIG_HOME=DIR", one));
    fs::path file = folder / (name + ".toml");
    std::error_code failed;
    require(overwrite || !fs::exists(file, failed),
            fmt::format("there is a {} {} already; overwrite it, or try another name", one, name));
    fs::create_directories(folder, failed);
    return file;
}

}  // namespace

void save_preset(const std::string& name, const Params& params, bool overwrite,
                 const Modulation& modulation) {
    const fs::path file = file_to_save(name, "preset", overwrite);
    const fs::path partial = file.string() + ".partial";
    std::error_code failed;
    toml::table preset{
        {"title", name}, {"description", "Saved in a show"}, {"params", params_table(params)}};
    if (!modulation.routes.empty()) preset.insert("modulation", modulation_tables(modulation));
    std::ofstream out(partial);
    out << preset << '\n';
    out.close();
    if (out.good()) fs::rename(partial, file, failed);
    require(out.good() && !failed, fmt::format("cannot write {}; is there room, and may this user "
                                               "write there?",
                                               file.string()));
}

void save_score(const std::string& name, const Timeline& timeline, double duration_s,
                bool overwrite) {
    const std::string text = to_toml(timeline, duration_s);
    write_atomically(file_to_save(name, "score", overwrite), text);
}

Timeline load_timeline(const std::string& name) {
    const Found source = find_source(name, "scores", embedded_scores());
    return read_timeline(source.text, source.file);
}

Score load_score(const std::string& name) {
    const Found source = find_source(name, "scores", embedded_scores());
    return parse_score(source.text, source.file);
}

std::string preset_text(const std::string& name) {
    return find_source(name, "presets", embedded_presets()).text;
}

std::string score_text(const std::string& name) {
    return find_source(name, "scores", embedded_scores()).text;
}

std::vector<LibraryEntry> list_presets() {
    return list_all("presets", embedded_presets(), parse_preset);
}

std::vector<LibraryEntry> list_scores() {
    return list_all(
        "scores", embedded_scores(),
        [](std::string_view text, const std::string& file) { return parse_score(text, file); });
}

std::vector<LibraryEntry> show_presets() {
    std::vector<LibraryEntry> each;
    for (LibraryEntry& entry : list_presets()) {
        const bool known = std::any_of(each.begin(), each.end(), [&](const LibraryEntry& other) {
            return other.name == entry.name;
        });
        if (!known) each.push_back(std::move(entry));
    }
    return each;
}

std::vector<std::string> preset_names() {
    std::vector<std::string> names;
    for (LibraryEntry& entry : show_presets()) {
        if (entry.problem.empty()) names.push_back(std::move(entry.name));
    }
    return names;
}

}  // namespace reverie
