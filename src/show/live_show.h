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
#include "src/control/modulation.h"
#include "src/dream/late_picture.h"
#include "src/dream/steering/budget.h"
#include "src/media/live_input.h"
#include "src/session/frame_io.h"
#include "src/session/sight.h"
#include "src/show/dream_thread.h"
#include "src/show/live_statistics.h"
#include "src/show/look_thumbnails.h"
#include "src/show/network_change.h"
#include "src/show/recognition.h"
#include "src/show/second_input.h"
#include "src/show/show_ear.h"
#include "src/show/snapshots.h"
#include "src/show/take_log.h"
#include "src/util/size.h"

namespace reverie {

class OutOfMemory;

struct ShowOptions {
    std::string source;
    SourceOptions from;
    std::string second;  ///< a second source, for masks of its brightness; "": none
    SourceOptions second_from;
    /// Of the picture; default: the source's. A CPU dreams at most kCpuWidth × kCpuWidth of it, if
    /// its dreams have a time budget.
    SizeRequest size;
    Params params;
    double display_hz = 60;
    /// Time budget of one dream: a slower machine takes fewer and larger steps, then dreams
    /// smaller. Default: kCpuBudgetMs on a CPU, where a single step may take kCpuStepMs; one frame
    /// of the display on a GPU. 0: no limit.
    std::optional<double> budget_ms;
    /// The network to switch to if even the smallest dream's steps are too slow; "": none.
    std::string lighter_weights;
};

/// Thread-safety: belongs to one thread, except ask() of the desk's clients and notices().
class LiveShow {
  public:
    using Clock = std::chrono::steady_clock;
    static constexpr int kCpuWidth = 640;
    static constexpr double kCpuBudgetMs = 150;
    /// Eight steps a second: with fewer, the dream does not reach the preset's strength; a smaller
    /// dream is better than a sharp one that is too weak.
    static constexpr double kCpuStepMs = 125;
    static constexpr int kSmallestWidth = 256;

    /// Returns at once: the source opens and the first plan is made in the background. On a CPU,
    /// the calling thread's own work uses few threads from now on; the dream uses all.
    LiveShow(Runtime& runtime, const ShowOptions& options);

    /// Waits up to `longest_s` for a new frame; takes a dream that is done and starts the next one.
    /// If the source has stopped, is a still or is missing, a new picture is still made 25 times a
    /// second. True if picture() is new. Throws Error if the device fails.
    bool advance(double longest_s);

    /// After a GPU's memory has run out: the dream that is out is dropped, and the network gives way.
    /// The next advance() shows the same frame, and the dream goes on, in smaller tiles, which it says.
    /// False if there is nothing left to give, or it is not a GPU.
    bool make_room(const OutOfMemory& error);
    /// After the GPU has failed: the runtime, and with it the show, continues on the CPU. The
    /// dream, picture() and everything derived from them are lost. Throws Error.
    void go_on_on_cpu();

    /// Replaces the source; the dream goes on.
    void open(const std::string& spec);
    /// Replaces the network; the current one dreams on until the new one is read and planned. The
    /// objective is mapped to it. Throws Error while another one is being read.
    /// Disables the automatic switch to a lighter network.
    void use_network(const std::string& path);
    /// The weights file of the network that is being read; "": none.
    std::string coming_network() const { return change_ ? change_->path() : ""; }
    /// This show's messages to the user.
    Notices& notices() { return notices_; }
    /// Takes the requests to the show: advance() carries out those on look, source and dream,
    /// before the frame; outputs, window and installation add handlers of their own.
    Desk& desk() { return desk_; }
    const Desk& desk() const { return desk_; }

    /// Applied to every picture before it is shown: may return another picture, valid until the
    /// call after the next. Null: none.
    using Filter = std::function<Pixels<const float>(Stream&, Pixels<const float>, double time_s)>;
    void set_filter(Filter filter) { filter_ = std::move(filter); }
    /// Supplies frames in place of the source, which is then only watched: false if there is no new
    /// one. Null: from the source again.
    using Frames = std::function<bool(LiveFrame&)>;
    void set_attract(Frames frames);
    /// Multiplies the strength that is set.
    void set_strength_factor(float factor) { strength_factor_ = factor; }
    /// Writes down what is played from now on; null: no more. Outlives the show.
    void log_to(TakeLog* take) { take_ = take; }
    /// From now on somebody is there, or nobody, whatever the show sees itself; nothing: as it sees.
    void set_somebody(std::optional<bool> there) { somebody_ = there; }
    /// What the show hears from now on; null: nothing.
    void listen(std::shared_ptr<SoundFeed> feed);
    /// What it heard, of now.
    Heard heard() const { return heard_at(time_s_); }
    /// What it saw of the picture for what moves with it.
    const Seen& what_is_seen() const { return sight_.seen(); }
    bool listens() const { return ear_.listens(); }
    /// What moves the parameters, and those of the desk as it has moved them.
    const Modulator& modulator() const { return modulator_; }
    const Params& moved() const { return moved_; }
    /// A picture of the last advance() is seen now: so much later than the desk was asked.
    void seen_at(Clock::time_point now);
    /// The frame that the last advance() got from the source, whether it is shown or only watched;
    /// null where there was no new one.
    const VideoFrame* seen() const { return seen_; }
    const std::string& source() const { return options_.source; }
    /// The source's frame rate if it is known, else 30: for outputs of a constant rate.
    Rational frame_rate() const;
    /// Time 0 of time_s().
    Clock::time_point begun() const { return begun_; }

    bool has_picture() const { return picture_.data != nullptr; }
    /// The dream and its source, 3 × H × W on the device, valid until the next advance().
    Pixels<const float> picture() const { return picture_; }
    Pixels<const float> source_picture() const { return rgb_; }
    /// Optical flow and its confidence, at the size that is dreamed at.
    Pixels<const float> flow() const { return late_.dream().flow(); }
    Pixels<const float> confidence() const { return late_.dream().confidence(); }
    /// The source's own frame behind picture(); none while a pattern stands in.
    const VideoFrame* video() const {
        return standing_in_ || !has_video_ ? nullptr : &frame_.video;
    }
    /// When the frame behind picture() arrived; the epoch if it is not new.
    Clock::time_point arrived() const { return arrived_; }
    /// Seconds since the show began, of picture().
    double time_s() const { return time_s_; }

    /// Throws Error if the network lacks a layer or channel of it, or a mask needs a second source
    /// and there is none.
    void check(const Objective& objective) const;
    /// Maps an objective of a preset or a default to the network that dreams: see from_portable().
    /// Channels that are substituted are noted once.
    Objective in_network(const Objective& objective);
    /// The current parameters, for a file: in_network() restores their objective.
    Params params_to_keep() const { return portable_params(desk_.params()); }
    const DreamBudget& budget() const { return budget_; }
    /// Chooses the activations to probe while dreaming; layers are probed twice a second, the map
    /// with each dream.
    void request_probe(const ProbeRequest& request) { request_ = request; }
    /// The latest result of each probe; empty before.
    const ProbeResult& probe() const { return probe_; }
    LookThumbnails& thumbnails() { return thumbnails_; }
    Recognition& recognition() { return recognition_; }
    LiveInput& input() { return input_; }
    LiveStatistics& statistics() { return statistics_; }
    Size size() const { return size_; }
    /// One line on why there are no dreams, or on a lost source; "" if there is no problem.
    std::string problem() const;
    /// A plan is being made: the next dream is delayed.
    bool preparing() const;

  private:
    DeskWorld desk_world();
    void handle_requests();
    Params portable_params(Params params) const;
    void seek(const request::SeekSource& to);
    void start_dreaming();
    void hear();
    void look(double since_s);
    void take_guide();
    void give_guide();
    void want_alpha();
    void require_second(const Objective& objective) const;
    void bring_mask_inputs();
    void say_what_stands();
    double until_picture_s() const;
    Heard heard_at(double time_s) const;
    bool take(double longest_s);
    void carry_out();
    bool take_frame(double longest_s);
    void take_stand_in();
    void show_frame(Clock::time_point now);
    void log_picture();
    void dream(Clock::time_point now);
    void take_dream(Clock::time_point now);
    void measure_strength(Clock::time_point now);
    void take_insight();
    void take_network();
    void let_go(std::unique_ptr<Network> network);
    void lighten(Clock::time_point now);
    Size dream_size_for(Size size) const;
    Size size_for(const VideoFrame& frame);

    Runtime& runtime_;
    ShowOptions options_;
    Notices notices_;
    Desk desk_;
    LiveStatistics statistics_;
    ShowEar ear_;
    Sight sight_;
    std::optional<bool> somebody_;
    Modulator modulator_;
    Params moved_;  ///< the desk's parameters as modulation has them now
    LatePicture late_;
    DreamBudget budget_;
    LookThumbnails thumbnails_;
    Recognition recognition_;
    std::unique_ptr<DreamThread> dreamer_;
    std::optional<NetworkChange> change_;
    std::set<std::string> told_;              ///< of what the network's channels stand in for
    std::vector<std::future<void>> leaving_;  ///< networks that are destroyed in the background
    ProbeRequest request_;
    ProbeResult probe_;
    LiveInput input_, stand_in_;
    SecondInput second_;
    std::optional<GuidePicture> guide_;  ///< taken, and not given to the network yet
    SourceOptions stand_in_from_;
    LiveFrame frame_;
    std::optional<FrameUpload> upload_;
    Size size_, wanted_size_;  ///< of the picture, and before limits
    Size dream_size_;
    Pixels<const float> rgb_, picture_;
    Snapshots snapshots_{notices_};
    Image difference_;  ///< of what is shown and its frame, and the sum of that
    Buffer<float> difference_sum_;
    Clock::time_point begun_, advanced_, arrived_, opened_, retry_dreams_, submitted_, looked_,
        measured_, slow_since_, layers_seen_;
    double time_s_ = 0;
    Clock::time_point applied_;  ///< when the desk was asked last
    double late_s_ = 0;          ///< from then until it is seen, smoothed
    bool has_video_ = false, standing_in_ = false;
    bool again_ = false;  ///< frame_ is to be shown once more, on another device
    bool fresh_ = false;  ///< frame_ has come since the last picture
    std::string dream_problem_;
    TakeLog* take_ = nullptr;

    Filter filter_;
    Frames attract_;
    LiveFrame watched_;
    const VideoFrame* seen_ = nullptr;
    float strength_factor_ = 1;
};

}  // namespace reverie
