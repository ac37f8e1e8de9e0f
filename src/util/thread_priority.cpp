#include "src/util/thread_priority.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <future>
#include <system_error>

namespace reverie {
namespace {

// Of dreams, where the show itself has nothing but its niceness before them: half as much as others
// get. (At 10, a tenth, a busy browser left no dream at all.)
constexpr int kNiceness = 3;
// How long a thread runs before another one's turn. The threads of a step wait for each other some
// hundred times; each time, one that wakes takes its turn at once from a program with longer ones,
// where it would else wait for that to end.
constexpr uint64_t kSliceNs = 100'000;

/// At the policy's lowest priority. On Linux this is of the thread alone, as its niceness is, and
/// threads that it makes inherit both.
bool run_as(int policy) {
    sched_param param{};
    param.sched_priority = sched_get_priority_min(policy & ~SCHED_RESET_ON_FORK);
    return sched_setscheduler(0, policy, &param) == 0;
}

/// As the kernel has it (sched_setattr(2)): its own header does not go together with the C
/// library's.
struct SchedulingAttributes {
    uint32_t size = sizeof(SchedulingAttributes), policy = 0;
    uint64_t flags = 0;
    int32_t niceness = 0;
    uint32_t priority = 0;
    uint64_t slice_ns = 0, deadline_ns = 0, period_ns = 0;
};

/// The calling thread, and those that it makes, in many short turns; its share is the same. Linux
/// 6.12 and newer heed it, older ones let a thread that wakes run soon in any case.
void take_short_turns() {
    SchedulingAttributes attributes;
    if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return;
    if (attributes.policy != SCHED_OTHER) return;
    attributes.slice_ns = kSliceNs;
    syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace

bool come_first() {
    if (run_as(SCHED_RR)) return true;
    take_short_turns();
    return false;
}

void come_first_alone() {
    if (sched_getscheduler(0) == SCHED_RR) run_as(SCHED_RR | SCHED_RESET_ON_FORK);
}

namespace {

/// Tried by a thread that ends at once; where the system has none for it, it may not.
bool may_come_first() {
    try {
        return std::async(std::launch::async, come_first).get();
    } catch (const std::system_error&) {
        return false;
    }
}

}  // namespace

void give_way_to_the_show() {
    const int policy = sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
    if (policy == SCHED_RR || policy == SCHED_FIFO) run_as(SCHED_OTHER);
    // A show that comes first needs no more help.
    const bool first = may_come_first();
    const auto thread = static_cast<id_t>(gettid());
    const int niceness = getpriority(PRIO_PROCESS, thread);
    if (!first) setpriority(PRIO_PROCESS, thread, std::max(kNiceness, niceness));
    take_short_turns();
}

}  // namespace reverie
