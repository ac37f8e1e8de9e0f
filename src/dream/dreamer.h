// Dreams one picture: octaves, jitter, smoothing, steps of gradient ascent. Knows nothing of time.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "kernels/captured_graph.h"
#include "kernels/ops_ascent.h"
#include "src/dream/params.h"
#include "src/dream/resizer.h"
#include "src/net/network.h"
#include "src/util/rng.h"

namespace reverie {

class FrameMasks;
class StateArchive;

class ExecutionPlan;

/// A part of a dream's schedule, which is `iterations` steps in each octave, the smallest first.
struct Portion {
    int first_step = 0;
    int steps = std::numeric_limits<int>::max();  ///< at most; fewer may be left
    float scale = 1;  ///< the largest octave's width as a share of the frame's, 0 … 1
};

/// What a dream was made of in place of what was asked for; see Dreamer::prepare_beside.
struct DreamedInstead {
    Objective objective;
    int octaves = 0;
    float octave_ratio = 0, scale = 1;
};

/// The objective's terms as taps of a network, a word's as several. Throws Error: see Network::tap;
/// a word that names no channel (with those like it), a guide's term without a guide.
std::vector<Tap> resolve(const Network& network, const Objective& objective);
std::vector<Tap> resolve(const Network& network, const Term& term);

class Dreamer {
  public:
    /// Keeps working memory under `memory_bytes`: larger pictures are done in tiles. 0: three
    /// quarters of the device's free memory. Uses less if that turns out to be too much: see
    /// Network::make_do.
    Dreamer(Network& network, size_t memory_bytes);
    ~Dreamer();
    size_t memory_bytes() const { return std::min(memory_bytes_, network_.memory_limit()); }

    /// residual += the dream of frame + residual under `params`. Both 3 × H × W; the sum stays
    /// displayable (AscentOps::show). `frame` may exceed 0 … 255. A dream smaller than the frame
    /// is upsampled along the frame's edges: see show_along_guide. `index` numbers the frames: with
    /// params.seed it determines the jitter. `masks`: the frame's, of its size, for terms that have
    /// one; a mask that is missing is 1 everywhere. Allocates only when the size or the octaves
    /// change. Throws Error: unknown layer or channel, picture too small, out of memory.
    void dream(Stream& stream, Pixels<const float> frame, const Params& params, uint32_t index,
               Pixels<float> residual, const Portion& portion = {},
               const FrameMasks* masks = nullptr);

    /// Makes dream() check `stop` between steps and tiles, and throw Interrupted once it is true;
    /// the residual is then unusable. `stop` must outlive the dreamer.
    void stop_when(const std::atomic<bool>& stop) { stop_ = &stop; }

    /// Makes missing plans in the background (Network::prepare): until they are ready, dream() goes
    /// on with the layers and octaves of the last dream, if there was one for frames of that size.
    void prepare_beside() { beside_ = true; }
    /// Whether the last dream() did so.
    bool preparing() const { return preparing_; }
    /// What it was made of then; nothing: of what was asked for.
    std::optional<DreamedInstead> dreamed_instead() const {
        return preparing_ ? std::optional<DreamedInstead>(going_->look) : std::nullopt;
    }
    /// Whether dream() would make no plan for frames of this size; else begins to make a missing
    /// one in the background. Throws Error for an unknown layer or channel.
    bool plans_ready(int width, int height, const Params& params);
    /// Makes the plans that dream() will need for frames of this size. Throws as dream() does.
    void make_plans(int width, int height, const Params& params);
    /// What the last dream() amplified.
    const Objective& dreamed() const { return resolved_; }

    /// The budget that is left of the memory, which decides the tiles: a dream is the function of
    /// its arguments otherwise.
    void keep(StateArchive& archive);

    /// How many dreams were queued as one captured graph.
    int64_t replayed() const { return graph_.replayed(); }

    /// What dream() had to change to go on, one line each, reported once: after memory has run out,
    /// wherever that was, it works in smaller tiles.
    std::vector<std::string> take_notes() { return std::exchange(notes_, {}); }

    /// The sizes of the octaves for a picture of this size, smallest first; octaves whose shorter
    /// side would be below kSmallestSide are left out. `scale`: see Portion.
    static std::vector<Extent> octaves(int width, int height, const Params& params,
                                       float scale = 1);
    static constexpr int kSmallestSide = 32;
    /// How far the picture is mirrored beyond its edges for the network, px, so that the dream
    /// reaches the edge.
    static constexpr int kMirrored = 16;
    /// Bytes of the pictures that dream() keeps for a frame of this size, without the network's
    /// memory, which adapts.
    static size_t picture_bytes(int width, int height, const Params& params);
    /// The least memory in bytes that the network needs for pictures of this size: the smallest
    /// tiles.
    static size_t least_network_bytes(Network& network, int width, int height,
                                      const Params& params);

  private:
    struct Level;
    void try_to_dream(Stream& stream, Pixels<const float> frame, const Params& wanted,
                      uint32_t index, Pixels<float> residual, const Portion& portion,
                      const FrameMasks* masks);
    void heed_limit();
    void say_what_is_less(const std::string& why);
    void throw_if_stopped() const;
    bool must_wait(const std::vector<Extent>& sizes);
    void use_objective(const Objective& objective);
    static RandomWords step_words(const Params& params, uint32_t index, const Level& level,
                                  int step);
    void reserve(const std::vector<Extent>& sizes, size_t octaves, int laplacian);
    void schedule(const Params& params, const Portion& portion, size_t octaves);
    void prepare(Stream& stream, const Params& params, uint32_t index);
    void dream_levels(Stream& stream, const Pixels<const float>& frame, const Params& params,
                      uint32_t index, const Pixels<float>& residual);
    void start_octave(Stream& stream, const Pixels<const float>& frame, size_t number);
    void show_guided(Stream& stream, const Pixels<const float>& frame, const Level& small,
                     Level& level);
    void climb(Stream& stream, const Params& params, uint32_t index, Level& level);
    void gradient_in_tiles(Stream& stream, ExecutionPlan& plan, const RandomWords& words,
                           Level& level);
    void smooth(Stream& stream, Level& level, GradientMix& mix);
    void prepare_masks(Stream& stream, const FrameMasks* masks, Pixels<const float> frame);
    void normalise_laplacian(Stream& stream, Level& level);
    Extent tile_size(Extent picture);
    ExecutionPlan& plan_for(Extent picture);

    Network& network_;
    Resizer resizer_;
    size_t memory_bytes_;
    const std::atomic<bool>* stop_ = nullptr;
    std::vector<std::unique_ptr<Level>> levels_;  ///< smallest first
    Buffer<float> sums_;                          ///< of a step's gradient, then of its parts
    Buffer<StepValues> values_;
    std::vector<Pixels<const float>> masks_;  ///< of this dream's taps, by number
    Image coverage_;                          ///< of this dream, at the frame's size
    bool covered_ = false;                    ///< whether it has masks
    Buffer<float> covers_;                    ///< the sum of each level's coverage
    std::optional<StepValues> values_there_;  ///< what values_ holds
    Buffer<Roll> rolls_;                      ///< of every step of the current frame, by level
    CapturedGraph graph_;
    std::vector<Tap> taps_;
    Objective resolved_;
    size_t limit_heeded_ = SIZE_MAX;  ///< the network's, of tile_sizes_
    /// By nodes, width and height.
    std::map<std::tuple<std::vector<int>, int, int>, Extent> tile_sizes_;

    /// What is dreamed while plans are made in the background.
    struct Going {
        int width = 0, height = 0;  ///< of the frame
        DreamedInstead look;
    };
    std::optional<Going> going_;
    bool beside_ = false, preparing_ = false;
    bool budget_is_given_ = false;  ///< memory_bytes_ is not to be exceeded
    std::vector<std::string> notes_;
};

}  // namespace reverie
