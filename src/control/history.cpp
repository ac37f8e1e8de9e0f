#include "src/control/history.h"

#include <algorithm>
#include <utility>

#include "src/util/error.h"

namespace reverie {
namespace {

template <class T>
bool are_unlike(const std::shared_ptr<const T>& a, const std::shared_ptr<const T>& b) {
    return a != b && (!a || !b || *a != *b);
}

bool differs(const Look& a, const Look& b, std::string_view key) {
    if (key == kModulationKey) return a.modulation != b.modulation;
    if (key == kScoreKey) return are_unlike(a.score, b.score);
    if (key == kBrushKey) return are_unlike(a.brush, b.brush);
    return std::visit([&](auto field) { return a.params.*field != b.params.*field; },
                      find_param(key).field);
}

void copy(Look& dst, const Look& src, std::string_view key) {
    if (key == kModulationKey)
        dst.modulation = src.modulation;
    else if (key == kScoreKey)
        dst.score = src.score;
    else if (key == kBrushKey)
        dst.brush = src.brush;
    else
        std::visit([&](auto field) { dst.params.*field = src.params.*field; },
                   find_param(key).field);
}

std::vector<std::string_view> all_keys() {
    std::vector<std::string_view> keys{kModulationKey, kScoreKey, kBrushKey};
    for (const ParamInfo& info : kParams) keys.push_back(info.key);
    return keys;
}

}  // namespace

History::History(size_t depth) : depth_(depth) {}

void History::begin(const Look& now, std::vector<std::string_view> keys) {
    end(now);
    const bool any_key = keys.empty();
    open_ = Step{any_key ? all_keys() : std::move(keys), now, now, any_key};
}

void History::extend(const std::vector<std::string_view>& keys) {
    if (!open_ || open_->any_key) return;
    for (const std::string_view key : keys.empty() ? all_keys() : keys) {
        if (std::find(open_->keys.begin(), open_->keys.end(), key) == open_->keys.end())
            open_->keys.push_back(key);
    }
    open_->any_key = keys.empty();
}

void History::end(const Look& now) {
    if (!open_) return;
    Step step = std::move(*open_);
    open_.reset();
    step.after = now;
    std::erase_if(step.keys,
                  [&](std::string_view key) { return !differs(step.before, step.after, key); });
    if (step.keys.empty()) return;
    steps_.erase(steps_.begin() + static_cast<std::ptrdiff_t>(done_), steps_.end());
    steps_.push_back(std::move(step));
    if (steps_.size() > depth_) steps_.erase(steps_.begin());
    done_ = steps_.size();
}

Look History::apply(const Look& now, const Step& step, bool forward) {
    Look result = now;
    for (const std::string_view key : step.keys)
        copy(result, forward ? step.after : step.before, key);
    changed_ = step.keys;
    changed_all_ = step.any_key;
    return result;
}

std::optional<Look> History::undo(const Look& now) {
    end(now);
    if (done_ == 0) return std::nullopt;
    --done_;
    return apply(now, steps_[done_], false);
}

std::optional<Look> History::redo(const Look& now) {
    end(now);
    if (done_ == steps_.size()) return std::nullopt;
    return apply(now, steps_[done_++], true);
}

void History::map_objectives(const std::function<Objective(const Objective&)>& map) {
    const auto map_step = [&](Step& step) {
        try {
            const Objective before = map(step.before.params.objective),
                            after = map(step.after.params.objective);
            step.before.params.objective = before;
            step.after.params.objective = after;
        } catch (const Error&) {
            std::erase(step.keys, "objective");
        }
        for (Look* look : {&step.before, &step.after}) look->modulation.map_layers(map);
    };
    for (Step& step : steps_) map_step(step);
    if (open_) map_step(*open_);
}

}  // namespace reverie
