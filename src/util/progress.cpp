#include "src/util/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "src/util/console.h"
#include "src/util/time_text.h"

namespace reverie {
namespace {

double seconds_between(std::chrono::steady_clock::time_point from,
                       std::chrono::steady_clock::time_point to) {
    return std::chrono::duration<double>(to - from).count();
}

}  // namespace

std::string progress_line(const ProgressState& state) {
    const double fps =
        state.elapsed_s > 0
            ? static_cast<double>(state.frames - state.frames_before) / state.elapsed_s
            : 0;
    const bool known = state.share >= 0;
    const double share = std::min(state.share, 1.0);
    std::string line = known ? fmt::format("{:3.0f}%  ", std::floor(share * 100)) : "";
    line += fmt::format("{} frame{}  {:.1f} fps", state.frames, state.frames == 1 ? "" : "s", fps);
    const double done = share - state.share_before;
    if (known && done > 0)
        line += fmt::format("  {} left", clock_text(state.elapsed_s * (1 - share) / done));
    return line;
}

bool is_progress_line(std::string_view line) {
    const size_t frames = line.find(" frame");
    const size_t spaces = frames == line.npos ? line.npos : line.find("  ", frames);
    return spaces != line.npos && line.find(" fps", spaces) != line.npos;
}

Progress::Style Progress::style_for(bool quiet) {
    if (quiet) return Style::none;
    return ::isatty(STDERR_FILENO) != 0 ? Style::terminal : Style::plain;
}

Progress::Progress(Style style) : style_(style), start_(Clock::now()), shown_(start_) {}

Progress::~Progress() { end_line(); }

double Progress::elapsed_s() const { return seconds_between(start_, Clock::now()); }

void Progress::update(int64_t frames, double share) {
    if (style_ != Style::none)
        update(progress_line({frames, share, elapsed_s(), frames_before_, share_before_}));
}

void Progress::begin_at(int64_t frames, double share) {
    start_ = Clock::now();
    frames_before_ = frames;
    share_before_ = std::max(share, 0.0);
}

void Progress::update(const std::string& line) {
    if (style_ == Style::none) return;
    const Clock::time_point now = Clock::now();
    const bool terminal = style_ == Style::terminal;
    if (seconds_between(shown_, now) < (terminal ? 0.1 : 1.0)) return;
    shown_ = now;
    // \33[K clears what a longer line left behind.
    print_err("{}{}{}", terminal ? "\r" : "", line, terminal ? "\33[K" : "\n");
    std::fflush(stderr);
    line_open_ = terminal;
}

void Progress::note(const std::string& line) {
    if (style_ == Style::none) return;
    end_line();
    print_err("{}\n", line);
}

void Progress::end_line() {
    if (!line_open_) return;
    print_err("\n");
    line_open_ = false;
}

}  // namespace reverie
