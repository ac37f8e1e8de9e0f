#include "src/dream/dreamer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "kernels/ops.h"
#include "src/dream/guided_show.h"
#include "src/dream/masks/frame_masks.h"
#include "src/dream/state_archive.h"
#include "src/net/execution_plan.h"
#include "src/util/error.h"
#include "src/util/rng.h"

namespace reverie {
namespace {

constexpr int kTileMargin = 32;  // what is cut off a tile's gradient where it saw the tile's edge
constexpr int kBorder = 4;       // px: what sees the edge of that first dreams nothing up
constexpr int kSmallestTile = 160;
constexpr float kCascade[] = {0.5F, 1.0F, 2.0F};  // σ of the smoothing's blurs, px
static_assert(std::size(kCascade) == GradientMix::kMostParts);

/// Sorted, each once.
std::vector<int> nodes_of(const std::vector<Tap>& taps) {
    std::vector<int> nodes;
    for (const Tap& tap : taps) nodes.push_back(tap.node);
    std::sort(nodes.begin(), nodes.end());
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
    return nodes;
}

StepValues step_values(const Params& params) {
    StepValues values;
    values.step = params.step;
    values.chroma = params.chroma;
    float before = 0;
    for (size_t i = 0; i < std::size(kCascade); ++i) {
        const float sigma = std::min(kCascade[i] * params.smoothing, kLargestBlur);
        const float further = std::sqrt(std::max(0.0F, sigma * sigma - before * before));
        values.blurs[i] = blur_kernel(further);
        before = sigma;
    }
    return values;
}

}  // namespace

/// The buffers that one octave works in.
struct Dreamer::Level {
    Extent size;
    Image base, x, gradient, smoothed, scratch;
    std::vector<Image> pyramid;  ///< halved gradients, where the Laplacian is in use
    std::vector<Image> bands;
    Image seen, seen_gradient;  ///< x with its mirrored margin, and the gradient there
    Image tile;
    Image coverage;  ///< how much each pixel is dreamed, where there are masks

    // Of this dream:
    bool dreamed = true;            ///< else it is only handed up to
    uint32_t octave = 0;            ///< 0: the finest
    int first = 0, last = 0;        ///< its steps that are taken, the last one not
    ExecutionPlan* plan = nullptr;  ///< where there are any
    const Roll* rolls = nullptr;    ///< device memory, one for each of them
    float* covered = nullptr;       ///< device memory: the sum of its coverage
    bool climbs() const { return first < last; }
    bool whole() const { return plan->width() >= seen.width() && plan->height() >= seen.height(); }
};

Dreamer::Dreamer(Network& network, size_t memory_bytes)
    : network_(network),
      resizer_(network.device()),
      memory_bytes_(memory_bytes > 0 ? memory_bytes : network.device().free_memory() / 4 * 3),
      sums_(network.device(), 1 + GradientMix::kMostParts),
      values_(network.device(), 1),
      graph_(network.device()),
      budget_is_given_(memory_bytes > 0) {}

Dreamer::~Dreamer() = default;

void Dreamer::keep(StateArchive& archive) {
    size_t limit = network_.memory_limit();
    archive.value(memory_bytes_);
    archive.value(limit);
    if (!archive.restores()) return;
    network_.limit_memory(limit);
    tile_sizes_.clear();
}

std::vector<Extent> Dreamer::octaves(int width, int height, const Params& params, float scale) {
    std::vector<Extent> sizes;
    for (int o = 0; o < params.octaves; ++o) {
        const double ratio = std::pow(params.octave_ratio, o) / scale;
        const Extent size{static_cast<int>(std::lround(height / ratio)),
                          static_cast<int>(std::lround(width / ratio))};
        if (o > 0 && std::min(size.height, size.width) < kSmallestSide) break;
        sizes.insert(sizes.begin(), size);
    }
    return sizes;
}

size_t Dreamer::picture_bytes(int width, int height, const Params& params) {
    constexpr double kImages = 7;         // see Level
    constexpr double kPyramid = 5.0 / 3;  // a level's bands, and the halved pictures between them
    double images = 0;
    for (const Extent& e : octaves(width, height, params)) {
        const double pixels = static_cast<double>(e.width) * e.height;
        images += pixels * (kImages + (params.laplacian > 0 ? kPyramid : 0));
    }
    return static_cast<size_t>(images * kColours * sizeof(float));
}

size_t Dreamer::least_network_bytes(Network& network, int width, int height, const Params& params) {
    if (params.objective.terms.empty()) return 0;
    const auto side = [](int size) { return std::min(size + 2 * kMirrored, kSmallestTile); };
    return network.memory_needed(side(width), side(height), resolve(network, params.objective));
}

/// The first `octaves` levels are dreamed. A larger level only receives the result, and needs less
/// memory, so that a smaller dream never takes more memory than before.
void Dreamer::reserve(const std::vector<Extent>& sizes, size_t octaves, int laplacian) {
    Device& device = network_.device();
    levels_.resize(sizes.size());
    for (size_t i = 0; i < sizes.size(); ++i) {
        if (levels_[i] == nullptr) levels_[i] = std::make_unique<Level>();
        Level& level = *levels_[i];
        level.size = sizes[i];
        level.dreamed = i < octaves;
        for (Image* image : {&level.base, &level.x, &level.scratch})
            image->resize(device, sizes[i].width, sizes[i].height, kColours);
        const Extent seen{sizes[i].height + 2 * kMirrored, sizes[i].width + 2 * kMirrored};
        const auto reserve_climb = [&](Image& image, const Extent& e) {
            if (level.dreamed)
                image.resize(device, e.width, e.height, kColours);
            else
                image = {};
        };
        for (Image* image : {&level.gradient, &level.smoothed}) reserve_climb(*image, sizes[i]);
        for (Image* image : {&level.seen, &level.seen_gradient}) reserve_climb(*image, seen);
        level.pyramid.resize(level.dreamed ? laplacian : 0);
        level.bands.resize(level.pyramid.size());
        Extent e = sizes[i];
        for (size_t l = 0; l < level.bands.size(); ++l) {
            level.bands[l].resize(device, e.width, e.height, kColours);
            e = {(e.height + 1) / 2, (e.width + 1) / 2};
            level.pyramid[l].resize(device, e.width, e.height, kColours);
        }
    }
}

void Dreamer::use_objective(const Objective& objective) {
    if (resolved_ == objective) return;
    taps_ = resolve(network_, objective);
    resolved_ = objective;
}

/// Makes the first plan that pictures of these sizes still need. True if more are left to make.
bool Dreamer::must_wait(const std::vector<Extent>& sizes) {
    for (const Extent& size : sizes) {
        const Extent tile = tile_size({size.height + 2 * kMirrored, size.width + 2 * kMirrored});
        if (network_.ready(tile.width, tile.height, taps_)) continue;
        network_.prepare(tile.width, tile.height, taps_);
        return true;
    }
    return false;
}

bool Dreamer::plans_ready(int width, int height, const Params& params) {
    if (params.objective.terms.empty()) return true;
    use_objective(params.objective);
    return !must_wait(octaves(width, height, params));
}

void Dreamer::make_plans(int width, int height, const Params& params) {
    if (params.objective.terms.empty()) return;
    use_objective(params.objective);
    network_.make_do([&] {
        for (const Extent& size : octaves(width, height, params))
            plan_for({size.height + 2 * kMirrored, size.width + 2 * kMirrored});
    });
}

void Dreamer::dream(Stream& stream, Pixels<const float> frame, const Params& wanted, uint32_t index,
                    Pixels<float> residual, const Portion& portion, const FrameMasks* masks) {
    network_.make_do([&] { try_to_dream(stream, frame, wanted, index, residual, portion, masks); });
}

void Dreamer::say_what_is_less(const std::string& why) {
    const auto tiled = std::find_if(levels_.rbegin(), levels_.rend(), [](const auto& level) {
        return level->climbs() && !level->whole();
    });
    if (tiled == levels_.rend()) {
        notes_.push_back(fmt::format("{}; dreaming goes on with {} MB for the network", why,
                                     memory_bytes() >> 20U));
        return;
    }
    const ExecutionPlan& tile = *(*tiled)->plan;
    notes_.push_back(
        fmt::format("{}; dreaming goes on in tiles of {}x{}", why, tile.width(), tile.height()));
}

/// What was made for larger tiles is let go.
void Dreamer::heed_limit() {
    if (limit_heeded_ == network_.memory_limit()) return;
    limit_heeded_ = network_.memory_limit();
    tile_sizes_.clear();
    graph_ = CapturedGraph(network_.device());
}

/// The residual is written by the last piece of work alone, so that all can be tried again.
void Dreamer::try_to_dream(Stream& stream, Pixels<const float> frame, const Params& wanted,
                           uint32_t index, Pixels<float> residual, const Portion& portion,
                           const FrameMasks* masks) {
    if (wanted.iterations == 0 || wanted.step == 0 || wanted.objective.terms.empty()) return;
    use_objective(wanted.objective);
    Params params = wanted;
    float scale = portion.scale;
    const bool can_go_on =
        beside_ && going_ && going_->width == frame.width && going_->height == frame.height;
    preparing_ = can_go_on && must_wait(octaves(frame.width, frame.height, params, scale));
    if (preparing_) {
        const DreamedInstead& look = going_->look;
        use_objective(look.objective);
        params.objective = look.objective;
        params.octaves = look.octaves;
        params.octave_ratio = look.octave_ratio;
        scale = look.scale;
    }
    std::vector<Extent> sizes = octaves(frame.width, frame.height, params, scale);
    const size_t octaves = sizes.size();
    // A smaller dream is handed up to the frame's size as any octave is to the next one.
    if (sizes.back().width != frame.width || sizes.back().height != frame.height)
        sizes.push_back({frame.height, frame.width});
    reserve(sizes, octaves, params.laplacian);
    schedule(params, portion, octaves);
    prepare_masks(stream, masks, frame);
    prepare(stream, params, index);
    going_ = {
        frame.width, frame.height, {params.objective, params.octaves, params.octave_ratio, scale}};
    const auto work = [&] { dream_levels(stream, frame, params, index, residual); };
    // Tiles begin at another place each time, so their work cannot be recorded.
    const bool whole = std::all_of(levels_.begin(), levels_.end(), [](const auto& level) {
        return !level->climbs() || level->whole();
    });
    if (whole)
        graph_.run(stream, work);
    else
        work();
    if (const auto problem = graph_.take_problem()) notes_.push_back(*problem);
    if (const std::optional<std::string> why = network_.take_shortage()) say_what_is_less(*why);
}

/// The steps of the first `octaves` levels that belong to the portion.
void Dreamer::schedule(const Params& params, const Portion& portion, size_t octaves) {
    const int64_t begin = portion.first_step, end = begin + portion.steps;
    for (size_t i = 0; i < levels_.size(); ++i) {
        Level& level = *levels_[i];
        level.octave = static_cast<uint32_t>(octaves - 1 - std::min(i, octaves - 1));
        const int64_t from = static_cast<int64_t>(i) * params.iterations;
        const int64_t steps = i < octaves ? params.iterations : 0;
        level.first = static_cast<int>(std::clamp<int64_t>(begin - from, 0, steps));
        level.last = static_cast<int>(std::clamp<int64_t>(end - from, 0, steps));
    }
}

/// Prepares all that the steps read and cannot make themselves: plans, coefficients, rolls.
void Dreamer::prepare(Stream& stream, const Params& params, uint32_t index) {
    // Twice: plans share one block of memory, and the largest of them may have moved it.
    for (int pass = 0; pass < 2; ++pass) {
        for (const auto& level : levels_) {
            if (level->climbs())
                level->plan = &plan_for({level->seen.height(), level->seen.width()});
        }
    }
    std::vector<Roll> rolls;
    for (const auto& level : levels_) {
        if (!level->climbs()) continue;
        level->plan->set_taps(stream, taps_, kBorder);
        level->plan->set_masks(masks_, kMirrored);
        for (int step = level->first; step < level->last; ++step) {
            const RandomWords words = step_words(params, index, *level, step);
            rolls.push_back(
                {symmetric(words[0], params.jitter), symmetric(words[1], params.jitter)});
        }
    }
    Device& device = network_.device();
    if (rolls.size() > rolls_.size()) rolls_ = Buffer<Roll>(device, rolls.size());
    if (!rolls.empty())
        device.upload(stream, rolls_.data(), rolls.data(), rolls.size() * sizeof(Roll));
    const StepValues values = step_values(params);
    if (values != values_there_) device.upload(stream, values_.data(), &values, sizeof values);
    values_there_ = values;
    const Roll* next = rolls_.data();
    for (const auto& level : levels_) {
        level->rolls = next;
        next += level->last - level->first;
    }
    for (size_t i = 0; i + 1 < levels_.size(); ++i) {
        resizer_.reserve(levels_.back()->base, levels_[i]->base);
        resizer_.reserve(levels_[i]->x, levels_[i + 1]->scratch);
    }
}

/// The masks of what is dreamed, and how much of the dream each pixel of each level gets.
void Dreamer::prepare_masks(Stream& stream, const FrameMasks* masks, Pixels<const float> frame) {
    Device& device = network_.device();
    masks_.clear();
    covered_ = masks != nullptr &&
               masks->cover(device, stream, resolved_, frame.width, frame.height, coverage_);
    if (masks != nullptr) masks_ = masks->of(resolved_);
    if (!covered_) return;
    if (covers_.size() < levels_.size()) covers_ = Buffer<float>(device, levels_.size());
    for (size_t i = 0; i < levels_.size(); ++i) {
        Level& level = *levels_[i];
        if (!level.climbs()) continue;
        level.coverage.resize(device, level.size.width, level.size.height, 1);
        resizer_.resize(stream, coverage_, level.coverage);
        level.covered = covers_.data() + i;
        device.ops().absolute_sum(stream, level.coverage, level.covered);
    }
}

void Dreamer::dream_levels(Stream& stream, const Pixels<const float>& frame, const Params& params,
                           uint32_t index, const Pixels<float>& residual) {
    AscentOps& ops = network_.device().ops();
    Level& whole = *levels_.back();
    ops.composite(stream, frame, residual, 1.0F, whole.base);
    for (size_t i = 0; i < levels_.size(); ++i) {
        Level& level = *levels_[i];
        start_octave(stream, frame, i);
        climb(stream, params, index, level);
        if (&level != &whole) ops.add_scaled(stream, level.x, -1.0F, level.base, level.x);
    }
    ops.add_scaled(stream, whole.x, -1.0F, frame, residual);
}

/// Each octave begins from frame + residual at its own size and hands up only what it added: the
/// fine detail that the residual already holds is never lost to a coarser octave.
void Dreamer::start_octave(Stream& stream, const Pixels<const float>& frame, size_t number) {
    AscentOps& ops = network_.device().ops();
    Level& level = *levels_[number];
    if (number + 1 < levels_.size()) resizer_.resize(stream, levels_.back()->base, level.base);
    if (number == 0) {
        network_.device().copy(stream, level.x.view().data, level.base.view().data,
                               level.x.view().size() * sizeof(float));
    } else {
        const Level& smaller = *levels_[number - 1];
        if (!level.dreamed) return show_guided(stream, frame, smaller, level);
        resizer_.resize(stream, smaller.x, level.scratch);
        ops.composite(stream, level.base, level.scratch, 1.0F, level.x);
    }
}

/// The detail that comes from a smaller size follows the source's edges. Without that, an edge that
/// the dream removes stays as an engraved line, since its finest part is not in the smaller size.
void Dreamer::show_guided(Stream& stream, const Pixels<const float>& frame, const Level& small,
                          Level& level) {
    Device& device = network_.device();
    // Borrows x as memory: the small octave is done with it, and the next has not begun.
    const Guide guide{level.x.view().plane(0), small.smoothed.view().plane(0),
                      level.x.view().plane(1), level.scratch.view(), small.gradient.view()};
    device.ops().luma(stream, frame, guide.whole);
    resizer_.resize(stream, guide.whole, guide.small);
    show_along_guide(stream, device, resizer_, level.base, small.x, guide, level.x);
}

/// The random values of a step.
RandomWords Dreamer::step_words(const Params& params, uint32_t index, const Level& level,
                                int step) {
    return philox({index, level.octave, static_cast<uint32_t>(step), level.whole() ? 0U : 1U},
                  {static_cast<uint32_t>(params.seed), 0});
}

void Dreamer::throw_if_stopped() const {
    if (stop_ != nullptr && *stop_) throw Interrupted("stopped in the middle of a dream");
}

void Dreamer::climb(Stream& stream, const Params& params, uint32_t index, Level& level) {
    AscentOps& ops = network_.device().ops();
    for (int step = level.first; step < level.last; ++step) {
        throw_if_stopped();
        ops.mirror(stream, level.x, kMirrored, level.seen);
        if (level.whole()) {
            level.plan->gradient(stream, level.seen, level.rolls + (step - level.first),
                                 level.seen_gradient);
        } else {
            gradient_in_tiles(stream, *level.plan, step_words(params, index, level, step), level);
        }
        ops.mirror(stream, level.seen_gradient, -kMirrored, level.gradient);
        if (params.laplacian > 0) normalise_laplacian(stream, level);
        GradientMix mix{{level.gradient}, 1, nullptr, values_.data()};
        if (params.smoothing > 0) smooth(stream, level, mix);
        ops.mix_gradient(stream, mix, level.gradient, sums_.data());
        if (covered_)
            network_.device().ops().mask_gradient(stream, level.coverage, level.covered,
                                                  level.gradient, sums_.data());
        ops.ascend(stream, level.gradient, sums_.data(), values_.data(), level.base, level.x);
    }
}

/// Tiles lie on a grid with a random origin, wrapping round the picture; each is seen with a margin
/// that is then cut off, so that no pixel's gradient comes from a tile's edge and no seam stays in
/// one place.
void Dreamer::gradient_in_tiles(Stream& stream, ExecutionPlan& plan, const RandomWords& words,
                                Level& level) {
    const int width = level.seen.width(), height = level.seen.height();
    level.tile.resize(network_.device(), plan.width(), plan.height(), kColours);
    const int first_x = static_cast<int>(words[0] % static_cast<uint32_t>(width));
    const int first_y = static_cast<int>(words[1] % static_cast<uint32_t>(height));
    const int stride_x = plan.width() - 2 * kTileMargin, stride_y = plan.height() - 2 * kTileMargin;
    for (int y = 0; y < height; y += stride_y) {
        for (int x = 0; x < width; x += stride_x) {
            throw_if_stopped();
            const int origin_x = first_x + x - kTileMargin, origin_y = first_y + y - kTileMargin;
            plan.tile_gradient(stream, level.seen, origin_x, origin_y, level.tile);
            network_.device().ops().place_tile(stream, level.tile, kTileMargin, origin_x, origin_y,
                                               level.seen_gradient);
        }
    }
}

/// A plan for the largest tile that should fit into memory. What the budget allows may be in use by
/// others.
ExecutionPlan& Dreamer::plan_for(Extent picture) {
    const Extent tile = tile_size(picture);
    return network_.plan(tile.width, tile.height, taps_);
}

/// The largest tile, at most the whole picture, whose plan fits into the memory; the smallest one
/// where less than that should be taken, which is then tried, unless the user has said how much.
Extent Dreamer::tile_size(Extent picture) {
    constexpr int kGrid = 32;
    constexpr size_t kSizesKept = 256;
    heed_limit();
    // Weights are shared between plans: only other layers could fit larger tiles.
    std::tuple key{nodes_of(taps_), picture.width, picture.height};
    const auto known = tile_sizes_.find(key);
    if (known != tile_sizes_.end()) return known->second;
    if (tile_sizes_.size() >= kSizesKept) tile_sizes_.clear();
    Extent tile = picture;
    while (true) {
        const size_t needed = network_.memory_needed(tile.width, tile.height, taps_);
        if (needed <= memory_bytes()) break;
        int& longer = tile.width >= tile.height ? tile.width : tile.height;
        if (longer <= kSmallestTile) {
            if (needed <= memory_bytes_ || !budget_is_given_) break;
            throw Error(fmt::format(
                "{} MB are too little to dream even a tile of {}x{}; try a larger --memory-mb",
                memory_bytes_ >> 20U, tile.width, tile.height));
        }
        longer = std::max(kSmallestTile, longer * 3 / 4 / kGrid * kGrid);
    }
    tile_sizes_.emplace(std::move(key), tile);
    return tile;
}

/// Mixes the gradient of itself blurred at three scales, each with mean |v| 1 (a cascade of
/// Gaussians as in Aleksa Gordić's DeepDream). Wider blurs are made of narrower ones: variances
/// add (step_values).
void Dreamer::smooth(Stream& stream, Level& level, GradientMix& mix) {
    AscentOps& ops = network_.device().ops();
    const Pixels<float> whole = level.gradient;
    // Borrowed memory: it held the picture with its mirrored margin, which the network has read.
    const Pixels<float> blurred[] = {
        level.smoothed,
        level.gradient,
        {level.seen_gradient.view().data, whole.width, whole.height, whole.channels}};
    Pixels<const float> from = whole;
    mix.count = 0;
    mix.sums = sums_.data() + 1;
    for (const Pixels<float>& to : blurred) {
        ops.blur(stream, from, &values_.data()->blurs[mix.count], level.scratch, to);
        ops.absolute_sum(stream, to, sums_.data() + 1 + mix.count);
        mix.parts[mix.count++] = to;
        from = to;
    }
}

/// Each level of the gradient's Laplacian pyramid is divided by its root mean square, the coarse
/// rest too, and all are put together again: coarse and fine structures grow alike (Mordvintsev's
/// TensorFlow notebook of 2016).
void Dreamer::normalise_laplacian(Stream& stream, Level& level) {
    AscentOps& ops = network_.device().ops();
    const size_t levels = level.pyramid.size();
    for (size_t l = 0; l < levels; ++l) {
        const Image& fine = l == 0 ? level.gradient : level.pyramid[l - 1];
        ops.pyramid_down(stream, fine, level.pyramid[l]);
        ops.laplacian_level(stream, fine, level.pyramid[l], level.bands[l]);
    }
    ops.square_sum(stream, level.pyramid.back(), sums_.data());
    ops.divide_by_rms(stream, sums_.data(), level.pyramid.back());
    for (size_t l = levels; l-- > 0;) {
        const Image& fine = l == 0 ? level.gradient : level.pyramid[l - 1];
        ops.square_sum(stream, level.bands[l], sums_.data());
        ops.restore_level(stream, level.pyramid[l], level.bands[l], sums_.data(), fine);
    }
}

}  // namespace reverie
