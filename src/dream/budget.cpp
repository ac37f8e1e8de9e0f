#include "src/dream/budget.h"

#include <algorithm>
#include <cmath>

namespace reverie {
namespace {

constexpr float kSmaller = 0.7071F;      // each size has half of the pixels of the one before
constexpr float kSmallestScale = 0.24F;  // of the frame's width: less is not this video's dream
// A larger size is gone back to only where it fits with so much to spare, since it needs a new
// plan.
constexpr double kSpare = 0.75;

double megapixels(const Extent& e) { return 1e-6 * e.width * e.height; }

}  // namespace

void DreamBudget::choose_scale(int width, int height, const Params& params) {
    if (budget_ms_ <= 0) {
        scale_ = 1;
        return;
    }
    const auto step_ms = [&](float scale) {
        return rate_ * megapixels(Dreamer::octaves(width, height, params, scale).back());
    };
    if (step_ms(scale_) > step_ms_) {
        while (scale_ * kSmaller >= kSmallestScale && step_ms(scale_) > step_ms_)
            scale_ *= kSmaller;
    } else if (scale_ < 1) {
        const float larger = std::min(1.0F, scale_ / kSmaller);
        if (step_ms(larger) <= kSpare * step_ms_) scale_ = larger;
    }
}

void DreamBudget::forget_other_layers(const Objective& objective) {
    std::vector<std::string> layers;
    for (const Term& term : objective.terms) layers.push_back(term.layer);
    if (layers == layers_) return;
    layers_ = std::move(layers);
    planned_.clear();
}

Portion DreamBudget::next(int width, int height, const Params& params) {
    forget_other_layers(params.objective);
    choose_scale(width, height, params);
    const std::vector<Extent> sizes = Dreamer::octaves(width, height, params, scale_);
    const int all = static_cast<int>(sizes.size()) * params.iterations;
    if (cursor_ >= all) cursor_ = 0;
    Portion portion{cursor_, 0, scale_};
    megapixels_ = 0;
    bool makes_plan = false;
    while (cursor_ < all) {
        const Extent& size = sizes[cursor_ / params.iterations];
        const double step = megapixels(size);
        const bool fits = budget_ms_ <= 0 || rate_ * (megapixels_ + step) <= budget_ms_;
        // Nothing is known at first: one step tells.
        if (portion.steps > 0 && (!fits || (rate_ == 0 && budget_ms_ > 0))) break;
        makes_plan |= planned_.insert({size.width, size.height}).second;
        megapixels_ += step;
        ++portion.steps;
        ++cursor_;
    }
    if (makes_plan) megapixels_ = 0;
    share_ = {portion.steps, all, sizes.back()};
    return portion;
}

/// The median of the last ones: a dream that was held up is not believed.
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
