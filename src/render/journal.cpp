#include "src/render/journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "src/media/sources/picture_list.h"
#include "src/util/error.h"
#include "src/util/output_file.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFirstLine = "reverie checkpoint 1";
constexpr double kEveryS = 20, kShareOfTime = 0.02, kNeverS = 1e8;
constexpr size_t kShort = 60;  // what a message can repeat, bytes

fs::path folder_for(const std::string& output) { return partial_name(output + ".resume"); }

/// Names, commands and values have none of these; if one has, it is none that is to be read.
std::string in_one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t' || c == '\0'; }, ' ');
    return text;
}

/// "bytes and time" of a file; "" where there is none.
std::string trace_of(const fs::path& file) {
    std::error_code failure;
    const uintmax_t bytes = fs::file_size(file, failure);
    const fs::file_time_type time =
        failure ? fs::file_time_type() : fs::last_write_time(file, failure);
    return failure ? "" : fmt::format("{} {}", bytes, time.time_since_epoch().count());
}

/// Pictures appear one by one: without a journal, the first of them would be in the way.
bool is_worth_it(const std::string& output, int64_t frame) {
    return frame > 0 || (frame == 0 && is_numbered(output));
}

std::string goes_on(const std::string& command) {
    return command.find(" --resume") != std::string::npos ? command : command + " --resume";
}

}  // namespace

Journal::Journal(const JournalOptions& options)
    : options_(options), folder_(folder_for(options.output)) {
    std::error_code failure;
    fs::create_directories(folder_, failure);
    require(!failure, fmt::format("cannot create '{}': {}", folder_.string(), failure.message()));
    lock();
    if (options.resume) {
        if (std::optional<State> state = read(folder_, true)) {
            before_ = std::move(state->facts);
            resumed_ = std::move(state->checkpoint);
            last_frame_ = resumed_->frame;
        }
    }
    for (const char* old : {"state", "stopped"})
        if (!resumed_) fs::remove(folder_ / old, failure);
    set_due({});
}

Journal::~Journal() {
    if (!can_go_on()) finish();
    if (lock_ >= 0) ::close(lock_);
}

/// As long as the process lives.
void Journal::lock() {
    lock_ = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock_ >= 0 && ::flock(lock_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        ::close(lock_);
        throw Error(
            fmt::format("'{}' is being made by another run; wait for it, or choose another "
                        "name",
                        options_.output));
    }
}

std::optional<Journal::State> Journal::read(const fs::path& folder, bool with_dream) {
    std::ifstream file(folder / "state", std::ios::binary);
    std::string line;
    if (!std::getline(file, line) || line != kFirstLine) return std::nullopt;
    State state;
    if (!std::getline(file, state.command)) return std::nullopt;
    while (std::getline(file, line) && !line.empty()) {
        const size_t tab = line.find('\t');
        if (tab == std::string::npos) return std::nullopt;
        state.facts.emplace_back(line.substr(0, tab), line.substr(tab + 1));
    }
    Checkpoint& c = state.checkpoint;
    size_t bytes = 0;
    if (!std::getline(file, line)) return std::nullopt;
    std::istringstream numbers(line);
    if (!(numbers >> c.frame >> c.segment >> c.log_bytes >> bytes)) return std::nullopt;
    std::error_code failure;
    const auto begin = static_cast<uintmax_t>(file.tellg());
    if (fs::file_size(folder / "state", failure) != begin + bytes || failure) return std::nullopt;
    state.packet_log = (folder / "packets").string();
    if (!with_dream) return state;
    c.state.resize(bytes);
    if (!file.read(c.state.data(), static_cast<std::streamsize>(bytes))) return std::nullopt;
    return state;
}

std::optional<Journal::State> Journal::kept_for(const std::string& output) {
    return read(folder_for(output), false);
}

std::string Journal::interrupted(const std::string& output) {
    const std::optional<State> state = read(folder_for(output), false);
    if (!state || !is_worth_it(output, state->checkpoint.frame)) return "";
    return fmt::format("'{}' was interrupted; to go on from frame {}: {}", output,
                       state->checkpoint.frame, goes_on(state->command));
}

void Journal::drop(const std::string& output) {
    std::error_code ignored;
    fs::remove_all(folder_for(output), ignored);
}

void Journal::require_same(const std::string& name, const std::string& value) {
    set(name, value);
    if (!resumed_) return;
    const auto found = std::find_if(before_.begin(), before_.end(),
                                    [&](const auto& fact) { return fact.first == name; });
    const std::string before = found == before_.end() ? "" : found->second,
                      now = in_one_line(value);
    if (before == now) return;
    const auto shown = [](const std::string& text) { return text.empty() ? "nothing" : text; };
    const std::string what = std::max(before.size(), now.size()) > kShort
                                 ? "is another one"
                                 : fmt::format("is {}, and was {}", shown(now), shown(before));
    throw Error(
        fmt::format("cannot go on with '{}': {} {}; give what it was begun with, or "
                    "--overwrite without --resume to begin anew",
                    options_.output, name, what));
}

void Journal::set(const std::string& name, const std::string& value) {
    const auto found = std::find_if(facts_.begin(), facts_.end(),
                                    [&](const auto& fact) { return fact.first == name; });
    if (found != facts_.end())
        found->second = in_one_line(value);
    else
        facts_.emplace_back(in_one_line(name), in_one_line(value));
}

void Journal::forget_state() {
    if (resumed_) resumed_->state = std::string();
}

bool Journal::is_left_over(const std::string& output) const {
    std::ifstream file(folder_ / "stopped");
    std::string trace;
    return resumed_ && std::getline(file, trace) && !trace.empty() && trace == trace_of(output);
}

void Journal::set_due(std::chrono::duration<double> took) {
    const double usual_s = std::max(kEveryS, took.count() / kShareOfTime);
    const double asked_s = options_.every_s.value_or(usual_s);
    const std::chrono::duration<double> pause(asked_s > 0 ? asked_s : kNeverS);
    due_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(pause);
}

void Journal::save(const Checkpoint& checkpoint) {
    const Clock::time_point begun = Clock::now();
    const fs::path made = folder_ / "state.new";
    errno = 0;
    std::ofstream file(made, std::ios::binary | std::ios::trunc);
    file << kFirstLine << '\n' << in_one_line(options_.command) << '\n';
    for (const auto& [name, value] : facts_) file << name << '\t' << value << '\n';
    file << '\n'
         << fmt::format("{} {} {} {}\n", checkpoint.frame, checkpoint.segment, checkpoint.log_bytes,
                        checkpoint.state.size());
    file.write(checkpoint.state.data(), static_cast<std::streamsize>(checkpoint.state.size()));
    file.close();
    std::error_code failure;
    try {
        if (!file) throw Error(std::strerror(errno != 0 ? errno : EIO));
        sync_to_disk(made);
        fs::rename(made, folder_ / "state", failure);
        if (failure) throw Error(failure.message());
        sync_to_disk(folder_);
    } catch (const Error& error) {
        fs::remove(made, failure);
        set_due(Clock::now() - begun);
        throw Error(fmt::format("no checkpoint could be kept: {}", error.what()));
    }
    last_frame_ = checkpoint.frame;
    set_due(Clock::now() - begun);
}

bool Journal::can_go_on() const { return is_worth_it(options_.output, last_frame_); }

std::string Journal::how_to_go_on() const {
    return fmt::format("to go on from frame {}: {}", last_frame_, goes_on(options_.command));
}

void Journal::finish() {
    std::error_code ignored;
    fs::remove(folder_ / "state", ignored);  // first: without it, the rest is nothing
    fs::remove_all(folder_, ignored);
    last_frame_ = -1;
}

void Journal::stop(const std::string& output) {
    if (!can_go_on()) return;
    std::ofstream(folder_ / "stopped", std::ios::trunc) << trace_of(output) << '\n';
}

}  // namespace reverie
