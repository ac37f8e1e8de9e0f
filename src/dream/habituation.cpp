#include "src/dream/habituation.h"

#include <algorithm>
#include <cmath>

#include "src/dream/dreamer.h"
#include "src/net/plan.h"

namespace reverie {
namespace {

constexpr double kGlanceS = 0.4;         // from one look to the next
constexpr double kFatigueHalfTimeS = 4;  // and of recovery
constexpr int kLongestSide = 224;        // of what the eyes see, px: a glance is cheap
/// How many times its fair share of the layer's energy a channel has where it tires by half.
constexpr float kTiring = 10;
/// How much of a tired channel's own pull is taken from it; above 1 it is driven out.
constexpr float kAversion = 1.6F;
constexpr float kFresh = 0.04F;  // fatigue below which a channel is left alone

bool can_tire(const Term& term) { return term.channel < 0 && term.weight > 0; }

}  // namespace

Habituation::Habituation(Network& network) : network_(network), resizer_(network.device()) {}

void Habituation::reset() {
    retinas_.clear();
    unseen_s_ = 0;
}

void Habituation::open_eyes(const Objective& objective) {
    std::vector<Retina> retinas;
    for (const Term& term : objective.terms) {
        if (!can_tire(term)) continue;
        const auto known = std::find_if(retinas_.begin(), retinas_.end(), [&](const Retina& r) {
            return r.term.layer == term.layer;
        });
        Retina retina;
        if (known != retinas_.end()) retina = std::move(*known);
        retina.term = term;
        const auto channels = static_cast<size_t>(network_.find(term.layer).channels);
        retina.fatigue.resize(channels);
        retina.loudness.resize(channels);
        retinas.push_back(std::move(retina));
    }
    retinas_ = std::move(retinas);
    taps_ = resolve(network_, objective);
}

void Habituation::look(Stream& stream, double dt_s, const Params& params,
                       Pixels<const float> picture) {
    unseen_s_ += dt_s;
    if (unseen_s_ < kGlanceS || params.objective.terms.empty()) return;
    open_eyes(params.objective);
    if (!retinas_.empty()) {
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
        Plan& plan = network_.plan(width, height, taps_);
        plan.set_taps(stream, taps_);
        plan.gradient(stream, small_, 0, 0, gradient_);
        for (Retina& retina : retinas_) {
            tire(retina, plan.activations(stream, network_.find(retina.term.layer).node),
                 unseen_s_);
        }
    }
    unseen_s_ = 0;
}

void Habituation::tire(Retina& retina, const std::vector<float>& activations, double dt_s) {
    const size_t channels = retina.fatigue.size();
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
        retina.loudness[c] = std::max(loud, 0.9F * retina.loudness[c]);
        total += energy[c];
    }
    const auto rate = static_cast<float>(1 - std::exp2(-dt_s / kFatigueHalfTimeS));
    for (size_t c = 0; c < channels; ++c) {
        const auto share =
            static_cast<float>(energy[c] * static_cast<double>(channels) / std::max(total, 1e-9));
        const float goal = share / (share + kTiring);
        retina.fatigue[c] += rate * (goal - retina.fatigue[c]);
    }
}

Objective Habituation::tired(const Objective& objective, float firmness) const {
    Objective result = objective;
    if (firmness <= 0) return result;
    for (const Retina& retina : retinas_) {
        // The layer pulls at a unit with 2 · weight / channels · its activation.
        const auto term = std::find_if(
            objective.terms.begin(), objective.terms.end(),
            [&](const Term& t) { return t.layer == retina.term.layer && can_tire(t); });
        if (term == objective.terms.end()) continue;
        const float pull = 2 * term->weight / static_cast<float>(retina.fatigue.size());
        for (size_t c = 0; c < retina.fatigue.size(); ++c) {
            const float aversion = firmness * kAversion * retina.fatigue[c];
            if (retina.fatigue[c] < kFresh) continue;
            result.terms.push_back(
                {retina.term.layer, static_cast<int>(c), -pull * aversion * retina.loudness[c]});
        }
    }
    return result;
}

}  // namespace reverie
