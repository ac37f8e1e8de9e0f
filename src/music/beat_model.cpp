#include "src/music/beat_model.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <utility>

#include "src/music/sound_features.h"

namespace reverie {
namespace {

constexpr double kTempoSteady = 100;      // λ of Krebs et al.: how seldom the tempo changes
constexpr double kRounding = 0.7;         // of a beat to whole frames, as a cost
constexpr double kFarthestChange = 0.15;  // of a beat's length; beyond, it is all but impossible
constexpr double kUsualBpm = 120;         // Moelants 2002: what people tap most
constexpr double kUsualOctaves = 0.8;     // … and how far around it
constexpr double kUsualWeight = 0.045;    // of that, each frame
constexpr int kBeatFrames = 2;            // in which a beat is heard
constexpr float kHeld = 0.9F;  // of a rise, in the frame after it: an onset may lie between two
constexpr double kHeldFrames = 1;
constexpr float kActive = 0.3F;           // of what rises: music goes on
constexpr int kActiveFor = 75;            // frames around it
constexpr float kBelief = 0.5F;           // frames side by side are no independent witnesses
constexpr float kActivityFalls = 0.985F;  // each frame, where the future is not known
constexpr float kLeast = 1e-30F;

/// Where something rises in frames first … last: the centre of mass around its top. Nothing:
/// nothing does.
std::optional<double> top_of(std::span<const float> rise, int first, int last) {
    constexpr float kWorthIt = 0.1F;
    const int end = static_cast<int>(rise.size()) - 1;
    first = std::clamp(first, 0, end);
    int top = first;
    for (int i = first; i <= std::min(last, end); ++i) {
        if (rise[i] > rise[top]) top = i;
    }
    if (rise[top] < kWorthIt) return std::nullopt;
    double sum = 0, moment = 0;
    for (int i = std::max(top - 1, 0); i <= std::min(top + 1, end); ++i) {
        sum += rise[i];
        moment += rise[i] * i;
    }
    return moment / sum;
}

/// Beats on which nothing is heard lie evenly between those on which something is.
void spread_silent(std::vector<double>& beats, const std::vector<bool>& heard) {
    size_t before = beats.size();
    for (size_t i = 0; i < beats.size(); ++i) {
        if (!heard[i]) continue;
        for (size_t k = before + 1; before < beats.size() && k < i; ++k)
            beats[k] = beats[before] + (beats[i] - beats[before]) *
                                           static_cast<double>(k - before) /
                                           static_cast<double>(i - before);
        before = i;
    }
}

}  // namespace

BeatModel::BeatModel() {
    const int shortest = static_cast<int>(std::floor(60 * kFeatureRate / kFastestBpm));
    const int longest = static_cast<int>(std::ceil(60 * kFeatureRate / kSlowestBpm));
    for (int length = shortest; length <= longest; ++length) lengths_.push_back(length);
    const int count = tempi();
    change_.assign(static_cast<size_t>(count) * count, 0);
    reach_.assign(count, {count, -1});
    for (int from = 0; from < count; ++from) {
        double sum = 0;
        const auto share = [&](int to) {
            const double frames = std::abs(lengths_[to] - lengths_[from]);
            const double ratio = frames / lengths_[from];
            if (ratio > kFarthestChange) return 0.0;
            // A beat of 34.5 frames is one of 34 and one of 35 in turn: that is no change.
            const double cost = std::min(frames, 1.0) * kRounding;
            return std::exp(-cost - kTempoSteady * std::max(0.0, ratio - 1.0 / lengths_[from]));
        };
        for (int to = 0; to < count; ++to) sum += share(to);
        stays_.push_back(static_cast<float>(1 / sum));
        for (int to = 0; to < count; ++to) {
            if (share(to) == 0) continue;
            const double bpm = 60.0 * kFeatureRate / lengths_[to];
            const double octaves = std::log2(bpm / kUsualBpm) / kUsualOctaves;
            const double usual = -0.5 * octaves * octaves * kUsualWeight * lengths_[to];
            change_[from * count + to] = static_cast<float>(share(to) / sum * std::exp(usual));
            reach_[to].first = std::min(reach_[to].first, from);
            reach_[to].last = std::max(reach_[to].last, from);
        }
    }
}

int BeatModel::beat_frames() const { return kBeatFrames; }
int BeatModel::half_begin(int tempo) const { return lengths_[tempo] / 2 - 1; }
int BeatModel::half_end(int tempo) const { return half_begin(tempo) + beat_frames() + 1; }

BeatModel::Likelihood BeatModel::likelihood(float rise, float activity) {
    const float elsewhere = 0.9F * 8 * std::exp(-8 * rise) + 0.1F;
    const float beat = 0.15F + 0.85F * 2 * rise;
    const float half = 0.6F * elsewhere + 0.4F * 2 * (1 - rise);
    const float belief = kBelief * std::min(1.0F, activity / kActive);
    return {std::pow(beat / elsewhere, belief), std::pow(half / elsewhere, belief)};
}

BeatFilter::BeatFilter(const BeatModel& model) : model_(model) {
    for (int t = 0; t < model.tempi(); ++t) {
        begin_.push_back(static_cast<int>(states_.size()));
        states_.resize(states_.size() + model.length(t), 1.0F);
    }
    head_.assign(model.tempi(), 0);
    mass_.assign(model.tempi(), 0);
    ends_.assign(model.tempi(), 0);
}

float& BeatFilter::state(int tempo, int position) {
    const int length = model_.length(tempo);
    int at = head_[tempo] + position;
    if (at >= length) at -= length;
    return states_[begin_[tempo] + at];
}

void BeatFilter::step(float rise) {
    activity_ = std::max(rise, activity_ * kActivityFalls);
    const float held = std::max(rise, kHeld * std::exchange(before_, rise));
    const BeatModel::Likelihood seen = BeatModel::likelihood(held, activity_);
    const int count = model_.tempi();
    for (int t = 0; t < count; ++t) ends_[t] = state(t, model_.length(t) - 1);
    float sum = 0;
    for (int t = 0; t < count; ++t) {
        // The pointer moves on: what was the last position becomes the first one.
        head_[t] = head_[t] == 0 ? model_.length(t) - 1 : head_[t] - 1;
        float entered = kLeast;
        const BeatModel::Reach reach = model_.reach(t);
        for (int from = reach.first; from <= reach.last; ++from)
            entered += ends_[from] * model_.change(from, t);
        state(t, 0) = entered;
        for (int i = 0; i < model_.beat_frames(); ++i) state(t, i) *= seen.beat;
        for (int i = model_.half_begin(t); i < model_.half_end(t); ++i) state(t, i) *= seen.half;
        float mass = 0;
        for (int i = 0; i < model_.length(t); ++i) mass += states_[begin_[t] + i];
        mass_[t] = mass;
        sum += mass;
    }
    const float scale = 1 / std::max(sum, kLeast);
    for (float& s : states_) s = std::max(s * scale, kLeast);
    for (float& m : mass_) m *= scale;
}

BeatFilter::Estimate BeatFilter::estimate() const {
    constexpr int kNear = 2;
    const int count = model_.tempi();
    const auto around = [&](int tempo, auto value) {
        double sum = 0;
        for (int t = std::max(0, tempo - kNear); t <= std::min(count - 1, tempo + kNear); ++t)
            sum += mass_[t] * value(t);
        return sum;
    };
    int best = 0;
    double most = 0;
    for (int t = 0; t < count; ++t) {
        const double mass = around(t, [](int) { return 1.0; });
        if (mass > most) {
            most = mass;
            best = t;
        }
    }
    Estimate found;
    found.confidence = std::min(most, 1.0);
    found.length = around(best, [&](int t) { return model_.length(t); }) / std::max(most, 1e-12);
    double x = 0, y = 0;
    for (int t = std::max(0, best - kNear); t <= std::min(count - 1, best + kNear); ++t) {
        const int length = model_.length(t);
        // A beat is in the middle of the frames in which something is to rise.
        const double beat = (model_.beat_frames() - 1 - kHeldFrames) / 2.0;
        for (int i = 0; i < length; ++i) {
            const int at = head_[t] + i < length ? head_[t] + i : head_[t] + i - length;
            const double turn = 2 * std::numbers::pi * (i - beat) / length;
            x += states_[begin_[t] + at] * std::cos(turn);
            y += states_[begin_[t] + at] * std::sin(turn);
        }
    }
    const double turns = std::atan2(y, x) / (2 * std::numbers::pi);
    found.phase = turns < 0 ? turns + 1 : turns;
    return found;
}

namespace {

/// The most likely way: its value in each state, and where each beat came from.
class BestWay {
  public:
    explicit BestWay(const BeatModel& model) : model_(model) {
        const int count = model.tempi();
        for (int t = 0; t < count; ++t) {
            begin_.push_back(static_cast<int>(states_.size()));
            states_.resize(states_.size() + model.length(t), 0.0F);
        }
        head_.assign(count, 0);
        ends_.assign(count, 0);
        change_.assign(static_cast<size_t>(count) * count, 0);
        for (int from = 0; from < count; ++from) {
            for (int to = 0; to < count; ++to)
                change_[from * count + to] = std::log(
                    std::max(model.change(from, to) / std::sqrt(model.stays(from)), kLeast));
        }
    }

    void step(float rise, float activity) {
        const BeatModel::Likelihood seen = BeatModel::likelihood(rise, activity);
        const float beat = std::log(seen.beat), half = std::log(seen.half);
        const int count = model_.tempi();
        for (int t = 0; t < count; ++t) ends_[t] = state(t, model_.length(t) - 1);
        float best = -INFINITY;
        for (int t = 0; t < count; ++t) {
            head_[t] = head_[t] == 0 ? model_.length(t) - 1 : head_[t] - 1;
            const BeatModel::Reach reach = model_.reach(t);
            float entered = -INFINITY;
            int came = t;
            for (int from = reach.first; from <= reach.last; ++from) {
                const float way = ends_[from] + change_[from * count + t];
                if (way <= entered) continue;
                entered = way;
                came = from;
            }
            came_.push_back(static_cast<uint8_t>(came));
            state(t, 0) = entered;
            for (int i = 0; i < model_.beat_frames(); ++i) state(t, i) += beat;
            for (int i = model_.half_begin(t); i < model_.half_end(t); ++i) state(t, i) += half;
            best = std::max(best, state(t, 0));
        }
        // Sums that grow without end would lose their digits.
        constexpr float kTooLarge = 1000;
        if (std::abs(best) < kTooLarge) return;
        for (float& s : states_) s -= best;
    }

    /// Frames of the beats' beginnings and their tempi, in order.
    struct Beat {
        int frame, tempo;
    };
    std::vector<Beat> beats(int frames) {
        const int count = model_.tempi();
        int tempo = 0, position = 0;
        float best = -INFINITY;
        for (int t = 0; t < count; ++t) {
            for (int i = 0; i < model_.length(t); ++i) {
                if (state(t, i) <= best) continue;
                best = state(t, i);
                tempo = t;
                position = i;
            }
        }
        std::vector<Beat> beats;
        for (int frame = frames - 1 - position; frame >= 0;) {
            beats.push_back({frame, tempo});
            tempo = came_[static_cast<size_t>(frame) * count + tempo];
            frame -= model_.length(tempo);
        }
        std::reverse(beats.begin(), beats.end());
        return beats;
    }

  private:
    float& state(int tempo, int position) {
        const int length = model_.length(tempo);
        int at = head_[tempo] + position;
        if (at >= length) at -= length;
        return states_[begin_[tempo] + at];
    }

    const BeatModel& model_;
    std::vector<float> states_, ends_, change_;
    std::vector<int> begin_, head_;
    std::vector<uint8_t> came_;  ///< frame by frame, the tempo before each tempo's beat
};

}  // namespace

std::vector<double> find_beats(const BeatModel& model, std::span<const float> rise) {
    constexpr float kHeardAbove = 0.2F;
    const auto rises = [](float r) { return r > kHeardAbove; };
    const auto first = std::find_if(rise.begin(), rise.end(), rises);
    if (first == rise.end()) return {};
    const auto last = std::find_if(rise.rbegin(), rise.rend(), rises).base();
    BestWay way(model);
    const int count = static_cast<int>(rise.size());
    for (int n = 0; n < count; ++n) {
        const auto around = rise.subspan(std::max(0, n - kActiveFor));
        const auto reach = std::min<size_t>(around.size(), 2 * kActiveFor);
        const float held = std::max(rise[n], n > 0 ? kHeld * rise[n - 1] : 0.0F);
        way.step(held,
                 *std::max_element(around.begin(), around.begin() + static_cast<ptrdiff_t>(reach)));
    }
    std::vector<double> found;
    std::vector<bool> heard;
    for (const BestWay::Beat& beat : way.beats(count)) {
        const int ends = beat.frame + model.beat_frames() - 1;
        const std::optional<double> top = top_of(rise, beat.frame - 1, ends);
        const double at = top.value_or((beat.frame + ends - kHeldFrames) / 2.0);
        // Before anything is heard, and after all of it, there is no beat.
        const double length = model.length(beat.tempo);
        if (at < static_cast<double>(first - rise.begin()) - length / 2 ||
            at > static_cast<double>(last - rise.begin()) + length / 2)
            continue;
        found.push_back(at);
        heard.push_back(top.has_value());
    }
    spread_silent(found, heard);
    return found;
}

}  // namespace reverie
