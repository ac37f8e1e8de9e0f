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

Schedule::Schedule(const std::vector<std::vector<Use>>& uses, int streams)
    : streams_(std::max(1, streams)), turns_(uses.size()) {
    if (streams_ == 1) return;
    find_ancestors(uses);
    choose_streams();
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

/// The actions that this one must wait for, without those that another of them waits for anyway.
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

void Schedule::choose_streams() {
    const int count = static_cast<int>(turns_.size());
    std::vector<int> last(streams_, -1);  // action of each stream
    // For each stream: what it knows to be done on every other stream when its last action begins.
    // By action: what its stream knew then.
    std::vector<std::vector<int>> known(streams_, std::vector<int>(streams_, -1)), knew(count);
    for (int action = 0; action < count; ++action) {
        const std::vector<int> waits = parents(action);
        const auto follows = [&](int stream) {
            return std::find(waits.begin(), waits.end(), last[stream]) != waits.end();
        };
        // Prefers a stream that it waits for anyway; else one where nothing runs that it does not
        // depend on. Actions without dependencies begin on the first stream, the caller's.
        const auto idle = [&](int stream) {
            return last[stream] < 0 || before_[action][last[stream]];
        };
        int stream = 0;
        while (stream < streams_ && !follows(stream)) ++stream;
        if (stream == streams_) {
            stream = 0;
            while (!waits.empty() && stream < streams_ && !idle(stream)) ++stream;
            if (stream == streams_) stream = action % streams_;
        }
        Turn& turn = turns_[action];
        turn.stream = stream;
        for (const int wait : waits) {
            const int other = turns_[wait].stream;
            if (other == stream || known[stream][other] >= wait) continue;
            turn.after.push_back(wait);
            turns_[wait].awaited = true;
            for (int l = 0; l < streams_; ++l)
                known[stream][l] = std::max(known[stream][l], knew[wait][l]);
            known[stream][other] = std::max(known[stream][other], wait);
        }
        last[stream] = action;
        knew[action] = known[stream];
    }
}

Schedule::Interval Schedule::interval(int action) const {
    Interval interval{action, action};
    if (streams_ == 1) return interval;
    const int count = static_cast<int>(turns_.size());
    for (int other = 0; other < count; ++other) {
        const bool ordered =
            other < action ? before_[action][other] : other > action && before_[other][action];
        if (ordered || other == action) continue;
        interval.first = std::min(interval.first, other);
        interval.last = std::max(interval.last, other);
    }
    return interval;
}

}  // namespace reverie
