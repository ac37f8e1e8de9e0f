#include "src/app/precedence.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace reverie {
namespace {

constexpr int kNiceness = 10;  // the picture's rate comes before the dreams'

/// At the policy's lowest priority. On Linux this is of the thread alone, as its niceness is, and
/// threads that it makes inherit both.
bool run_as(int policy) {
    sched_param param{};
    param.sched_priority = sched_get_priority_min(policy & ~SCHED_RESET_ON_FORK);
    return sched_setscheduler(0, policy, &param) == 0;
}

}  // namespace

bool come_first() { return run_as(SCHED_RR); }

void come_first_alone() {
    if (sched_getscheduler(0) == SCHED_RR) run_as(SCHED_RR | SCHED_RESET_ON_FORK);
}

void give_way_to_the_show() {
    const int policy = sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
    if (policy == SCHED_RR || policy == SCHED_FIFO) run_as(SCHED_OTHER);
    const auto thread = static_cast<id_t>(gettid());
    setpriority(PRIO_PROCESS, thread, std::max(kNiceness, getpriority(PRIO_PROCESS, thread)));
}

}  // namespace reverie
