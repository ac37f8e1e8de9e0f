// Dreams one picture: octaves, jitter, smoothing, steps of gradient ascent. Knows nothing of time.
#pragma once

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

class Plan;

/// A part of a dream: of its schedule, which is `iterations` steps in each octave, the smallest
/// first.
struct Portion {
    int first_step = 0;
    int steps = std::numeric_limits<int>::max();  ///< at most so many: there may be fewer left
    float scale = 1;  ///< the largest octave's width as a share of the frame's, 0 … 1
};

/// The objective's terms as taps of a network. Throws Error: see Network::tap.
std::vector<Tap> resolve(const Network& network, const Objective& objective);

class Dreamer {
  public:
    /// Working memory is kept under `memory_bytes`: larger pictures are done in tiles. 0: three
    /// quarters of what the device has left now. Where that proves to be too much, less is used.
    Dreamer(Network& network, size_t memory_bytes);
    ~Dreamer();
    size_t memory_bytes() const { return memory_bytes_; }

    /// residual += what `params` dream into frame + residual. Both 3 × H × W; the sum stays
    /// displayable (AscentOps::show). `frame` may be out of 0 … 255. What is dreamed smaller than
    /// the frame is brought up along its edges: see show_along_guide. `index` numbers the frames:
    /// with params.seed it determines the jitter. Allocates only where the size or the octaves are
    /// new. Throws Error: a layer or channel that is not there, a picture too small, no memory.
    void dream(Stream& stream, Pixels<const float> frame, const Params& params, uint32_t index,
               Pixels<float> residual, const Portion& portion = {});

    /// From now on dream() looks at `stop` between steps and tiles, and throws Interrupted once it
    /// is true; the residual is then of no use. `stop` outlives the dreamer.
    void stop_when(const std::atomic<bool>& stop) { stop_ = &stop; }

    /// From now on plans that are not there yet are made beside (Network::prepare): until they are,
    /// dream() goes on with the layers and octaves that it dreamed last, where there are any for
    /// frames of that size.
    void prepare_beside() { beside_ = true; }
    /// Whether the last dream() did so.
    bool preparing() const { return preparing_; }
    /// Makes the plans that dream() will want for frames of this size. Throws as it does.
    void make_plans(int width, int height, const Params& params);
    /// What the last dream() amplified.
    const Objective& dreamed() const { return resolved_; }

    /// How many dreams were queued as one captured graph.
    int64_t replayed() const { return graph_.replayed(); }

    /// What dream() had to change to go on, one line each, said once: it has run out of memory and
    /// works in smaller tiles.
    std::vector<std::string> take_notes() { return std::exchange(notes_, {}); }

    /// The sizes that `params` dream a picture of this size at, smallest first: octaves whose
    /// shorter side would fall under kSmallestSide are left out. `scale`: see Portion.
    static std::vector<Extent> octaves(int width, int height, const Params& params,
                                       float scale = 1);
    static constexpr int kSmallestSide = 32;
    /// The network sees the picture's mirror image so far beyond its edges, px, so that the dream
    /// goes on to the edge.
    static constexpr int kMirrored = 16;
    /// Bytes of the pictures that dream() keeps for one of this size; the network's own memory
    /// comes on top, and adapts.
    static size_t picture_bytes(int width, int height, const Params& params);
    /// Bytes that the network takes at least for pictures of this size: for the smallest tiles.
    static size_t least_network_bytes(Network& network, int width, int height,
                                      const Params& params);

  private:
    struct Level;
    void heed_stop() const;
    bool must_wait(const std::vector<Extent>& sizes);
    void use_objective(const Objective& objective);
    static RandomWords step_words(const Params& params, uint32_t index, const Level& level,
                                  int step);
    void reserve(const std::vector<Extent>& sizes, size_t octaves, int laplacian);
    void schedule(const Params& params, const Portion& portion, size_t octaves);
    void prepare(Stream& stream, const Params& params, uint32_t index);
    void dream_levels(Stream& stream, const Pixels<const float>& frame, const Params& params,
                      uint32_t index, const Pixels<float>& residual);
    void take_up(Stream& stream, const Pixels<const float>& frame, size_t number);
    void show_guided(Stream& stream, const Pixels<const float>& frame, const Level& small,
                     Level& level);
    void climb(Stream& stream, const Params& params, uint32_t index, Level& level);
    void gradient_in_tiles(Stream& stream, Plan& plan, const RandomWords& words, Level& level);
    void smooth(Stream& stream, Level& level, GradientMix& mix);
    void normalise_laplacian(Stream& stream, Level& level);
    Extent tile_size(Extent picture);
    Plan& plan_for(Extent picture);

    Network& network_;
    Resizer resizer_;
    size_t memory_bytes_;
    const std::atomic<bool>* stop_ = nullptr;
    std::vector<std::unique_ptr<Level>> levels_;  ///< smallest first
    Buffer<float> sums_;                          ///< of a step's gradient, then of its parts
    Buffer<StepValues> values_;
    std::optional<StepValues> values_there_;  ///< what it holds
    Buffer<Roll> rolls_;  ///< of every step of the frame that is dreamed, by level
    CapturedGraph graph_;
    std::vector<Tap> taps_;
    Objective resolved_;
    /// By nodes, width and height.
    std::map<std::tuple<std::vector<int>, int, int>, Extent> tile_sizes_;

    /// What is dreamed on while plans are made beside.
    struct Going {
        int width = 0, height = 0;  ///< of the frame
        Objective objective;
        int octaves = 0;
        float octave_ratio = 0, scale = 1;
    };
    std::optional<Going> going_;
    bool beside_ = false, preparing_ = false;
    std::vector<std::string> notes_;
};

}  // namespace reverie
