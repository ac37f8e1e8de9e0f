#include "src/render/take_player.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "src/dream/objective_map.h"
#include "src/dream/state_archive.h"
#include "src/media/libav_facts.h"
#include "src/net/precision.h"
#include "src/networks/find_weights.h"
#include "src/networks/open_network.h"
#include "src/session/mask_file.h"
#include "src/util/error.h"

namespace reverie {
namespace {

/// As many octaves as it takes for the smallest one to be as large as it was in the show: what is
/// dreamed there is what is seen from afar.
int octaves_for(const Params& params, double times_as_large) {
    const double more = std::log(times_as_large) / std::log(double{params.octave_ratio});
    const auto octaves = static_cast<int>(params.octaves + std::lround(more));
    const ParamInfo& info = find_param("octaves");
    return std::clamp(octaves, static_cast<int>(info.low), static_cast<int>(info.high));
}

/// Steps in smaller pieces.
Push finer(Push push, int times) {
    push.iterations *= times;
    push.growth /= static_cast<float>(times);
    return push;
}

Params with_instead(Params params, const DreamedInstead& instead) {
    params.objective = instead.objective;
    params.octaves = instead.octaves;
    params.octave_ratio = instead.octave_ratio;
    return params;
}

TemporalOptions options_of(const Runtime& runtime, bool in_time) {
    MaskLoader load = mask_loader(*runtime.device);
    if (!in_time) return TemporalOptions::live(std::move(load));
    return {.load_mask = std::move(load)};
}

}  // namespace

Params TakeDesk::next(const TakenPicture& picture, const Network& network) {
    if (picture.modulation) {
        Modulation modulation = *picture.modulation;
        modulation.find_layers(
            [&](const Objective& layer) { return from_portable(layer, network); });
        modulator_.set(std::move(modulation));
    }
    modulator_.see(picture.seen);
    Params base = picture.params;
    for (const std::string& key : play_.by_hand)
        interpolate_param(base, find_param(key), play_.held, play_.held, 1);
    // In the order in which they were asked for.
    size_t at = 0;
    return modulator_.at(picture.time_s, base, [&](double time_s) {
        while (at < picture.heard.size() && picture.heard[at].time_s < time_s) ++at;
        const bool heard = at < picture.heard.size() && picture.heard[at].time_s == time_s;
        return heard ? picture.heard[at].heard : Heard();
    });
}

TakePlayer::TakePlayer(Runtime& runtime, const TakeToPlay& play)
    : runtime_(runtime),
      play_(play),
      late_(*runtime.device, options_of(runtime, play.options.in_time)),
      networks_(play.take.networks.size()) {
    begin_with(0);
}

void TakePlayer::stop_when(const std::atomic<bool>& stop) {
    stop_ = &stop;
    dreamer_->stop_when(stop);
}

Network& TakePlayer::network(size_t number) {
    if (number == 0) return *runtime_.network;
    std::unique_ptr<Network>& network = networks_[number];
    if (network == nullptr) {
        const TakeNetwork& wanted = play_.take.networks[number];
        const std::string path = find_weights(wanted.network);
        require_network(wanted, path, sha256_of_file(path));
        const Network& first = *runtime_.network;
        network = open_network(*runtime_.device, path, first.type(), first.kind(), first.guides());
    }
    return *network;
}

void TakePlayer::begin_with(size_t number) {
    network_ = number;
    dreamer_ = std::make_unique<Dreamer>(network(number), runtime_.memory_bytes);
    if (stop_ != nullptr) dreamer_->stop_when(*stop_);
}

/// For a dream whose largest octave was `scale` times as wide as what the show dreamed.
Params TakePlayer::at_this_size(const Params& params, float scale) const {
    Params here = params;
    if (same_) return here;
    const double largest = double{scale} * live_.width;
    here.octaves = octaves_for(params, play_.size.width / largest);
    return here;
}

/// The octaves that are there besides belong to the largest one of the show.
Portion TakePlayer::at_this_size(const TakenDream& dream, const Params& live,
                                 const Params& here) const {
    Portion portion = dream.begin.portion;
    if (dream.result.instead) portion.scale = dream.result.instead->scale;
    const int iterations = std::max(1, dream.begin.push.iterations);
    int first = portion.first_step, end = first + portion.steps;
    if (!same_) {
        const auto octaves = [](Size size, const Params& params, float scale) {
            const auto all = Dreamer::octaves(size.width, size.height, params, scale);
            return static_cast<int>(all.size());
        };
        const int of_live = octaves(live_, live, portion.scale) * iterations;
        const int of_here = octaves(play_.size, here, 1) * iterations;
        if (end >= of_live) end = of_here;
        first = std::min(first, of_here - iterations);
        portion.scale = 1;
    }
    portion.first_step = first * play_.options.finer;
    portion.steps = (end - first) * play_.options.finer;
    return portion;
}

void TakePlayer::step(Stream& stream, const TakenDream& dream, const Params& params) {
    if (play_.options.in_time) return;
    const Push push = finer(dream.begin.push, play_.options.finer);
    late_.dream().begin(stream, params, push, job_);
    if (!dream.result.taken) return;
    Params live = job_.params;
    if (dream.result.instead) live = with_instead(live, *dream.result.instead);
    const float scale =
        dream.result.instead ? dream.result.instead->scale : dream.begin.portion.scale;
    const Params here = at_this_size(live, scale);
    dreamer_->dream(stream, job_.frame, here, job_.index, job_.residual,
                    at_this_size(dream, live, here), &job_.masks);
}

void TakePlayer::step(Stream& stream, const TakeDreamed& dreamed, const Params& /*params*/) {
    if (dreamed.taken && !play_.options.in_time) late_.dream().finish(stream, job_);
}

void TakePlayer::step(Stream& /*stream*/, const TakeReset& /*reset*/, const Params& /*params*/) {
    late_.dream().reset();
}

void TakePlayer::step(Stream& stream, const TakeNetwork& /*network*/, const Params& /*params*/) {
    stream.synchronize();
    begin_with(network_ + 1);
}

void TakePlayer::catch_up(Stream& stream, const TakenPicture& next, const Params& params) {
    for (const TakeStep& one : next.before)
        std::visit([&](const auto& what) { step(stream, what, params); }, one);
}

Pixels<const float> TakePlayer::next(Stream& stream, Pixels<const float> rgb,
                                     const TakenPicture& picture, const Params& params) {
    live_ = picture.dream_size;
    same_ = picture.size == play_.size;
    const Size size = same_ ? picture.dream_size : play_.size;
    const Pixels<const float> frame = late_.fit(stream, rgb, size);
    late_.dream().paint(picture.brush);
    if (play_.options.in_time && !picture.frozen) {
        Params here = at_this_size(params, 1);
        here.iterations *= play_.options.finer;
        here.step /= static_cast<float>(play_.options.finer);
        late_.dream().dream(stream, *dreamer_, frame, picture.time_s, here);
    } else {
        late_.dream().advance(stream, frame, picture.time_s, params);
    }
    return late_.show(stream, params.strength, picture.panic);
}

/// A dream may begin on it before the next picture.
void TakePlayer::keep_frame(StateArchive& archive) {
    const Pixels<const float> frame =
        late_.dream().has_frame() ? late_.dream().frame() : Pixels<const float>();
    if (!archive.restores() && frame.data != nullptr) {
        frame_.resize(archive.device(), frame.width, frame.height, frame.channels);
        archive.device().copy(archive.stream(), frame_.view().data, frame.data,
                              static_cast<size_t>(frame.size()) * sizeof(float));
    }
    archive.image(frame_);
    // What else this changes is restored after it.
    if (archive.restores() && !frame_.empty())
        late_.dream().advance(archive.stream(), frame_, 0, Params());
}

void TakePlayer::keep(StateArchive& archive) {
    keep_frame(archive);
    late_.keep(archive);
    archive.value(network_);
    archive.value(live_);
    archive.value(same_);
    if (archive.restores()) begin_with(network_);
    dreamer_->keep(archive);
    archive.image(job_.residual);
    archive.value(job_.index);
    archive.value(job_.generation);
}

Take open_take(const std::string& path, std::vector<std::string>& notes) {
    Take take = read_take(path);
    if (take.head.version != REVERIE_VERSION)
        notes.push_back(
            fmt::format("{} was played with reverie {}, and this is {}: its pictures may differ",
                        path, take.head.version, REVERIE_VERSION));
    if (!take.complete)
        notes.push_back(fmt::format("{} was cut off after {} pictures: it is played until there",
                                    path, take.pictures.size()));
    return take;
}

void require_network(const TakeNetwork& wanted, const std::string& used, const std::string& hash) {
    if (hash == wanted.weights) return;
    throw Error(
        fmt::format("the take was dreamed by another network ({}, SHA-256 {}…) than {}; "
                    "--weights chooses the file",
                    wanted.network, wanted.weights.substr(0, 12), used));
}

}  // namespace reverie
