// Plays a take (control/take_reader.h) once more: the same dreams, begun on the same pictures and
// as late as they were, at any size. With the take's size and steps, what is shown is what was
// seen, to the bit, on the same machine.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "src/control/take_reader.h"
#include "src/dream/dreamer.h"
#include "src/dream/late_picture.h"
#include "src/session/runtime.h"

namespace reverie {

/// How a take is played.
struct TakeOptions {
    std::string path;      ///< "": none is
    int finer = 1;         ///< so many times the steps, each as much smaller
    bool in_time = false;  ///< each picture is dreamed, as in a render of a file: no dream is late
};

/// A take that is ready to be played.
struct TakeToPlay {
    Take take;
    TakeOptions options;
    Size size;                         ///< of the pictures that are made
    std::vector<std::string> by_hand;  ///< parameters that the command line holds, …
    Params held;                       ///< … at these values
};

/// The parameters of a take, picture by picture: the desk's, as modulation moves them by what was
/// heard and seen.
/// Thread-safety: belongs to one thread.
class TakeDesk {
  public:
    /// `play` outlives the desk.
    explicit TakeDesk(const TakeToPlay& play) : play_(play) {}
    /// Of the next picture; each once, in order. `network`: that dreams it. Throws Error for a
    /// layer that it lacks.
    Params next(const TakenPicture& picture, const Network& network);

  private:
    const TakeToPlay& play_;
    Modulator modulator_;
};

/// Thread-safety: belongs to one thread.
class TakePlayer {
  public:
    /// Both outlive the player.
    TakePlayer(Runtime& runtime, const TakeToPlay& play);
    /// See Dreamer::stop_when; `stop` outlives the player.
    void stop_when(const std::atomic<bool>& stop);
    /// The network of that number of Take::networks, read where it is asked for. Throws Error where
    /// it is not there, or another one.
    Network& network(size_t number);
    /// What the show did before its next picture, while the frame of the picture before is still
    /// there. `params`: of the picture before. Throws Error: see Dreamer::dream.
    void catch_up(Stream& stream, const TakenPicture& next, const Params& params);
    /// That picture, of the frame `rgb` (3 × H × W, 0 … 255, of TakeToPlay::size). Valid until the
    /// call after the next. Throws Error: as above.
    Pixels<const float> next(Stream& stream, Pixels<const float> rgb, const TakenPicture& picture,
                             const Params& params);
    /// All that next() remembers: see StateArchive.
    void keep(StateArchive& archive);
    std::vector<std::string> take_notes() { return dreamer_->take_notes(); }

  private:
    void step(Stream& stream, const TakenDream& dream, const Params& params);
    void step(Stream& stream, const TakeDreamed& dreamed, const Params& params);
    void step(Stream& stream, const TakeReset& reset, const Params& params);
    void step(Stream& stream, const TakeNetwork& network, const Params& params);
    void begin_with(size_t number);
    void keep_frame(StateArchive& archive);
    Params at_this_size(const Params& params, float scale) const;
    Portion at_this_size(const TakenDream& dream, const Params& live, const Params& here) const;

    Runtime& runtime_;
    const TakeToPlay& play_;
    LatePicture late_;
    std::vector<std::unique_ptr<Network>> networks_;  ///< those that took over
    const std::atomic<bool>* stop_ = nullptr;
    std::unique_ptr<Dreamer> dreamer_;
    size_t network_ = 0;
    DreamJob job_;
    Image frame_;        ///< of the last picture, where it was kept
    Size live_;          ///< that the show dreamed the last picture at
    bool same_ = false;  ///< it is dreamed at that size here
};

/// Reads the take and finds out whether this program can play it; notes are what a user should know
/// beforehand. Throws Error (see read_take()).
Take open_take(const std::string& path, std::vector<std::string>& notes);
/// Throws Error, which names the network to use, where `hash` (SHA-256 of `used`'s file) is not that
/// of the take.
void require_network(const TakeNetwork& wanted, const std::string& used, const std::string& hash);

}  // namespace reverie
