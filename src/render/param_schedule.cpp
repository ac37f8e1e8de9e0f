#include "src/render/param_schedule.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sstream>

#include "src/control/modulation_file.h"
#include "src/control/preset_library.h"
#include "src/util/error.h"

namespace reverie {

ParamSchedule::ParamSchedule(const ParamOptions& options, const Params& defaults)
    : base_(defaults) {
    if (!options.like.empty()) take_up(read_recipe(options.like), options.like);
    read_looks(options);
    for (const std::string& assignment : options.sets) {
        const size_t equals = assignment.find('=');
        if (equals == std::string::npos) {
            throw UsageError(
                fmt::format("--set {}: expected key=value, as in --set step=2", assignment));
        }
        set_by_hand(assignment.substr(0, equals), assignment.substr(equals + 1));
    }
    if (options.objective) set_by_hand("objective", *options.objective);
    if (options.seed) set_by_hand("seed", std::to_string(*options.seed));
    recipe_.params = base_;
    recipe_.objective_by_hand = objective_by_hand_;
}

void ParamSchedule::take_up(const Recipe& recipe, const std::string& from) {
    recipe_ = recipe;
    base_ = recipe.params;
    base_objective_at_ = from;
    objective_by_hand_ = recipe.objective_by_hand;
    if (!recipe.preset.empty()) modulation_ = parse_preset(recipe.preset, from).modulation;
    if (recipe.score.empty()) return;
    score_ = parse_score(recipe.score, from);
    for (const std::string& key : recipe.by_hand) score_->release(key);
}

/// A preset and a score that are named replace those of the recipe.
void ParamSchedule::read_looks(const ParamOptions& options) {
    if (!options.preset.empty()) {
        const Preset preset = load_preset(options.preset);
        preset.apply(base_);
        base_objective_at_ = preset.objective_at;
        objective_by_hand_ = false;
        modulation_ = preset.modulation;
        recipe_.preset = preset_text(options.preset);
    }
    if (!options.score.empty()) {
        score_ = load_score(options.score);
        recipe_.score = score_text(options.score);
        recipe_.by_hand.clear();
    }
    if (!score_) return;
    const std::vector<ModulationRoute>& more = score_->modulation.routes;
    modulation_.routes.insert(modulation_.routes.end(), more.begin(), more.end());
}

void ParamSchedule::set_by_hand(const std::string& key, const std::string& value) {
    try {
        set_param(base_, key, value);
    } catch (const Error& error) {
        throw UsageError(error.what());
    }
    if (find_param(key).is_objective()) {
        base_objective_at_.clear();
        objective_by_hand_ = true;
    }
    if (score_ && score_->release(key)) recipe_.by_hand.push_back(key);
}

void ParamSchedule::each_objective(const std::function<Objective(const ScheduledObjective&)>& f) {
    if (score_ && score_->each_objective([&](const Keyframe& keyframe) {
            return f({keyframe.values.objective, keyframe.objective_at});
        }))
        return;
    base_.objective = f({base_.objective, base_objective_at_, objective_by_hand_});
}

std::string ParamSchedule::timeline() const {
    std::ostringstream text;
    if (score_) {
        for (const Keyframe& keyframe : score_->keyframes()) {
            text << fmt::format("{}{} {}", keyframe.at.value, keyframe.at.is_share ? " share" : "",
                                static_cast<int>(keyframe.ease));
            for (const std::string& key : keyframe.keys)
                text << fmt::format(" {}={}", key, get_param(keyframe.values, key));
            text << '\n';
        }
        text << fmt::format("{} {}\n", score_->length_s, score_->loop);
        // Without those that were set by hand.
        text << fmt::format("{}\n", fmt::join(score_->tracks(), " "));
    }
    if (!modulation_.routes.empty()) text << modulation_tables(modulation_);
    return text.str();
}

Params ParamSchedule::at(double time_s, double duration_s) const {
    return score_ ? score_->at(time_s, duration_s, base_) : base_;
}

std::string ParamSchedule::note_of_loop(double duration_s) const {
    if (at(0, duration_s) == at(duration_s, duration_s)) return "";
    return fmt::format(
        "after {:g} s, the score is not where it began: the loop jumps there; give it the first "
        "keyframe's look at 100%, too",
        duration_s);
}

}  // namespace reverie
