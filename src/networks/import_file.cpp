#include "src/networks/import_file.h"

#include <fmt/format.h>

#include "src/media/own_input.h"
#include "src/net/recognise.h"
#include "src/net/weights.h"
#include "src/networks/archive.h"
#include "src/util/error.h"
#include "src/util/output_file.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

/// A temporary file beside another; removed at the end unless it has been moved.
struct Temporary {
    fs::path path;
    ~Temporary() {
        std::error_code ignored;
        fs::remove(path, ignored);
    }
};

WeightsFormat format_of(const fs::path& path) {
    const MappedFile mapping(path);
    return recognise_weights(mapping.bytes(), path).format;
}

}  // namespace

std::vector<std::string> import_file(const ImportJob& job) {
    std::error_code ignored;
    refuse_own_input(job.to.string(), job.from.string());
    require(job.overwrite || !fs::exists(job.to, ignored),
            job.to.string() + " exists; choose another name or give --overwrite");
    const fs::path folder = job.to.parent_path();
    require(folder.empty() || fs::is_directory(folder, ignored),
            "cannot write " + job.to.string() + ": there is no folder " + folder.string());
    const Temporary unpacked{job.to.string() + ".unpacked"}, partial{partial_name(job.to.string())};
    fs::path from = job.from;
    std::vector<std::string> notes;
    if (format_of(from) == WeightsFormat::archive) {
        notes.push_back("took " + extract_network(from, unpacked.path) + " out of the archive");
        from = unpacked.path;
    }
    Import import = import_weights(from, job.options);
    import.metadata["origin"] = one_line(fmt::format(
        "{}, as {} has it", job.from.filename().string(), import.metadata.at("format")));
    import.metadata.insert_or_assign("licence", "that of the file that it was imported from");
    for (const auto& [key, value] : job.metadata) import.metadata[key] = value;
    write_import(partial.path, import);
    const Weights weights = load_weights(partial.path);
    fs::rename(partial.path, file_behind(job.to), ignored);
    require(!ignored, "cannot write " + job.to.string() + ": " + ignored.message());
    notes.insert(notes.end(), import.notes.begin(), import.notes.end());
    notes.push_back(
        fmt::format("{}: {}, {}{}", job.to.string(), weights.graph.architecture,
                    weights.absent.empty() ? "complete" : "to " + weights.graph.deepest_layer(),
                    import.metadata.at("lrn") == "none" ? "" : ", with LRN"));
    return notes;
}

}  // namespace reverie
