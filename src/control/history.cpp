#include "src/control/history.h"

#include <algorithm>
#include <utility>

namespace reverie {
namespace {

bool differs(const Params& a, const Params& b, std::string_view key) {
    return std::visit([&](auto field) { return a.*field != b.*field; }, find_param(key).field);
}

void copy(Params& dst, const Params& src, std::string_view key) {
    std::visit([&](auto field) { dst.*field = src.*field; }, find_param(key).field);
}

}  // namespace

History::History(size_t depth) : depth_(depth) {}

void History::begin(const Params& now, std::vector<std::string_view> keys) {
    end(now);
    if (keys.empty()) {
        for (const ParamInfo& info : kParams) keys.push_back(info.key);
    }
    open_ = Step{std::move(keys), now, now};
}

bool History::resume(const std::vector<std::string_view>& keys) {
    if (open_ || done_ == 0 || done_ != steps_.size()) return false;
    const Step& last = steps_.back();
    const bool same = std::all_of(last.keys.begin(), last.keys.end(), [&](std::string_view key) {
        return std::find(keys.begin(), keys.end(), key) != keys.end();
    });
    if (!same) return false;
    open_ = last;
    steps_.pop_back();
    --done_;
    return true;
}

void History::end(const Params& now) {
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

Params History::apply(const Params& now, const Step& step, bool forward) {
    Params result = now;
    for (const std::string_view key : step.keys)
        copy(result, forward ? step.after : step.before, key);
    changed_ = step.keys;
    return result;
}

std::optional<Params> History::undo(const Params& now) {
    end(now);
    if (done_ == 0) return std::nullopt;
    --done_;
    return apply(now, steps_[done_], false);
}

std::optional<Params> History::redo(const Params& now) {
    end(now);
    if (done_ == steps_.size()) return std::nullopt;
    return apply(now, steps_[done_++], true);
}

}  // namespace reverie
