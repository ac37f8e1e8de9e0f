#include "src/dream/steering/habituation.h"

#include <algorithm>
#include <cmath>

#include "src/dream/dreamer.h"
#include "src/dream/state_archive.h"
#include "src/net/execution_plan.h"

namespace reverie {
namespace {

constexpr double kGlanceS = 0.4;         // between observations
constexpr double kFatigueHalfTimeS = 4;  // and of recovery
constexpr int kLongestSide = 224;        // of what the eyes see, px: a glance is cheap
/// How many times its fair share of the layer's energy a channel has where it tires by half.
constexpr float kTiring = 10;
/// How much of a tired channel's own pull is taken from it; above 1 it is driven out.
constexpr float kSuppression = 1.6F;
constexpr float kFresh = 0.04F;  // fatigue below which a channel is left alone

/// Whole layers tire; what was asked for by name is wanted.
bool can_tire(const Term& term) {
    return subject_of(term).kind == Subject::Kind::layer && term.channel < 0 && term.weight > 0;
}

}  // namespace

Habituation::Habituation(Network& network) : network_(network), resizer_(network.device()) {}

void Habituation::reset() {
    fatigues_.clear();
    unseen_s_ = 0;
}

void Habituation::ChannelFatigue::keep(StateArchive& archive) {
    archive.value(term.layer);
    archive.value(term.channel);
    archive.value(term.weight);
    archive.values(fatigue);
    archive.values(loudness);
}

void Habituation::keep(StateArchive& archive) {
    archive.each(fatigues_);
    archive.value(unseen_s_);
}

void Habituation::update_layers(const Objective& objective) {
    std::vector<ChannelFatigue> fatigues;
    for (const Term& term : objective.terms) {
        if (!can_tire(term)) continue;
        const auto known =
            std::find_if(fatigues_.begin(), fatigues_.end(),
                         [&](const ChannelFatigue& r) { return r.term.layer == term.layer; });
        ChannelFatigue layer;
        if (known != fatigues_.end()) layer = std::move(*known);
        layer.term = term;
        const auto channels = static_cast<size_t>(network_.find(subject_of(term).name).channels);
        layer.fatigue.resize(channels);
        layer.loudness.resize(channels);
        fatigues.push_back(std::move(layer));
    }
    fatigues_ = std::move(fatigues);
    taps_ = resolve(network_, objective);
}

void Habituation::observe(Stream& stream, double dt_s, const Params& params,
                          Pixels<const float> picture) {
    unseen_s_ += dt_s;
    if (unseen_s_ < kGlanceS || params.objective.terms.empty()) return;
    update_layers(params.objective);
    if (!fatigues_.empty()) {
        const double shrink = std::min(
            1.0, static_cast<double>(kLongestSide) / std::max(picture.width, picture.height));
        const auto shrunk = [&](int side) {
            return std::max(std::min(side, Dreamer::kSmallestSide),
                            static_cast<int>(std::lround(side * shrink)));
        };
        const int width = shrunk(picture.width), height = shrunk(picture.height);
        small_.resize(network_.device(), width, height, 3);
        gradient_.resize(network_.device(), width, height, 3);
        resizer_.resize(stream, picture, small_);
        ExecutionPlan& plan = network_.plan(width, height, taps_);
        plan.set_taps(stream, taps_);
        plan.gradient(stream, small_, 0, 0, gradient_);
        for (ChannelFatigue& layer : fatigues_) {
            const int node = network_.find(subject_of(layer.term).name).node;
            tire(layer, plan.activations(stream, node), unseen_s_);
        }
    }
    unseen_s_ = 0;
}

void Habituation::tire(ChannelFatigue& layer, const std::vector<float>& activations, double dt_s) {
    const size_t channels = layer.fatigue.size();
    const size_t pixels = activations.size() / channels;
    std::vector<double> energy(channels);
    double total = 0;
    for (size_t c = 0; c < channels; ++c) {
        double sum = 0;
        for (size_t i = 0; i < pixels; ++i) {
            const double a = std::max(activations[c * pixels + i], 0.0F);
            sum += a;
            energy[c] += a * a;
        }
        const auto loud = static_cast<float>(energy[c] / std::max(sum, 1e-9));
        layer.loudness[c] = std::max(loud, 0.9F * layer.loudness[c]);
        total += energy[c];
    }
    const auto rate = static_cast<float>(1 - std::exp2(-dt_s / kFatigueHalfTimeS));
    for (size_t c = 0; c < channels; ++c) {
        const auto share =
            static_cast<float>(energy[c] * static_cast<double>(channels) / std::max(total, 1e-9));
        const float goal = share / (share + kTiring);
        layer.fatigue[c] += rate * (goal - layer.fatigue[c]);
    }
}

Objective Habituation::tired(const Objective& objective, float firmness) const {
    Objective result = objective;
    if (firmness <= 0) return result;
    for (const ChannelFatigue& layer : fatigues_) {
        // The layer pulls at a unit with 2 · weight / channels · its activation.
        const auto term =
            std::find_if(objective.terms.begin(), objective.terms.end(),
                         [&](const Term& t) { return t.layer == layer.term.layer && can_tire(t); });
        if (term == objective.terms.end()) continue;
        const float pull = 2 * term->weight / static_cast<float>(layer.fatigue.size());
        for (size_t c = 0; c < layer.fatigue.size(); ++c) {
            const float suppression = firmness * kSuppression * layer.fatigue[c];
            if (layer.fatigue[c] < kFresh) continue;
            result.terms.push_back(
                {layer.term.layer, static_cast<int>(c), -pull * suppression * layer.loudness[c]});
        }
    }
    return result;
}

}  // namespace reverie
