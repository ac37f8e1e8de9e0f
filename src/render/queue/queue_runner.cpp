#include "src/render/queue/queue_runner.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>

#include "src/util/error.h"
#include "src/util/time_text.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX declares it nowhere

namespace reverie {
namespace {

constexpr int kLookMs = 200;
constexpr int kInterrupted = 130;  // exit code of a command that was asked to stop

/// The words of the process: a job that was begun before is told to go on.
std::vector<std::string> words_of(const QueueJob& job) {
    std::vector<std::string> words = job.command;
    const bool goes_on = words.front() == "render" || words.front() == "zoom";
    if (goes_on && job.attempts > 1 &&
        std::find(words.begin(), words.end(), "--resume") == words.end())
        words.emplace_back("--resume");
    return words;
}

class SpawnActions {
  public:
    SpawnActions() { ::posix_spawn_file_actions_init(&actions_); }
    ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions_); }
    SpawnActions(const SpawnActions&) = delete;
    SpawnActions& operator=(const SpawnActions&) = delete;
    posix_spawn_file_actions_t* get() { return &actions_; }

  private:
    posix_spawn_file_actions_t actions_{};
};

/// A command as a child process, and what it says on stderr. It has no standard input: nobody is
/// there to type.
class Child {
  public:
    Child(const std::string& program, const QueueJob& job) {
        std::array<int, 2> ends{};
        require(::pipe2(ends.data(), O_CLOEXEC) == 0, "too many open files for a job");
        from_ = ends[0];
        SpawnActions actions;
        ::posix_spawn_file_actions_addchdir_np(actions.get(), job.folder.c_str());
        ::posix_spawn_file_actions_addopen(actions.get(), 0, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(actions.get(), ends[1], 1);
        ::posix_spawn_file_actions_adddup2(actions.get(), ends[1], 2);
        std::vector<std::string> words = words_of(job);
        words.insert(words.begin(), "reverie");  // as it is called in what it says
        std::vector<char*> arguments;
        for (std::string& word : words) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        const int failure = ::posix_spawn(&pid_, program.c_str(), actions.get(), nullptr,
                                          arguments.data(), environ);
        ::close(ends[1]);
        if (failure == 0) return;
        ::close(from_);
        throw Error(fmt::format("cannot begin in {}: {}", job.folder, std::strerror(failure)));
    }
    ~Child() { ::close(from_); }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    void ask_to_stop() const { ::kill(pid_, SIGTERM); }

    /// Waits a moment for something to read. False once the child has closed its end.
    bool read(std::string& text) const {
        pollfd file{from_, POLLIN, 0};
        if (::poll(&file, 1, kLookMs) <= 0) return true;
        std::array<char, 4096> bytes{};
        const ssize_t got = ::read(from_, bytes.data(), bytes.size());
        if (got > 0) text.append(bytes.data(), static_cast<size_t>(got));
        return got > 0 || (got < 0 && errno == EINTR);
    }

    /// Its exit code; 128 and the signal's number, as shells count, if one has ended it.
    int wait() const {
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

  private:
    pid_t pid_ = 0;
    int from_ = -1;
};

/// Takes the whole lines out of `text`; one that is rewritten on a terminal ends with a \r.
std::vector<std::string> take_lines(std::string& text) {
    std::vector<std::string> lines;
    for (size_t end = 0; (end = text.find_first_of("\r\n")) != std::string::npos;) {
        if (end > 0) lines.push_back(text.substr(0, end));
        text.erase(0, end + 1);
    }
    return lines;
}

/// One attempt, to its end.
void run_job(QueueJob& job, const QueueRun& run) {
    const Child child(run.program, job);
    std::string text;
    bool asked = false;
    const auto hear = [&] {
        for (std::string& line : take_lines(text)) {
            if (run.heard) run.heard(job, line);
            job.said = std::move(line);
        }
    };
    while (child.read(text)) {
        hear();
        if (*run.stop && !asked) {
            child.ask_to_stop();
            asked = true;
        }
    }
    text += '\n';
    hear();
    job.exit_code = child.wait();
}

}  // namespace

QueueOutcome run_queue(const JobQueue& queue, const QueueLock& /*lock*/, const QueueRun& run) {
    QueueOutcome outcome;
    std::string failures;
    const int64_t begun_s = std::time(nullptr);
    const auto next = [&] {
        if (run.look_for_more) run.look_for_more();
        return queue.next();
    };
    for (std::optional<QueueJob> job; !*run.stop && (job = next());) {
        job->state = JobState::running;
        ++job->attempts;
        job->begun_s = std::time(nullptr);
        job->ended_s = 0;
        job->said.clear();
        queue.keep(*job);
        try {
            run_job(*job, run);
        } catch (const Error& error) {
            job->exit_code = 1;
            job->said = error.what();
            if (run.heard) run.heard(*job, job->said);
        }
        job->ended_s = std::time(nullptr);
        const bool stopped = *run.stop && job->exit_code == kInterrupted;
        job->state = stopped               ? JobState::stopped
                     : job->exit_code == 0 ? JobState::done
                                           : JobState::failed;
        queue.keep(*job);
        outcome.done += job->state == JobState::done ? 1 : 0;
        if (job->state != JobState::failed) continue;
        failures += fmt::format("{}{}", outcome.failed++ == 0 ? "" : ", ", job->number);
    }
    outcome.stopped = *run.stop && queue.next().has_value();
    const int jobs = outcome.done + outcome.failed;
    outcome.summary = fmt::format("{} job{}: {} done, {} failed{}, in {}", jobs,
                                  jobs == 1 ? "" : "s", outcome.done, outcome.failed,
                                  failures.empty() ? "" : fmt::format(" (number {})", failures),
                                  clock_text(static_cast<double>(std::time(nullptr) - begun_s)));
    return outcome;
}

}  // namespace reverie
