// Writes down a show as it is played (control/take.h), so that it can be played again: a thread of
// its own writes each line at once, so that whatever ends the show leaves all that was shown.
#pragma once

#include <condition_variable>
#include <deque>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "src/control/desk.h"
#include "src/control/take.h"
#include "src/media/live_input.h"
#include "src/media/recorder.h"

namespace reverie {

/// Thread-safety: belongs to the show's thread, which it never makes wait.
class TakeLog {
  public:
    struct Options {
        std::string path;
        bool dry = false;  ///< keep the source's own frames in a video beside the take
        TakeHead head;     ///< `network`: the path of its file; `weights` and `dry` are found here
    };
    /// Creates the file. Throws Error where it, or the video beside it, is there already or cannot
    /// be written.
    explicit TakeLog(Options options);
    /// Writes what is left.
    ~TakeLog();
    TakeLog(const TakeLog&) = delete;
    TakeLog& operator=(const TakeLog&) = delete;

    /// The name of the video beside a take: "set.source.mkv" for "set.take".
    static std::string dry_name(const std::string& path);
    /// What hands ask of this desk is written down as well, for people. The desk ends first or
    /// after leave().
    void watch(Desk& desk);
    void leave() { client_ = DeskClient(); }
    /// The sound of the video beside the take, from its first frame on; null: none.
    void hear(std::shared_ptr<SoundFeed> feed) { feed_ = std::move(feed); }

    // The show, in this order for each picture.
    void began(const Turns::Deal& deal) { add(TakeBegin{deal.push, deal.portion}); }
    void dreamed(const TakeDreamed& dreamed) { add(dreamed); }
    void reset() { add(TakeReset()); }
    /// `path`: of its weights file.
    void network(const std::string& path) { add(TakeNetwork{path, ""}); }
    /// A frame has come. To be called before what was asked meanwhile is carried out, since that may
    /// open another source.
    void frame_came(const std::string& spec, const SourceOptions& from, const SourceInfo& info);
    /// What the desk says as the picture is made, and what was seen until then.
    void begin_picture(double time_s, const Desk& desk, const Seen& seen);
    /// For modulation, after begin_picture(). Silence need not be kept.
    void heard(double time_s, const Heard& heard);
    struct Shown {
        Size size, dream_size;
        const LiveFrame* frame = nullptr;  ///< null: the one before, again
        SourceInfo info;                   ///< of its source
        Rational frame_rate;
    };
    void end_picture(const Shown& shown);

    /// Pictures that were written down.
    int64_t pictures() const { return picture_.number; }
    /// Why no more is written; "": there is no problem.
    std::string problem() const;
    /// Of the video beside the take.
    RecorderStatus dry() const { return dry_.status(); }
    bool keeps_dry() const { return options_.dry; }
    /// The show is over. Waits until all is written; false if something is not.
    bool finish();

  private:
    void add(TakeEvent event);
    std::optional<int64_t> keep_dry(const Shown& shown);
    void run();

    Options options_;
    DeskClient client_;
    std::shared_ptr<SoundFeed> feed_;
    Recorder dry_;
    int64_t dry_frames_ = 0;
    TakePicture picture_;  ///< that is being made
    // As they were written last.
    std::optional<Params> params_;
    Modulation modulation_;
    std::shared_ptr<const BrushMask> brush_ = std::make_shared<const BrushMask>();
    Seen seen_;
    Panic panic_ = Panic::off;
    bool frozen_ = false;
    Size size_, dream_size_;
    std::vector<TakeSource> sources_;

    std::ofstream file_;  ///< the thread's
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<TakeEvent> waiting_;
    std::string problem_;
    bool ending_ = false;
    std::thread thread_;  ///< the last member: it uses the others
};

}  // namespace reverie
