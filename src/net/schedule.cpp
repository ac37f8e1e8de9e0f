#include "src/net/schedule.h"

#include <algorithm>
#include <cstdint>

namespace reverie {
namespace {

bool meet(const Use& a, const Use& b) {
    if (a.block != b.block || !(a.write || b.write)) return false;
    return a.first_channel < int64_t{b.first_channel} + b.channels &&
           b.first_channel < int64_t{a.first_channel} + a.channels;
}

bool meet(const std::vector<Use>& a, const std::vector<Use>& b) {
    return std::any_of(a.begin(), a.end(), [&](const Use& mine) {
        return std::any_of(b.begin(), b.end(), [&](const Use& other) { return meet(mine, other); });
    });
}

}  // namespace

Schedule::Schedule(const std::vector<std::vector<Use>>& uses, int lanes)
    : lanes_(std::max(1, lanes)), turns_(uses.size()) {
    if (lanes_ == 1) return;
    find_ancestors(uses);
    choose_lanes();
}

void Schedule::find_ancestors(const std::vector<std::vector<Use>>& uses) {
    const size_t count = uses.size();
    before_.assign(count, std::vector<bool>(count, false));
    for (size_t action = 0; action < count; ++action) {
        for (size_t earlier = 0; earlier < action; ++earlier) {
            if (!meet(uses[action], uses[earlier])) continue;
            before_[action][earlier] = true;
            for (size_t i = 0; i < earlier; ++i) {
                if (before_[earlier][i]) before_[action][i] = true;
            }
        }
    }
}

/// What the action has to wait for itself: not what another of these has waited for already.
std::vector<int> Schedule::parents(int action) const {
    std::vector<int> found;
    for (int earlier = action - 1; earlier >= 0; --earlier) {
        if (!before_[action][earlier]) continue;
        const bool implied = std::any_of(found.begin(), found.end(),
                                         [&](int later) { return before_[later][earlier]; });
        if (!implied) found.push_back(earlier);
    }
    return found;
}

void Schedule::choose_lanes() {
    const int count = static_cast<int>(turns_.size());
    std::vector<int> last(lanes_, -1);  // action of each lane
    // What each lane knows to be done of each other one when its last action begins; by action,
    // what its lane knew then.
    std::vector<std::vector<int>> known(lanes_, std::vector<int>(lanes_, -1)), knew(count);
    for (int action = 0; action < count; ++action) {
        const std::vector<int> waits = parents(action);
        const auto follows = [&](int lane) {
            return std::find(waits.begin(), waits.end(), last[lane]) != waits.end();
        };
        // Behind one that it waits for anyway; else where nothing runs that it need not wait for.
        // What waits for nothing begins on the first lane, which is the caller's stream.
        const auto idle = [&](int lane) { return last[lane] < 0 || before_[action][last[lane]]; };
        int lane = 0;
        while (lane < lanes_ && !follows(lane)) ++lane;
        if (lane == lanes_) {
            lane = 0;
            while (!waits.empty() && lane < lanes_ && !idle(lane)) ++lane;
            if (lane == lanes_) lane = action % lanes_;
        }
        Turn& turn = turns_[action];
        turn.lane = lane;
        for (const int wait : waits) {
            const int other = turns_[wait].lane;
            if (other == lane || known[lane][other] >= wait) continue;
            turn.after.push_back(wait);
            turns_[wait].awaited = true;
            for (int l = 0; l < lanes_; ++l)
                known[lane][l] = std::max(known[lane][l], knew[wait][l]);
            known[lane][other] = std::max(known[lane][other], wait);
        }
        last[lane] = action;
        knew[action] = known[lane];
    }
}

Schedule::Span Schedule::span(int action) const {
    Span span{action, action};
    if (lanes_ == 1) return span;
    const int count = static_cast<int>(turns_.size());
    for (int other = 0; other < count; ++other) {
        const bool ordered =
            other < action ? before_[action][other] : other > action && before_[other][action];
        if (ordered || other == action) continue;
        span.first = std::min(span.first, other);
        span.last = std::max(span.last, other);
    }
    return span;
}

}  // namespace reverie
