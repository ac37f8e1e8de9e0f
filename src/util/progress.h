// The progress of a run: one line that is rewritten on a terminal, a plain line a second elsewhere,
// nothing with --quiet. Always on stderr, since stdout may be the video.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace reverie {

/// The content of a progress line.
struct ProgressState {
    int64_t frames = 0;
    double share = -1;     ///< 0 … 1 of the work, negative if the end is not known
    double elapsed_s = 0;  ///< since the first frame began
    /// What was done before that: says nothing of the speed.
    int64_t frames_before = 0;
    double share_before = 0;
};

/// " 42%   126 frames  12.3 fps  0:14 left"; without the share and the time left if the end is not
/// known.
std::string progress_line(const ProgressState& state);
/// Is it one of those lines, of another process?
bool is_progress_line(std::string_view line);

/// Thread-safety: belongs to one thread.
class Progress {
  public:
    enum class Style { none, terminal, plain };

    /// Starts the clock.
    explicit Progress(Style style);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// Prints the line, if it is due. `share` as in ProgressState.
    void update(int64_t frames, double share);
    /// What is done until here took no time: the clock starts now.
    void begin_at(int64_t frames, double share);
    /// Prints another line, if it is due.
    void update(const std::string& line);
    /// A line of its own, above the progress line; not with Style::none.
    void note(const std::string& line);
    /// Ends the progress line. More updates begin a new one.
    void end_line();
    double elapsed_s() const;

    /// The style that suits stderr.
    static Style style_for(bool quiet);

  private:
    using Clock = std::chrono::steady_clock;

    Style style_;
    Clock::time_point start_;
    Clock::time_point shown_;
    bool line_open_ = false;
    int64_t frames_before_ = 0;
    double share_before_ = 0;
};

}  // namespace reverie
