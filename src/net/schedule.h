// Decides which actions of a plan may run in parallel. An inception module's branches do not depend
// on each other, and one of their convolutions alone does not fill a GPU: each branch is queued on
// a stream of its own, and streams wait for each other only where one reads data that another
// writes.
#pragma once

#include <limits>
#include <vector>

namespace reverie {

/// How an action uses memory: it reads or writes some channels of a block.
struct Use {
    int block = 0;  ///< as numbered by MemoryPlanner
    bool write = false;
    int first_channel = 0;
    int channels = std::numeric_limits<int>::max();  ///< all of them
};

/// The order and stream of a list of actions. Actions that touch the same channels, one of them
/// writing, keep the list's order; others may run at the same time.
class Schedule {
  public:
    struct Turn {
        int stream = 0;          ///< its actions run in the list's order
        std::vector<int> after;  ///< actions of other streams to wait for
        bool awaited = false;    ///< whether actions of other streams wait for it
    };

    Schedule() = default;
    /// `uses`: by action. With one stream all actions run in sequence.
    Schedule(const std::vector<std::vector<Use>>& uses, int streams);

    const Turn& turn(int action) const { return turns_[action]; }
    int streams() const { return streams_; }
    /// The first and the last action of the list that may run at the same time as this one, itself
    /// included: memory used by actions whose intervals do not overlap is never in use at the same
    /// time.
    struct Interval {
        int first, last;
    };
    Interval interval(int action) const;

  private:
    void find_ancestors(const std::vector<std::vector<Use>>& uses);
    void choose_streams();
    std::vector<int> parents(int action) const;

    int streams_ = 1;
    std::vector<std::vector<bool>> before_;  ///< [a][b]: b is always done when a begins; of streams
    std::vector<Turn> turns_;
};

}  // namespace reverie
