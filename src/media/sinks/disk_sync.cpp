#include "src/media/sinks/disk_sync.h"

#include <filesystem>

#include "src/util/error.h"
#include "src/util/output_file.h"

namespace reverie {
namespace {

constexpr double kSyncEvery_s = 2;
constexpr double kNobodyHangs_s = 1e6;

}  // namespace

DiskSync::DiskSync() : worker_(kNobodyHangs_s, [] {}) { worker_.disarm(); }

void DiskSync::wrote(const std::string& file, double time_s) {
    if (!problem_.empty() || (synced_s_ >= 0 && time_s < synced_s_ + kSyncEvery_s)) return;
    problem_ = worker_.problem();
    if (synced_s_ < 0) {
        worker_.post("the folder", [folder = std::filesystem::path(file).parent_path()] {
            sync_to_disk(folder);
        });
    }
    worker_.post("the file", [file] { sync_to_disk(file); });
    synced_s_ = time_s;
}

void DiskSync::finish(const std::string& file) {
    if (problem_.empty()) problem_ = worker_.problem();
    if (!problem_.empty()) return;
    try {
        sync_to_disk(file);
    } catch (const Error& error) {
        problem_ = error.what();
    }
}

}  // namespace reverie
