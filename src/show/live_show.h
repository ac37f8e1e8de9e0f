// A live show without its window: the newest frame of the source, the dream that follows it, and
// what happens when the source is gone. One thread reads the source and another one dreams.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "src/control/desk.h"
#include "src/dream/budget.h"
#include "src/dream/guided_show.h"
#include "src/dream/temporal_dream.h"
#include "src/media/live_input.h"
#include "src/session/frame_io.h"
#include "src/show/dream_thread.h"
#include "src/show/live_statistics.h"
#include "src/show/network_change.h"
#include "src/show/snapshots.h"
#include "src/util/size.h"

namespace reverie {

struct ShowOptions {
    std::string source;
    SourceOptions from;
    /// Of the picture; nothing: the source's, into which a CPU dreams at most kCpuWidth ×
    /// kCpuWidth.
    SizeRequest size;
    Params params;
    double display_hz = 60;
    /// What one dream may take: a slower machine takes fewer and larger steps, then dreams
    /// smaller. Nothing: kCpuBudgetMs on a CPU, where a single step may take kCpuStepMs; one frame
    /// of the display on a GPU. 0: as long as it does.
    std::optional<double> budget_ms;
    /// The network that takes over by itself where a step of not even the smallest dream is as
    /// quick as it should be; "": none.
    std::string lighter_weights;
};

/// Thread-safety: belongs to one thread, except ask() of the desk's clients and notices().
class LiveShow {
  public:
    using Clock = std::chrono::steady_clock;
    static constexpr int kCpuWidth = 640;
    static constexpr double kCpuBudgetMs = 150;
    /// Eight steps a second: fewer do not dream what a look asks for, and a smaller dream that
    /// lives is better than a sharp one that nobody sees.
    static constexpr double kCpuStepMs = 125;
    static constexpr int kSmallestWidth = 256;

    /// Nothing is waited for: the source opens and the first plan is made beside the show. On a
    /// CPU, the calling thread's own work is done by few threads from now on; the dream has all.
    LiveShow(Machine& machine, const ShowOptions& options);

    /// Waits up to `longest_s` for a new frame, and meanwhile takes a dream that is done and has
    /// the next begun; where the source has stopped, stands still or was never there, a new picture
    /// is due 25 times a second all the same. True where picture() is new. Throws Error where the
    /// device fails.
    bool advance(double longest_s);

    /// After the GPU has failed: the machine, and with it the show, go on with the CPU. What was
    /// dreamed, picture() and all that was made of them are lost. Throws Error.
    void go_on_on_cpu();

    /// In place of what was shown before; the dream goes on.
    void open(const std::string& spec);
    /// Another network in place of the one that dreams, which goes on until that is read and
    /// planned. The objective becomes its counterpart() there. Throws Error while another one is on
    /// its way. None takes over by itself from then on.
    void use_network(const std::string& path);
    /// The weights file of the network that is on its way; "": none is.
    std::string coming_network() const { return change_ ? change_->path() : ""; }
    /// All that the user is to read of this show.
    Notices& notices() { return notices_; }
    /// Where the show is played: what concerns look, source and dream is carried out by advance(),
    /// before the frame; outputs, window and installation give it handlers of their own.
    Desk& desk() { return desk_; }
    const Desk& desk() const { return desk_; }

    /// What every picture passes before it is shown: may give another one in its place, valid until
    /// the call after the next. Null: none.
    using Filter = std::function<Pixels<const float>(Stream&, Pixels<const float>, double time_s)>;
    void set_filter(Filter filter) { filter_ = std::move(filter); }
    /// From where frames come in place of the source, which is only watched meanwhile: false where
    /// there is no new one. Null: from the source again.
    using Frames = std::function<bool(LiveFrame&)>;
    void set_attract(Frames frames);
    /// On top of the strength that is set.
    void set_strength_factor(float factor) { strength_factor_ = factor; }
    /// The frame that the last advance() got from the source, whether it is shown or only watched;
    /// null where there was no new one.
    const VideoFrame* seen() const { return seen_; }
    const std::string& source() const { return options_.source; }
    /// Pictures a second, as far as the source says, else 30: what outputs of a constant rate need.
    Rational frame_rate() const;
    /// Time 0 of time_s().
    Clock::time_point begun() const { return begun_; }

    bool has_picture() const { return picture_.data != nullptr; }
    /// The dream, 3 × H × W on the device, valid until the next advance(); and what it is made of.
    Pixels<const float> picture() const { return picture_; }
    Pixels<const float> source_picture() const { return rgb_; }
    /// How the picture moves, at the size that is dreamed at.
    Pixels<const float> flow() const { return late_.flow(); }
    Pixels<const float> confidence() const { return late_.confidence(); }
    /// The source's own frame behind picture(); none while a pattern stands in.
    const VideoFrame* video() const {
        return standing_in_ || !has_video_ ? nullptr : &frame_.video;
    }
    /// When the frame behind picture() arrived; the epoch where it is not new.
    Clock::time_point arrived() const { return arrived_; }
    /// Seconds since the show began, of picture().
    double time_s() const { return time_s_; }

    /// Throws Error where the network does not have a layer or channel of it.
    void check(const Objective& objective) const;
    /// Of a preset or a default, for the network that dreams: see translated(). What channels stand
    /// in for is noted once.
    Objective in_network(const Objective& objective);
    /// What is dreamed now, for a file: in_network() gives its objective back.
    Params params_to_keep() const { return portable_params(desk_.params()); }
    const DreamBudget& budget() const { return budget_; }
    /// What to look into while dreaming; layers are looked at twice a second, the map with each
    /// dream.
    void look_into(const InsightRequest& request) { request_ = request; }
    /// The last that was seen of each; empty before.
    const Insight& insight() const { return insight_; }
    LiveInput& input() { return input_; }
    LiveStatistics& statistics() { return statistics_; }
    SizeRequest size() const { return size_; }
    /// One line on why dreams do not come, or on a source that is gone; "" while all is well.
    std::string problem() const;
    /// A plan is being made: dreams will take a moment.
    bool preparing() const;

  private:
    DeskWorld desk_world();
    void handle_requests();
    Params portable_params(Params params) const;
    void seek(const request::SeekSource& to);
    void show_in_panic(Stream& stream);
    void start_dreaming();
    bool take(double longest_s);
    bool take_frame(double longest_s);
    void take_stand_in();
    void show_frame(Clock::time_point now);
    void dream(Clock::time_point now);
    void take_dream(Clock::time_point now);
    void measure_strength(Clock::time_point now);
    void take_insight();
    void take_network();
    void let_go(std::unique_ptr<Network> network);
    void lighten(Clock::time_point now);
    SizeRequest dream_size_for(SizeRequest size) const;
    SizeRequest size_for(const VideoFrame& frame);
    bool dreams_smaller() const { return dream_size_ != size_; }

    Machine& machine_;
    ShowOptions options_;
    Notices notices_;
    Desk desk_;
    LiveStatistics statistics_;
    TemporalDream late_;
    GuidedShow guided_;  ///< where the picture is larger than what is dreamed
    DreamBudget budget_;
    std::unique_ptr<DreamThread> dreamer_;
    std::optional<NetworkChange> change_;
    std::set<std::string> told_;              ///< of what the network's channels stand in for
    std::vector<std::future<void>> leaving_;  ///< networks on their way out
    InsightRequest request_;
    Insight insight_;
    LiveInput input_, stand_in_;
    LiveFrame frame_;
    std::optional<FrameUpload> upload_;
    SizeRequest size_, wanted_size_;  ///< of the picture, and what that was made of
    SizeRequest dream_size_;
    Pixels<const float> rgb_, picture_;
    Image panic_picture_;  ///< shown in place of the dream: black, or the picture that is held
    Panic panicked_ = Panic::off;  ///< what that was made for
    Snapshots snapshots_{notices_};
    Image difference_;  ///< of what is shown and its frame, and the sum of that
    Buffer<float> difference_sum_;
    Clock::time_point begun_, advanced_, arrived_, opened_, retry_dreams_, submitted_, looked_,
        measured_, slow_since_;
    double time_s_ = 0;
    bool has_video_ = false, standing_in_ = false;
    bool again_ = false;  ///< frame_ is to be shown once more, on another device
    std::string dream_problem_;

    Filter filter_;
    Frames attract_;
    LiveFrame watched_;
    const VideoFrame* seen_ = nullptr;
    float strength_factor_ = 1;
};

}  // namespace reverie
