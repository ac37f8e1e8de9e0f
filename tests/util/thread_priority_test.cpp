// What the show reports about its threads, against what the system says.
#include "src/util/thread_priority.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>
#include <utility>

#include "kernels/device.h"

namespace reverie {
namespace {

int policy() { return sched_getscheduler(0) & ~SCHED_RESET_ON_FORK; }

int niceness() { return getpriority(PRIO_PROCESS, static_cast<id_t>(gettid())); }

int count_threads(int of_policy) {
    int count = 0;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        const int id = std::stoi(task.path().filename());
        count += (sched_getscheduler(id) & ~SCHED_RESET_ON_FORK) == of_policy ? 1 : 0;
    }
    return count;
}

/// The result of `question` in a new thread of the calling one.
template <class F>
auto in_a_thread(F question) {
    decltype(question()) answer{};
    std::thread([&] { answer = question(); }).join();
    return answer;
}

/// Whether the system allows real-time priority, asked of it by another policy.
bool allowed() {
    return in_a_thread([] {
        sched_param param{};
        param.sched_priority = 1;
        return sched_setscheduler(0, SCHED_FIFO, &param) == 0;
    });
}

TEST(Precedence, IsInheritedUntilItIsTheThreadsAlone) {
    struct Seen {
        bool first;
        int mine, childs, mine_alone, childs_then;
        bool operator==(const Seen&) const = default;
    };
    const auto seen = in_a_thread([] {
        Seen s{};
        s.first = come_first();
        s.mine = policy();
        s.childs = in_a_thread(policy);
        come_first_alone();
        s.mine_alone = policy();
        s.childs_then = in_a_thread(policy);
        return s;
    });
    const int first = allowed() ? SCHED_RR : SCHED_OTHER;
    EXPECT_EQ(seen, (Seen{allowed(), first, first, first, SCHED_OTHER}));
}

TEST(Precedence, IsOfLoopsThreadsToo) {
    const auto device = open_device({"cpu", 2});
    // For the whole process, because nobody else has asked for it.
    const auto come_first_with_threads = [&](bool alone) {
        return in_a_thread([&] {
            come_first();
            if (alone) come_first_alone();
            device->limit_threads(3);
            device->make_threads();
            return count_threads(SCHED_RR);
        });
    };
    const int many = allowed() ? 1 : 0;
    EXPECT_EQ(come_first_with_threads(false), 3 * many);
    // The loops' threads end some time after the thread that they belonged to.
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (count_threads(SCHED_RR) > 0 && std::chrono::steady_clock::now() < end)
        std::this_thread::yield();
    EXPECT_EQ(come_first_with_threads(true), many);
}

TEST(Precedence, DreamsGiveWayWithTheirThreads) {
    const auto [mine, childs] = in_a_thread([] {
        give_way_to_the_show();
        return std::pair(niceness(), in_a_thread(niceness));
    });
    EXPECT_EQ(mine, allowed() ? niceness() : std::max(3, niceness()));
    EXPECT_EQ(in_a_thread([] {
                  come_first();
                  return in_a_thread([] {
                      give_way_to_the_show();
                      return policy();
                  });
              }),
              SCHED_OTHER);
    EXPECT_EQ(childs, mine);
}

}  // namespace
}  // namespace reverie
