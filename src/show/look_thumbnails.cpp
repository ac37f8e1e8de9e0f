#include "src/show/look_thumbnails.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <utility>

#include "kernels/ops.h"
#include "src/control/preset_library.h"
#include "src/dream/objective_map.h"
#include "src/dream/steering/pace.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr size_t kMemoryBytes = size_t{256} << 20;  // of the network, for its tiles
constexpr double kStepsPerS = 25;                   // params' iterations are dreamed so often
constexpr int kMostOctaves = 2;
constexpr float kOctaveRatio = 1.4F;  // of all, so that few plans are enough
constexpr int kMostJitter = 16;
constexpr int kLeastSide = 40;
constexpr double kLongestWaitS = 2;

LookThumbnail to_bytes(const std::vector<float>& rgb, Size size) {
    LookThumbnail thumbnail{size, std::vector<uint8_t>(rgb.size() / 3 * 4, 255)};
    const size_t plane = rgb.size() / 3;
    for (size_t i = 0; i < plane; ++i) {
        for (size_t c = 0; c < 3; ++c) {
            const float value = std::clamp(rgb[(2 - c) * plane + i], 0.0F, 255.0F);
            thumbnail.bgra[4 * i + c] = static_cast<uint8_t>(std::lround(value));
        }
    }
    return thumbnail;
}

}  // namespace

Params thumbnail_params(const Params& base, const Preset& preset, const Network& network,
                        int turns) {
    Params params = base;
    preset.apply(params);
    if (!preset.objective_at.empty()) params.objective = from_portable(params.objective, network);
    resolve(network, params.objective);  // throws
    // A push that fades with the half-life adds up to that of so many seconds.
    const double lasts_s = params.half_life / std::numbers::ln2;
    const double steps = params.iterations * std::max(kStepsPerS * lasts_s, 1.0);
    params.step *= static_cast<float>(std::clamp(steps / turns, 0.0, kEasyGrowth));
    params.iterations = std::min(params.iterations, 1);
    params.octaves = std::min(params.octaves, kMostOctaves);
    params.octave_ratio = kOctaveRatio;
    params.jitter = std::min(params.jitter, kMostJitter);
    return params;
}

Size thumbnail_size(Size picture) {
    const double longer = std::max({picture.width, picture.height, 1});
    const auto side = [&](int length) {
        const double share = LookThumbnails::kWidth * length / longer;
        return std::max(static_cast<int>(std::lround(share)), kLeastSide);
    };
    return {side(picture.width), side(picture.height)};
}

/// One thumbnail on its way, and what all of them share.
struct LookThumbnails::Work {
    explicit Work(Network& of) : network(of), resizer(of.device()) {}

    /// In the dream's thread.
    void turn(Stream& stream, const std::atomic<bool>& stop);

    Network& network;
    Resizer resizer;
    std::optional<Dreamer> dreamer;
    Image frame, residual, shown;
    Params params;
    int turns = 0;  ///< done
    double took_ms = 0;
    bool failed = false;
    std::optional<LookThumbnail> done;
};

void LookThumbnails::Work::turn(Stream& stream, const std::atomic<bool>& stop) {
    const auto begun = Clock::now();
    Device& device = network.device();
    took_ms = 0;  // a plan is made beside
    try {
        if (!dreamer) dreamer.emplace(network, kMemoryBytes);
        dreamer->stop_when(stop);
        const Size size{frame.width(), frame.height()};
        if (!dreamer->plans_ready(size.width, size.height, params)) return;
        dreamer->dream(stream, frame, params, static_cast<uint32_t>(turns), residual);
        if (++turns >= kTurns) {
            device.ops().composite(stream, frame, residual, params.strength, shown);
            std::vector<float> rgb(static_cast<size_t>(shown.cview().size()));
            device.download(stream, rgb.data(), shown.cview().data, rgb.size() * sizeof(float));
            done = to_bytes(rgb, size);
        }
        stream.synchronize();
    } catch (const std::exception&) {
        failed = true;  // of this preset: a layer that is too deep for so small a picture
    }
    took_ms = std::chrono::duration<double, std::milli>(Clock::now() - begun).count();
}

LookThumbnails::LookThumbnails(std::function<Preset(const std::string&)> load)
    : load_(load ? std::move(load) : load_preset) {}

void LookThumbnails::want(std::vector<std::string> presets) {
    if (presets == wanted_) return;
    wanted_ = std::move(presets);
    tried_.clear();
    next_ = 0;
}

void LookThumbnails::forget_network() {
    work_.reset();
    working_on_.clear();
    turn_is_out_ = false;
    tried_.clear();
}

/// The last turn has ended.
void LookThumbnails::take(Clock::time_point now) {
    if (working_on_.empty() || work_ == nullptr) return;
    const bool first = tried_.size() < wanted_.size();
    const double wait_s =
        std::min(work_->took_ms / 1e3 / (first ? kFirstShare : kShare), kLongestWaitS);
    due_ = now + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(wait_s));
    if (work_->done) {
        LookThumbnail& picture = pictures_[working_on_];
        picture = std::move(*work_->done);
        picture.number = ++made_;
    }
    if (work_->failed) pictures_.erase(working_on_);
    if (!work_->done && !work_->failed) return;
    work_->done.reset();
    tried_.insert(std::exchange(working_on_, ""));
}

/// False where there is none that can be dreamed.
bool LookThumbnails::begin_next(Stream& stream, Network& network, Pixels<const float> frame,
                                const Params& base) {
    for (size_t i = 0; i < wanted_.size(); ++i) {
        const std::string& name = wanted_[next_++ % wanted_.size()];
        try {
            const Params params = thumbnail_params(base, load_(name), network, kTurns);
            if (work_ == nullptr) work_ = std::make_shared<Work>(network);
            Device& device = network.device();
            const Size size = thumbnail_size({frame.width, frame.height});
            for (Image* image : {&work_->frame, &work_->residual, &work_->shown})
                image->resize(device, size.width, size.height, 3);
            work_->resizer.resize(stream, frame, work_->frame);
            device.clear(stream, work_->residual.view().data,
                         static_cast<size_t>(work_->residual.cview().size()) * sizeof(float));
            stream.synchronize();
            work_->params = params;
            work_->turns = 0;
            work_->failed = false;
            working_on_ = name;
            return true;
        } catch (const DeviceError&) {
            throw;
        } catch (const Error&) {
            pictures_.erase(name);
            tried_.insert(name);
        }
    }
    return false;
}

void LookThumbnails::advance(Clock::time_point now, Stream& stream, Network& network,
                             Pixels<const float> frame, const Params& base, DreamThread& thread) {
    if (thread.aside_is_busy()) return;
    if (std::exchange(turn_is_out_, false)) take(now);
    if (wanted_.empty() || now < due_) return;
    if (working_on_.empty() && !begin_next(stream, network, frame, base)) return;
    turn_is_out_ = thread.do_aside(
        [work = work_](Stream& on, const std::atomic<bool>& stop) { work->turn(on, stop); });
}

}  // namespace reverie
