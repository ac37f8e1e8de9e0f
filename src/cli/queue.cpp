// reverie queue add|list|run|watch|again|remove: jobs for the night.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "src/cli/commands.h"
#include "src/media/source_kind.h"
#include "src/render/queue/job_queue.h"
#include "src/render/queue/queue_runner.h"
#include "src/util/console.h"
#include "src/util/error.h"
#include "src/util/interrupt.h"
#include "src/util/progress.h"
#include "src/util/user_folders.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

constexpr std::array kQueued{"render", "zoom", "still"};
constexpr auto kLookEvery = std::chrono::seconds(1);

JobQueue own_queue() {
    const fs::path state = user_folder(UserFolder::state);
    return JobQueue(state.empty() ? state : state / "queue");
}

/// Throws UsageError for what the program would refuse: now, not in the middle of the night.
void check_job(const std::vector<std::string>& words) {
    if (words.empty() ||
        std::find(kQueued.begin(), kQueued.end(), words.front()) == kQueued.end()) {
        throw UsageError(
            fmt::format("queue add: one of {} comes next, as it would be typed: reverie queue add "
                        "render CLIP -o DREAM.mp4",
                        fmt::join(kQueued, ", ")));
    }
    std::vector<const char*> arguments{"reverie"};
    for (const std::string& word : words) arguments.push_back(word.c_str());
    if (!parse_command_line(static_cast<int>(arguments.size()), arguments.data()))
        throw UsageError("queue add: that command only prints its help");
}

/// An earlier job may make the input: that it is not there yet is only said.
void look_at_input(const std::vector<std::string>& words) {
    if (words.size() < 2 || words[1].starts_with('-')) return;
    try {
        require_source(words[1]);
    } catch (const Error& error) {
        print_err("as it is now: {}\n", error.what());
    }
}

std::string text_of(const QueueJob& job) {
    std::string text = "reverie";
    for (const std::string& word : job.command) text += ' ' + quoted(word);
    return text;
}

std::string when(int64_t seconds) {
    std::array<char, 32> text{};
    const std::time_t time = seconds;
    std::tm parts{};
    ::localtime_r(&time, &parts);
    return {text.data(), std::strftime(text.data(), text.size(), "%d %b %H:%M", &parts)};
}

/// "done 29 Nov 03:12: a.mp4: 250 frames in 0:41", a line a job.
void print_jobs(const JobQueue& queue) {
    const bool runs = QueueLock::held(queue);
    for (const QueueJob& job : queue.jobs()) {
        const bool left = job.state == JobState::running && !runs;
        std::string line = fmt::format("{:>4}  {:<8} ", job.number,
                                       left ? name_of(JobState::stopped) : name_of(job.state));
        if (const int64_t time_s = std::max({job.added_s, job.begun_s, job.ended_s}); time_s > 0)
            line += when(time_s) + "  ";
        print_out("{}{}\n", line, job.command.empty() ? job.said : text_of(job));
        if (!job.command.empty() && !job.said.empty()) print_out("{:>16}{}\n", "", job.said);
    }
}

void print_json(const JobQueue& queue) {
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (const QueueJob& job : queue.jobs()) {
        all.push_back({{"number", job.number},
                       {"state", name_of(job.state)},
                       {"command", job.command},
                       {"folder", job.folder},
                       {"attempts", job.attempts},
                       {"exit_code", job.exit_code},
                       {"said", job.said},
                       {"added_s", job.added_s},
                       {"begun_s", job.begun_s},
                       {"ended_s", job.ended_s}});
    }
    print_out("{}\n", all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

/// Files of a folder as they are finished by whoever puts them there.
class Watch {
  public:
    Watch(std::string folder, std::string into, std::vector<std::string> options)
        : folder_(std::move(folder)), into_(std::move(into)), options_(std::move(options)) {
        require(fs::is_directory(folder_), "there is no folder '" + folder_ + "'");
        check_job(job_of("a.mp4", false, "b.mp4"));  // the options, before anything comes
        if (into_.empty()) into_ = (fs::path(folder_) / "dreamed").string();
        std::error_code failure;
        fs::create_directories(into_, failure);
        require(!failure, fmt::format("cannot make '{}': {}", into_, failure.message()));
    }
    const std::string& into() const { return into_; }

    /// Adds a job for each new file that has not grown since the last call.
    void look(JobQueue& queue) {
        std::error_code failure;
        std::vector<fs::path> files;
        for (const fs::directory_entry& entry : fs::directory_iterator(folder_, failure)) {
            const bool hidden = entry.path().filename().string().starts_with('.');
            if (entry.is_regular_file(failure) && !hidden) files.push_back(entry.path());
        }
        std::sort(files.begin(), files.end());
        for (const fs::path& file : files) {
            const uintmax_t size = fs::file_size(file, failure);
            Seen& seen = seen_[file.string()];
            const bool still = size == std::exchange(seen.bytes, size) && size > 0;
            if (still && !std::exchange(seen.taken, true)) take(queue, file);
        }
    }

  private:
    struct Seen {
        uintmax_t bytes = 0;
        bool taken = false;
    };

    void take(JobQueue& queue, const fs::path& file) {
        const std::string input = fs::absolute(file).lexically_normal().string();
        bool picture = false;
        try {
            picture = open_source(input)->info().still;
        } catch (const Error& error) {
            print_err("{}\n", error.what());
            return;
        }
        const fs::path name = file.stem().string() + (picture ? ".png" : ".mp4");
        const std::string output = fs::absolute(fs::path(into_) / name).string();
        if (fs::exists(output)) return;
        for (const QueueJob& job : queue.jobs()) {
            if (std::find(job.command.begin(), job.command.end(), input) != job.command.end())
                return;
        }
        print_err("number {}: {}\n", queue.add(job_of(input, picture, output), fs::current_path()),
                  input);
    }

    std::vector<std::string> job_of(const std::string& input, bool picture,
                                    const std::string& output) const {
        std::vector<std::string> words{picture ? "still" : "render", input, "-o", output};
        words.insert(words.end(), options_.begin(), options_.end());
        return words;
    }

    std::string folder_, into_;
    std::vector<std::string> options_;
    std::map<std::string, Seen> seen_;
};

/// What jobs say, on the terminal: progress is rewritten there as that of one's own.
QueueRun spoken_run(Progress& progress) {
    QueueRun run;
    run.program = "/proc/self/exe";
    run.stop = &stop_flag();
    run.heard = [&progress, last = 0](const QueueJob& job, const std::string& line) mutable {
        if (std::exchange(last, job.number) != job.number)
            progress.note(fmt::format("number {}: {}", job.number, text_of(job)));
        if (is_progress_line(line))
            progress.update(line);
        else
            progress.note("  " + line);
    };
    return run;
}

void run_all(const GlobalOptions& globals, const std::string& when_done) {
    JobQueue queue = own_queue();
    std::optional<QueueLock> lock(std::in_place, queue);
    if (!queue.next()) {
        print_err("the queue is empty: reverie queue add render … puts something into it\n");
        return;
    }
    QueueOutcome outcome;
    {
        Progress progress(Progress::style_for(globals.quiet));
        outcome = run_queue(queue, *lock, spoken_run(progress));
    }
    lock.reset();
    print_err("{}\n", outcome.summary);
    if (outcome.stopped) throw Interrupted("stopped; reverie queue run goes on");
    if (!when_done.empty()) {
        ::setenv("REVERIE_SUMMARY", outcome.summary.c_str(), 1);
        if (std::system(when_done.c_str()) != 0)
            throw Error(fmt::format("--when-done {}: it has failed", quoted(when_done)));
    }
    if (outcome.failed > 0) throw Error("reverie queue list shows why; queue again tries it again");
}

void watch(const GlobalOptions& globals, Watch watched) {
    JobQueue queue = own_queue();
    const QueueLock lock(queue);
    Progress progress(Progress::style_for(globals.quiet));
    QueueRun run = spoken_run(progress);
    run.look_for_more = [&] { watched.look(queue); };
    print_err("what comes into the folder is dreamed into '{}', until Ctrl-C\n", watched.into());
    while (!stop_flag()) {
        const QueueOutcome outcome = run_queue(queue, lock, run);
        if (outcome.done + outcome.failed > 0) progress.note(outcome.summary);
        if (!stop_flag()) std::this_thread::sleep_for(kLookEvery);
    }
    throw Interrupted("stopped");
}

/// Those of these numbers, or, for "done", "failed" or "all", of that state.
std::vector<QueueJob> chosen_jobs(const JobQueue& queue, const std::vector<std::string>& which) {
    std::vector<QueueJob> chosen;
    const std::vector<QueueJob> jobs = queue.jobs();
    for (const std::string& word : which) {
        const size_t before = chosen.size();
        for (const QueueJob& job : jobs) {
            if (word == "all" || word == name_of(job.state) || word == std::to_string(job.number))
                chosen.push_back(job);
        }
        const bool state = word == "all" || word == "done" || word == "failed";
        if (chosen.size() == before && !state)
            throw UsageError(fmt::format("'{}' is no number of a job; reverie queue list", word));
    }
    return chosen;
}

bool in_hand(const JobQueue& queue, const QueueJob& job) {
    return job.state == JobState::running && QueueLock::held(queue);
}

void remove(const std::vector<std::string>& which) {
    const JobQueue queue = own_queue();
    for (const QueueJob& job : chosen_jobs(queue, which)) {
        require(!in_hand(queue, job),
                fmt::format("number {} is being dreamed; Ctrl-C stops it", job.number));
        queue.remove(job.number);
    }
}

void again(const std::vector<std::string>& which) {
    const JobQueue queue = own_queue();
    for (QueueJob& job : chosen_jobs(queue, which)) {
        if (in_hand(queue, job) || job.command.empty()) continue;
        job.state = JobState::waiting;
        job.attempts = 0;
        queue.keep(job);
    }
}

struct QueueOptions {
    bool json = false;
    std::string when_done, folder, into;
    std::vector<std::string> which, words;
};

void add_running(CLI::App& queue, const GlobalOptions& globals, Action& action,
                 const std::shared_ptr<QueueOptions>& options) {
    CLI::App* run = queue.add_subcommand("run", "do what waits, one after another");
    run->fallthrough();
    run->add_option("--when-done", options->when_done,
                    "a shell command at the end, with the summary in $REVERIE_SUMMARY");
    run->callback([&globals, &action, options] {
        action = [&globals, options] { run_all(globals, options->when_done); };
    });
    CLI::App* watched = queue.add_subcommand("watch", "do what is put into a folder, until Ctrl-C");
    watched->allow_extras()->fallthrough(false);
    watched->add_option("folder", options->folder, "videos and pictures come here")->required();
    watched->add_option("--into", options->into, "results go there; FOLDER/dreamed by default");
    watched->footer("What else stands there are options of render and still: --preset tides");
    watched->callback([&globals, &action, options, watched] {
        options->words = watched->remaining();
        action = [&globals, options] {
            watch(globals, Watch(options->folder, options->into, options->words));
        };
    });
}

void add_changing(CLI::App& queue, Action& action, const std::shared_ptr<QueueOptions>& options) {
    const std::string which = "numbers, as list shows them, or done, failed, all";
    CLI::App* again_command = queue.add_subcommand("again", "let jobs wait once more");
    again_command->add_option("jobs", options->which, which)->required();
    again_command->callback([&action, options] { action = [options] { again(options->which); }; });
    CLI::App* remove_command = queue.add_subcommand("remove", "take jobs out; results stay");
    remove_command->add_option("jobs", options->which, which)->required();
    remove_command->callback(
        [&action, options] { action = [options] { remove(options->which); }; });
}

}  // namespace

void add_queue(CLI::App& app, const GlobalOptions& globals, Action& action) {
    const auto options = std::make_shared<QueueOptions>();
    CLI::App* queue = app.add_subcommand("queue", "Jobs for the night, one after another");
    queue->require_subcommand(1);
    CLI::App* add = queue->add_subcommand("add", "keep a render, zoom or still for later");
    add->prefix_command()->fallthrough(false);  // what comes next is the job's own
    add->callback([&action, options, add] {
        options->words = add->remaining();
        action = [options] {
            check_job(options->words);
            look_at_input(options->words);
            print_out("number {}; reverie queue run does it\n",
                      own_queue().add(options->words, fs::current_path()));
        };
    });
    CLI::App* list = queue->add_subcommand("list", "what waits, and what became of the others");
    list->add_flag("--json", options->json, "as JSON");
    list->callback([&action, options] {
        action = [options] { options->json ? print_json(own_queue()) : print_jobs(own_queue()); };
    });
    add_running(*queue, globals, action, options);
    add_changing(*queue, action, options);
}

}  // namespace reverie
