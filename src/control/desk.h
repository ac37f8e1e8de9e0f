// The desk of a show. Its clients (overlay, keyboard, an installation's walk, MIDI, OSC) post
// requests (request.h) and are told what has changed, and by which client. Between two frames the
// desk carries out the requests: those on the look by itself, with fades, channel strips and the
// undo history; the others by handlers of the show, its outputs or its window.
//
//     DeskClient pads = desk.join("midi", [&](const DeskChange& change) { … });
//     pads.ask(request::LoadPreset{"fur"});  // from any thread
//     desk.apply();                          // the show's thread, before each frame
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "src/control/history.h"
#include "src/control/live_params.h"
#include "src/control/mixer.h"
#include "src/control/preset.h"
#include "src/control/request.h"
#include "src/control/stars.h"
#include "src/control/tempo.h"
#include "src/control/timeline/score_player.h"
#include "src/control/timeline/score_recorder.h"
#include "src/util/notices.h"

namespace reverie {

/// One change. Valid during the call of the listener.
struct DeskChange {
    std::string_view client;               ///< who asked; "": time went by (a fade), or the program
    const Request* request = nullptr;      ///< what was asked; null: nothing was
    std::vector<std::string_view> params;  ///< keys whose value is new
    bool strips = false;                   ///< a weight, a mute or a solo is new
    bool preset = false;                   ///< another one was loaded last
    bool crossfade = false;                ///< its ends or position are new
    bool modulation = false;               ///< a route, or its amount, is new
    bool brush = false;                    ///< what is painted is new
};

/// Functions that the desk needs from the show; each may be null.
struct DeskWorld {
    /// Maps a preset's or a default's objective to the network that dreams. Throws Error.
    std::function<Objective(const Objective&)> from_portable;
    /// Throws Error where the network does not have a layer or channel of it.
    std::function<void(const Objective&)> check;
    /// "inception_4c" for "4c".
    std::function<std::string(const std::string&)> full_name;
    /// The current parameters as a preset stores them.
    std::function<Params(const Params&)> to_portable;
    /// Presets by name, and the names to step through; null: the library's.
    std::function<Preset(const std::string&)> load;
    /// A score by name; null: the library's.
    std::function<Timeline(const std::string&)> load_score;
    /// Seconds on a steady clock; null: since the desk was made.
    std::function<double()> now_s;
    /// Seconds from a change at the desk until it is seen; null: 0.
    std::function<double()> late_s;
    std::function<std::vector<std::string>()> names;
};

class DeskClient;

/// Thread-safety: ask() of a client is safe; all else belongs to the show's thread.
class Desk {
  public:
    using Listener = std::function<void(const DeskChange&)>;

    /// Requests that fail are reported to `notices`, which outlive the desk.
    Desk(const Params& params, Notices& notices, DeskWorld world = {});

    /// `listener` is called from the show's thread after each change, also after the client's own.
    /// The client must not outlive the desk.
    DeskClient join(std::string name, Listener listener = nullptr);

    /// Sets the handler of requests of kind R; null: none. An Error that it throws is reported.
    template <class R>
    void handle(std::function<void(const R&)> handler) {
        std::function<void(const void*)>& kept = handlers_[Request::kind_of<R>()];
        kept = nullptr;
        if (handler == nullptr) return;
        kept = [handler = std::move(handler)](const void* what) {
            handler(*static_cast<const R*>(what));
        };
    }

    /// Something of the show that is no part of the look, such as "source" and "record": what
    /// `now` says. For those that ask by name; outlives the desk.
    using Fact = std::variant<bool, std::string>;
    void publish(const std::string& name, std::function<Fact()> now) {
        facts_[name] = std::move(now);
    }
    /// nullopt where there is none of that name.
    std::optional<Fact> fact(const std::string& name) const;

    /// Carries out the requests since the last call, in their order. What fails is reported, and
    /// the same line again only after a while: a fader can fail a thousand times a second.
    void apply();
    /// `dt_s` seconds have gone by: fades move.
    void advance(double dt_s);
    /// At once, by the program itself: no step of the history. Throws Error.
    void perform(const Request& request);

    const Params& params() const { return live_.now(); }
    const std::string& preset() const { return live_.preset(); }
    /// What moves by itself, around params().
    const Modulation& modulation() const { return live_.modulation(); }
    const LiveParams::Crossfade& crossfade() const { return live_.crossfade(); }
    const Mixer& mixer() const { return mixer_; }
    /// "inception_4c" for "4c".
    std::string full_name(const std::string& layer) const;
    double fade_s() const { return fade_s_; }
    /// By DeskWorld::now_s.
    double now_s() const { return world_.now_s(); }
    /// On that clock.
    TempoClock& tempo() { return tempo_; }
    const TempoClock& tempo() const { return tempo_; }
    Quantise quantise() const { return quantise_; }
    /// Changes that wait for their beat.
    size_t waiting() const { return waiting_.size(); }
    /// Channels at hand, by their portable numbers.
    const Stars& stars() const { return stars_; }
    /// Reads the stars, and keeps there what becomes of them; `bank` where there is no file. A file
    /// that is wrong is reported, and left alone.
    void open_stars(const std::filesystem::path& file, const Stars& bank);
    /// What star `number`, from 1, is in the network that dreams. Throws Error.
    Term channel_of_star(int number) const;
    const Cues& cues() const { return cues_; }
    /// Reads the cues, and keeps there what becomes of them. A file that is wrong is reported, and
    /// left as it is.
    void open_cues(const std::filesystem::path& file);
    /// The score that is played and edited.
    const ScorePlayer& score() const { return score_; }
    /// Its name or file; "": it is new.
    const std::string& score_name() const { return score_name_; }
    /// It is not as it was read or saved.
    bool score_changed() const { return *score_.timeline() != *score_as_saved_; }
    bool score_records() const { return score_records_; }
    ScoreSnap score_snap() const { return score_snap_; }
    /// What that is now; where it is of a tempo, as the score plays beside it, or did last.
    ScoreGrid score_grid() const;
    /// How long a score lasts that does not say.
    void set_other_score_length(double seconds) { score_.set_other_length(seconds); }
    /// What the mask @brush is; never null.
    const std::shared_ptr<const BrushMask>& brush() const { return brush_; }
    bool frozen() const { return frozen_; }
    Panic panic() const { return panic_; }
    /// Requests that failed, and those that were not carried out because too many waited.
    int64_t refused() const { return refused_; }
    bool can_undo() const { return history_.can_undo(); }
    bool can_redo() const { return history_.can_redo(); }

    /// As at the beginning of a show: `preset` is the one that `params` came from, "" for none.
    void resume(const Params& params, const std::string& preset = "",
                const Modulation& modulation = {});
    /// Another network is about to dream: every objective that is dreamed, on its way or in the
    /// history becomes what `map` makes of it. Throws Error, and changes nothing, where one that is
    /// dreamed or on its way cannot be mapped.
    void change_network(const std::function<Objective(const Objective&)>& map);

  private:
    friend class DeskClient;
    struct Member {
        std::string name;
        Listener listener;
    };
    struct Asked {
        std::shared_ptr<const Member> by;
        Request request;
        double at_s = 0;  ///< when it was asked; when it is due, where it waits
    };
    void ask(const std::shared_ptr<const Member>& by, std::vector<Request> requests);
    void leave(const std::shared_ptr<const Member>& member);
    bool replace_waiting(const std::shared_ptr<const Member>& by, Request& request);
    void carry_out(const Member* by, const Request& request);
    void hand_over(const Request& request);
    void refuse(const std::string& why);
    template <class Change>
    void tell(const Member* by, const Request* request, Change change);

    void handle_look();
    void handle_presets();
    void handle_modulation();
    void change_routes(std::string_view control, const std::function<void(Modulation&)>& edit);
    void handle_cues();
    void handle_stars();
    void handle_brush();
    void handle_tempo();
    void handle_score();
    void handle_score_edits();
    void open_score(const std::string& name);
    void save_score_as(const request::SaveScore& r);
    void set_score(const std::shared_ptr<const Timeline>& timeline);
    void edit_score(std::string_view control, const std::function<Timeline(Timeline)>& edit);
    void record_keyframe(const std::string& key);
    ScoreValue portable_value(const std::string& key) const;
    void take_from_score(const Params& before, const Request& request);
    void play_score(double dt_s);
    Look look() const;
    Quantise wait_of(const Request& request) const;
    bool must_wait(const Asked& asked);
    void carry_out_due();
    void attempt(const Asked& asked);
    void begin_step(std::string_view control, std::vector<std::string_view> keys);
    void begin_step_of_its_own(const Look& before, std::vector<std::string_view> keys);
    void touch(const std::string& control);
    void set_number(const ParamInfo& info, double value);
    void set_objective(const Objective& objective);
    void edit_strips(std::string_view control, const std::function<void(Mixer&)>& edit);
    void move_in_history(bool forward);
    void step_preset(int step);
    void follow_objective(bool keep_silent = false);
    void say_what_stands(const std::string& whose, const Modulation& moves);

    Notices& notices_;
    DeskWorld world_;
    LiveParams live_;
    Mixer mixer_;
    History history_;
    double fade_s_ = 2;
    TempoClock tempo_;
    Quantise quantise_ = Quantise::off;
    Stars stars_;
    std::filesystem::path stars_file_;  ///< empty: they are not kept
    Cues cues_;
    std::filesystem::path cues_file_;  ///< empty: they are not kept
    ScorePlayer score_;
    ScoreRecorder recorder_;
    std::shared_ptr<const Timeline> score_as_saved_ = score_.timeline();
    std::string score_name_;
    bool score_records_ = false;
    ScoreSnap score_snap_ = ScoreSnap::off;
    double score_beat_s_ = 0;     ///< where in the score a bar began last
    std::vector<Asked> waiting_;  ///< for their beat, in the order in which they were asked
    double asked_s_ = 0;          ///< when what is carried out was asked
    std::shared_ptr<const BrushMask> brush_ = std::make_shared<const BrushMask>();
    /// The stroke that goes on, and what it was part of then: not if that has been undone since.
    struct OpenStroke {
        const Member* by = nullptr;
        std::string control;
        std::shared_ptr<const BrushMask> mask;
    };
    OpenStroke open_stroke_;
    bool frozen_ = false;
    Panic panic_ = Panic::off;

    /// The step of the history that is open: by whom, at what, since when nothing was done.
    struct OpenStep {
        const Member* by = nullptr;
        std::string control;  ///< "": none that goes on
        bool held = false;
        double idle_s = 0;
    };
    OpenStep open_;
    const Member* asking_ = nullptr;  ///< whose request is carried out; null: the program's
    std::map<const void*, std::function<void(const void*)>> handlers_;  ///< by Request::kind

    std::map<std::string, std::function<Fact()>> facts_;
    std::map<std::string, double> told_;  ///< what failed of late, and how long ago
    int64_t refused_ = 0;

    std::vector<std::shared_ptr<const Member>> members_;
    std::mutex mutex_;
    std::deque<Asked> asked_;
    int64_t left_out_ = 0;  ///< since apply(): too many waited
};

/// A client of the desk; leaves it when it is destroyed. Movable.
class DeskClient {
  public:
    DeskClient() = default;
    DeskClient(DeskClient&& other) noexcept
        : desk_(std::exchange(other.desk_, nullptr)), member_(std::move(other.member_)) {}
    DeskClient& operator=(DeskClient&& other) noexcept {
        std::swap(desk_, other.desk_);
        std::swap(member_, other.member_);
        return *this;
    }
    ~DeskClient() {
        if (desk_ != nullptr) desk_->leave(member_);
    }

    /// Queues a request, to be carried out before the next frame. Any thread.
    void ask(Request request) { desk_->ask(member_, {std::move(request)}); }
    /// The same, all before one frame.
    void ask(std::vector<Request> requests) { desk_->ask(member_, std::move(requests)); }

  private:
    friend class Desk;
    DeskClient(Desk& desk, std::shared_ptr<const Desk::Member> member)
        : desk_(&desk), member_(std::move(member)) {}

    Desk* desk_ = nullptr;
    std::shared_ptr<const Desk::Member> member_;
};

}  // namespace reverie
