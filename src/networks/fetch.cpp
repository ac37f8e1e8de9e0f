#include "src/networks/fetch.h"

#include <fmt/format.h>

#include <filesystem>

#include "src/media/libav_facts.h"
#include "src/networks/download.h"
#include "src/networks/import_file.h"
#include "src/util/error.h"
#include "src/util/progress.h"
#include "src/util/time_text.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

bool is_url(const std::string& text) { return text.find("://") != std::string::npos; }

std::string source_of(const FetchJob& job) {
    if (job.mirror.empty()) return job.publication.url;
    const bool slash = job.mirror.ends_with('/');
    return job.mirror + (slash ? "" : "/") + job.publication.file;
}

fs::path target_of(const FetchJob& job) {
    return fs::path(job.folder) / (job.publication.name + ".safetensors");
}

/// What to do where there is no network.
std::string by_hand(const FetchJob& job) {
    return fmt::format(
        "; by hand: get {} elsewhere, then reverie weights import {} -o {}; or set "
        "REVERIE_WEIGHTS_MIRROR to a URL or folder that has it",
        job.publication.url, job.publication.file, target_of(job).string());
}

std::string progress_text(uint64_t done, uint64_t total, double elapsed_s, uint64_t first) {
    constexpr double kMega = 1e6;
    const double rate = elapsed_s > 0 ? static_cast<double>(done - first) / elapsed_s : 0;
    if (total == 0) return fmt::format("{:.1f} MB  {:.1f} MB/s", done / kMega, rate / kMega);
    std::string line = fmt::format("{:3.0f}%  {:.1f} of {:.1f} MB  {:.1f} MB/s",
                                   100.0 * done / total, done / kMega, total / kMega, rate / kMega);
    if (rate > 0 && total >= done)
        line += fmt::format("  {} left", clock_text(static_cast<double>(total - done) / rate));
    return line;
}

void fetch_url(const FetchJob& job, const std::string& url, const fs::path& to) {
    Progress progress(Progress::style_for(job.quiet));
    progress.note("fetching " + url);
    uint64_t first = 0;
    bool begun = false;
    Download download_job;
    download_job.url = url;
    download_job.to = to;
    download_job.checked = job.publication.digest != Digest::none;
    download_job.stop = job.stop;
    download_job.progress = [&](uint64_t done, uint64_t total) {
        if (!begun) first = done;
        begun = true;
        progress.update(progress_text(done, total, progress.elapsed_s(), first));
    };
    try {
        download(download_job);
    } catch (const Interrupted&) {
        throw;
    } catch (const Error& error) {
        throw Error(error.what() + by_hand(job));
    }
}

/// Throws Error where the file is not the published one; `what` is done about it then.
void check_hash(const Publication& publication, const fs::path& file, const std::string& what) {
    if (publication.digest == Digest::none) return;
    const bool sha1 = publication.digest == Digest::sha1;
    const std::string found = sha1 ? sha1_of_file(file) : sha256_of_file(file);
    if (found == publication.hash) return;
    throw Error(fmt::format("{} is not what was published: its {} is {}, not {}; {}", file.string(),
                            sha1 ? "SHA-1" : "SHA-256", found, publication.hash, what));
}

void make_folder(const std::string& folder) {
    require(!folder.empty(),
            "there is no folder for weights: neither XDG_DATA_HOME nor HOME is set");
    std::error_code failure;
    fs::create_directories(folder, failure);
    require(!failure, "cannot make the folder " + folder + ": " + failure.message());
}

}  // namespace

const std::vector<Publication>& publications() {
    static const std::vector<Publication> all{
        {"googlenet", "GoogLeNet of BVLC, trained on ImageNet: the network of #deepdream",
         "http://dl.caffe.berkeleyvision.org/bvlc_googlenet.caffemodel",
         "bvlc_googlenet.caffemodel", Digest::sha1, "405fc5acd08a3bb12de8ee5e23a96bec22f08204",
         "unrestricted use"},
        {"googlenet-places", "GoogLeNet of MIT, trained on 205 kinds of places",
         "http://places.csail.mit.edu/model/googlenet_places205.tar.gz",
         "googlenet_places205.tar.gz", Digest::none, "", "CC BY"},
        {"inception_v3", "Inception v3 of Google, 2015-12-05, trained on ImageNet",
         "https://download.tensorflow.org/models/image/imagenet/inception-2015-12-05.tgz",
         "inception-2015-12-05.tgz", Digest::none, "", "Apache-2.0"},
        {"inception5h", "Google's own GoogLeNet of 2015: the network of TensorFlow's DeepDream",
         "https://storage.googleapis.com/download.tensorflow.org/models/inception5h.zip",
         "inception5h.zip", Digest::sha256,
         "d13569f6a98159de37e92e9c8ec4dae8f674fbf475f69fe6199b514f756d4364", "Apache-2.0"}};
    return all;
}

std::vector<std::string> fetch_network(const FetchJob& job) {
    const Publication& publication = job.publication;
    const fs::path target = target_of(job);
    std::error_code ignored;
    if (!job.overwrite && fs::exists(target, ignored))
        return {target.string() + " is there already; --overwrite fetches it again"};
    make_folder(job.folder);
    const std::string source = source_of(job);
    ImportJob import;
    import.to = target;
    import.overwrite = job.overwrite;
    import.metadata = {{"origin", publication.what + ", from " + publication.url},
                       { "licence",
                         publication.licence }};
    const bool local = !job.mirror.empty() && !is_url(job.mirror);
    import.from = local ? fs::path(source) : fs::path(job.folder) / publication.file;
    if (local) {
        require(fs::is_regular_file(source, ignored),
                "REVERIE_WEIGHTS_MIRROR has no " + source + by_hand(job));
        check_hash(publication, source, "get it again");
    } else {
        if (!fs::exists(import.from, ignored)) fetch_url(job, source, import.from);
        try {
            check_hash(publication, import.from, "it was deleted; try again, or another mirror");
        } catch (const Error&) {
            fs::remove(import.from, ignored);
            throw;
        }
    }
    std::vector<std::string> notes;
    if (publication.digest == Digest::none) {
        const std::string hash = sha256_of_file(import.from);
        import.metadata["source_sha256"] = hash;
        notes.push_back("its publisher gives no hash to check; the SHA-256 of what came is " +
                        hash);
    }
    std::vector<std::string> more;
    try {
        more = import_file(import);
    } catch (const Error&) {
        if (!local) fs::remove(import.from, ignored);
        throw;
    }
    if (!local) fs::remove(import.from, ignored);
    notes.insert(notes.end(), more.begin(), more.end());
    return notes;
}

}  // namespace reverie
