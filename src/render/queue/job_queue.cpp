#include "src/render/queue/job_queue.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>

#include "src/util/atomic_file.h"
#include "src/util/error.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr std::array kStates{JobState::waiting, JobState::running, JobState::done, JobState::failed,
                             JobState::stopped};

JobState state_of(const std::string& name) {
    for (const JobState state : kStates) {
        if (name == name_of(state)) return state;
    }
    throw Error("its state is '" + one_line(name) + "'");
}

std::string to_text(const QueueJob& job) {
    const Json json{{"format", kFormat},        {"command", job.command},
                    {"folder", job.folder},     {"state", name_of(job.state)},
                    {"attempts", job.attempts}, {"exit_code", job.exit_code},
                    {"said", job.said},         {"added_s", job.added_s},
                    {"begun_s", job.begun_s},   {"ended_s", job.ended_s}};
    // A name may hold any bytes.
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

QueueJob read_job(const fs::path& path) {
    std::ifstream file(path);
    const Json json = Json::parse(file);
    require(json.at("format") == kFormat, "it is of another version of this program");
    QueueJob job;
    job.command = json.at("command").get<std::vector<std::string>>();
    job.folder = json.at("folder");
    job.state = state_of(json.at("state"));
    job.attempts = json.at("attempts");
    job.exit_code = json.at("exit_code");
    job.said = json.at("said");
    job.added_s = json.at("added_s");
    job.begun_s = json.at("begun_s");
    job.ended_s = json.at("ended_s");
    require(!job.command.empty(), "it has no command");
    return job;
}

/// 12 of "000012.json"; 0 of any other name.
int number_of(const fs::path& path) {
    const std::string stem = path.stem().string();
    int number = 0;
    const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), number);
    const bool whole = error == std::errc() && end == stem.data() + stem.size();
    return whole && path.extension() == ".json" ? number : 0;
}

int open_lock(const fs::path& folder, const char* name, int flags) {
    return ::open((folder / name).c_str(), O_RDWR | O_CREAT | flags, 0600);
}

void make_folder(const fs::path& folder) {
    require(!folder.empty(), "there is no home folder to keep a queue in; set XDG_STATE_HOME");
    std::error_code failure;
    fs::create_directories(folder, failure);
    require(!failure, fmt::format("cannot make {}: {}", folder.string(), failure.message()));
}

/// While it lives, no other program counts.
class CountLock {
  public:
    explicit CountLock(const fs::path& folder) : file_(open_lock(folder, "count.lock", O_CLOEXEC)) {
        require(file_ >= 0 && ::flock(file_, LOCK_EX) == 0, "cannot write into " + folder.string());
    }
    ~CountLock() { ::close(file_); }
    CountLock(const CountLock&) = delete;
    CountLock& operator=(const CountLock&) = delete;

    /// One more than any that was ever given, even if that job was removed.
    int next_number() const {
        std::array<char, 16> text{};
        const ssize_t got = ::pread(file_, text.data(), text.size(), 0);
        int last = 0;
        std::from_chars(text.data(), text.data() + std::max<ssize_t>(got, 0), last);
        return last + 1;
    }
    void given(int number) const {
        const std::string text = std::to_string(number) + '\n';
        require(::pwrite(file_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()),
                "cannot write into the queue's folder: is the disk full?");
    }

  private:
    int file_;
};

}  // namespace

const char* name_of(JobState state) {
    switch (state) {
        case JobState::running:
            return "running";
        case JobState::done:
            return "done";
        case JobState::failed:
            return "failed";
        case JobState::stopped:
            return "stopped";
        default:
            return "waiting";
    }
}

fs::path JobQueue::file_of(int number) const { return folder_ / fmt::format("{:06}.json", number); }

int JobQueue::add(std::vector<std::string> command, const fs::path& run_in) {
    make_folder(folder_);
    const CountLock lock(folder_);
    QueueJob job;
    job.number = lock.next_number();
    for (const QueueJob& other : jobs()) job.number = std::max(job.number, other.number + 1);
    job.command = std::move(command);
    job.folder = run_in.string();
    job.added_s = std::time(nullptr);
    keep(job);
    lock.given(job.number);
    return job.number;
}

std::vector<QueueJob> JobQueue::jobs() const {
    std::vector<QueueJob> jobs;
    std::error_code failure;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_, failure)) {
        const int number = number_of(entry.path());
        if (number <= 0) continue;
        QueueJob job;
        try {
            job = read_job(entry.path());
        } catch (const std::exception& error) {
            job = {};
            job.state = JobState::failed;
            job.said =
                fmt::format("{} cannot be read: {}", entry.path().string(), one_line(error.what()));
        }
        job.number = number;
        jobs.push_back(std::move(job));
    }
    std::sort(jobs.begin(), jobs.end(),
              [](const QueueJob& a, const QueueJob& b) { return a.number < b.number; });
    return jobs;
}

std::optional<QueueJob> JobQueue::next() const {
    for (QueueJob& job : jobs()) {
        if (job.state != JobState::done && job.state != JobState::failed) return std::move(job);
    }
    return std::nullopt;
}

void JobQueue::keep(const QueueJob& job) const {
    keep_privately(file_of(job.number), to_text(job));
}

bool JobQueue::remove(int number) const {
    std::error_code failure;
    return fs::remove(file_of(number), failure);
}

QueueLock::QueueLock(const JobQueue& queue) {
    make_folder(queue.folder());
    // Jobs inherit it: the queue is taken for as long as one goes on, even if its runner was killed.
    file_ = open_lock(queue.folder(), "run.lock", 0);
    require(file_ >= 0, "cannot write into " + queue.folder().string());
    if (::flock(file_, LOCK_EX | LOCK_NB) == 0) return;
    ::close(file_);
    throw Error("this queue is being run already: what is added now is done as well");
}

QueueLock::~QueueLock() { ::close(file_); }

bool QueueLock::held(const JobQueue& queue) {
    const int file = ::open((queue.folder() / "run.lock").c_str(), O_RDWR | O_CLOEXEC);
    if (file < 0) return false;
    const bool free = ::flock(file, LOCK_EX | LOCK_NB) == 0;
    ::close(file);
    return !free;
}

}  // namespace reverie
