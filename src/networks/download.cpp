#include "src/networks/download.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>

#include "src/util/error.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

constexpr int kMostAttempts = 6;
constexpr long kConnectSeconds = 20, kSilentSeconds = 60, kMostRedirects = 5;

struct CurlFree {
    void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
struct ListFree {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct FileClose {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

/// Identifies the file and version that a partial download belongs to: the URL, and the ETag or
/// date of the server.
struct Version {
    std::string url, validator;
};

fs::path version_file(const fs::path& to) { return to.string() + ".part.version"; }

Version read_version(const fs::path& to) {
    Version version;
    std::ifstream file(version_file(to));
    std::getline(file, version.url);
    std::getline(file, version.validator);
    return version;
}

class Transfer {
  public:
    explicit Transfer(const Download& job) : job_(job), curl_(curl_easy_init()) {
        require(curl_ != nullptr, "libcurl cannot be used: out of memory");
    }

    enum class Outcome { whole, broken, stale };
    /// One connection. `stale`: the server has another version by now.
    Outcome run();
    uint64_t received() const { return received_; }
    const std::string& complaint() const { return complaint_; }

  private:
    uint64_t part_to_continue();
    void set_options(uint64_t from);
    Outcome judge(CURLcode status);
    size_t write(const char* data, size_t size);
    void take_header(std::string line);

    static size_t on_write(char* data, size_t one, size_t size, void* self) {
        return static_cast<Transfer*>(self)->write(data, one * size);
    }
    static size_t on_header(char* data, size_t one, size_t size, void* self) {
        static_cast<Transfer*>(self)->take_header({data, one * size});
        return one * size;
    }
    static int on_progress(void* self, curl_off_t total, curl_off_t now, curl_off_t, curl_off_t) {
        const auto* t = static_cast<const Transfer*>(self);
        if (t->job_.progress && now > 0) {
            const uint64_t whole = total > 0 ? t->from_ + static_cast<uint64_t>(total) : 0;
            t->job_.progress(t->from_ + static_cast<uint64_t>(now), whole);
        }
        return t->job_.stop != nullptr && t->job_.stop->load() ? 1 : 0;
    }

    const Download& job_;
    std::unique_ptr<CURL, CurlFree> curl_;
    std::unique_ptr<curl_slist, ListFree> headers_;
    std::unique_ptr<std::FILE, FileClose> file_;
    uint64_t from_ = 0, received_ = 0;
    std::string etag_, date_, complaint_, disk_complaint_;
    char message_[CURL_ERROR_SIZE] = {};
};

uint64_t Transfer::part_to_continue() {
    const fs::path part = partial_download(job_.to);
    std::error_code failure;
    const uint64_t size = fs::file_size(part, failure);
    if (failure || size == 0) return 0;
    const Version version = read_version(job_.to);
    if (version.url == job_.url && !version.validator.empty()) {
        headers_.reset(curl_slist_append(nullptr, ("If-Range: " + version.validator).c_str()));
        return size;
    }
    if (job_.checked) return size;
    fs::resize_file(part, 0, failure);
    return 0;
}

void Transfer::set_options(uint64_t from) {
    CURL* curl = curl_.get();
    const bool secure = job_.url.starts_with("https:");
    curl_easy_setopt(curl, CURLOPT_URL, job_.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, kMostRedirects);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, kSilentSeconds);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "reverie");
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message_);
    curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(from));
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers_.get());
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Transfer::on_write);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, this);
}

void Transfer::take_header(std::string line) {
    while (!line.empty() && std::isspace(static_cast<unsigned char>(line.back())) != 0)
        line.pop_back();
    if (line.starts_with("HTTP/")) {  // of the next answer, behind a redirection
        etag_.clear();
        date_.clear();
    }
    const size_t colon = line.find(':');
    if (colon == std::string::npos) return;
    std::string name = line.substr(0, colon), value = line.substr(colon + 1);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    value.erase(0, value.find_first_not_of(' '));
    if (name == "etag" && !value.starts_with("W/")) etag_ = value;
    if (name == "last-modified") date_ = value;
}

size_t Transfer::write(const char* data, size_t size) {
    if (file_ == nullptr) {
        file_.reset(std::fopen(partial_download(job_.to).c_str(), from_ > 0 ? "ab" : "wb"));
        if (file_ != nullptr) {
            std::ofstream(version_file(job_.to)) << job_.url << '\n'
                                                 << (etag_.empty() ? date_ : etag_) << '\n';
        }
    }
    if (from_ + received_ + size > job_.most_bytes) {
        disk_complaint_ = fmt::format("it is larger than {} MB, which no network here is",
                                      job_.most_bytes >> 20U);
        return 0;
    }
    if (file_ == nullptr || std::fwrite(data, 1, size, file_.get()) != size) {
        disk_complaint_ = fmt::format("cannot write {}: {}", partial_download(job_.to).string(),
                                      std::strerror(errno));
        return 0;
    }
    received_ += size;
    return size;
}

Transfer::Outcome Transfer::judge(CURLcode status) {
    long code = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &code);
    // A range behind the end of the file; libcurl takes that for success.
    constexpr long kRangeNotSatisfiable = 416;
    if (from_ > 0 && code == kRangeNotSatisfiable) return Outcome::stale;
    if (status == CURLE_OK) return Outcome::whole;
    if (status == CURLE_ABORTED_BY_CALLBACK)
        throw Interrupted("stopped; the same command goes on from what has come");
    require(disk_complaint_.empty(), disk_complaint_);
    if (from_ > 0 && status == CURLE_RANGE_ERROR) return Outcome::stale;
    complaint_ = message_[0] != '\0' ? message_ : curl_easy_strerror(status);
    return Outcome::broken;
}

Transfer::Outcome Transfer::run() {
    from_ = part_to_continue();
    set_options(from_);
    const CURLcode status = curl_easy_perform(curl_.get());
    if (file_ != nullptr && std::fclose(file_.release()) != 0 && disk_complaint_.empty()) {
        throw Error(fmt::format("cannot write {}: {}", partial_download(job_.to).string(),
                                std::strerror(errno)));
    }
    return judge(status);
}

void discard_part(const fs::path& to) {
    std::error_code ignored;
    fs::remove(partial_download(to), ignored);
    fs::remove(version_file(to), ignored);
}

}  // namespace

fs::path partial_download(const fs::path& to) { return to.string() + ".part"; }

void download(const Download& job) {
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    require(initialised == CURLE_OK, "libcurl cannot be used here");
    std::string complaint;
    bool goes_on = true;
    for (int attempt = 0; goes_on && attempt < kMostAttempts; ++attempt) {
        Transfer transfer(job);
        switch (transfer.run()) {
            case Transfer::Outcome::whole: {
                std::error_code failure;
                const fs::path part = partial_download(job.to);
                require(fs::exists(part, failure), job.url + " is empty");
                fs::rename(part, job.to, failure);
                require(!failure, fmt::format("cannot rename {} to {}: {}", part.string(),
                                              job.to.string(), failure.message()));
                fs::remove(version_file(job.to), failure);
                return;
            }
            case Transfer::Outcome::stale:
                discard_part(job.to);
                break;
            case Transfer::Outcome::broken:
                complaint = transfer.complaint();
                goes_on = transfer.received() > 0;
                break;
        }
    }
    throw Error(fmt::format("cannot fetch {}: {}", job.url, one_line(complaint)));
}

}  // namespace reverie
