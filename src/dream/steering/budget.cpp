#include "src/dream/steering/budget.h"

#include <algorithm>
#include <cmath>

namespace reverie {
namespace {

constexpr float kSmaller = 0.7071F;  // each size has half of the pixels of the one before
// The dream returns to a larger size only if its steps fit with this much to spare: each size needs
// a new plan.
constexpr double kSpare = 0.75;
// The share of the time between two dreams that extra steps (beyond those of the look) may take,
// where the source is slower than the machine.
constexpr double kIdleShare = 0.8;

double megapixels(const Extent& e) { return 1e-6 * e.width * e.height; }

}  // namespace

/// Halves the pixels until a step is quick enough, and returns that size.
void DreamBudget::choose_scale(int width, int height, const Params& params) {
    const auto step_ms = [&](float scale) {
        return rate_ * megapixels(Dreamer::octaves(width, height, params, scale).back());
    };
    const auto quick = [&](float scale, double limit_ms) {
        return limits_.step_ms <= 0 || step_ms(scale) <= limit_ms;
    };
    const auto within = [&](float scale, int least) {
        return scale * kSmaller * static_cast<float>(width) >= static_cast<float>(least) * 0.99F;
    };
    float scale = 1;
    if (rate_ == 0) {  // nothing is known yet
        while (limits_.first_width > 0 && within(scale, limits_.first_width)) scale *= kSmaller;
    } else {
        while (!quick(scale, scale > scale_ * 1.01F ? kSpare * limits_.step_ms : limits_.step_ms) &&
               within(scale, limits_.smallest_width))
            scale *= kSmaller;
    }
    scale_ = scale;
    if (measurements_ < measured_.size()) return;
    while (within(scale, limits_.smallest_width)) scale *= kSmaller;
    smallest_step_ms_ = step_ms(scale);
}

void DreamBudget::forget_other_layers(const Objective& objective) {
    std::vector<std::string> layers;
    for (const Term& term : objective.terms) layers.push_back(term.layer);
    if (layers == layers_) return;
    layers_ = std::move(layers);
    planned_.clear();
}

Turns::Deal DreamBudget::next(int width, int height, const Params& params, double dt_s) {
    forget_other_layers(params.objective);
    choose_scale(width, height, params);
    const std::vector<Extent> sizes = Dreamer::octaves(width, height, params, scale_);
    std::vector<double> costs;
    double all = 0;
    for (const Extent& size : sizes) {
        costs.push_back(megapixels(size));
        all += costs.back();
    }
    const bool unlimited = limits_.dream_ms <= 0;
    // At first nothing is known; one step tells how long they take.
    double limit = rate_ > 0 ? limits_.dream_ms / rate_ : 0;
    if (unlimited) limit = all * std::max(1, params.iterations);
    const double idle = rate_ > 0 ? kIdleShare * 1e3 * dt_s / (rate_ * all) : 0;
    const int most =
        unlimited ? params.iterations : std::max(params.iterations, static_cast<int>(idle));
    Turns::Deal deal = turns_.deal(params, dt_s, costs, limit, most);
    deal.portion.scale = scale_;
    megapixels_ = 0;
    bool makes_plan = false;
    const int iterations = std::max(1, deal.push.iterations);
    for (int i = 0; i < deal.portion.steps; ++i) {
        const Extent& size = sizes[(deal.portion.first_step + i) / iterations];
        makes_plan |= planned_.insert({size.width, size.height}).second;
        megapixels_ += megapixels(size);
    }
    if (makes_plan) megapixels_ = 0;
    share_ = {deal.portion.steps, deal.push.stretch, deal.push.growth, sizes.back()};
    return deal;
}

/// The median of the last ones, so that one dream that was held up does not count.
void DreamBudget::took(double ms) {
    if (megapixels_ <= 0) return;
    measured_[measurements_++ % measured_.size()] = ms / megapixels_;
    std::array<double, 5> sorted = measured_;
    const auto end =
        sorted.begin() + static_cast<ptrdiff_t>(std::min(measurements_, sorted.size()));
    std::sort(sorted.begin(), end);
    rate_ = sorted[static_cast<size_t>(end - sorted.begin() - 1) / 2];
}

}  // namespace reverie
