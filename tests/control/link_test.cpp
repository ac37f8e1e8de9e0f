// A session of Ableton Link: what the tempo takes from it, and two peers of the library itself.
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "src/control/link/link_session.h"
#include "src/util/error.h"

namespace reverie {
namespace {

/// In place of the module.
struct PlayedLink {
    static inline LinkMoment moment;
    static inline double given_bpm = 0;
    static constexpr LinkTable kTable{
        kLinkVersion,
        [](double bpm, void (*)(void*), void*, const char** why) -> void* {
            *why = "no socket";
            given_bpm = bpm;
            return bpm > 0 ? &given_bpm : nullptr;
        },
        [](void*) { return moment; },
        [](void*, double bpm) { given_bpm = bpm; },
        [](void*) {},
    };
};

TEST(LinkSession, LeadsWhereOthersPlayAndTakesOverTheTempoWhereNobodyDoes) {
    LinkSession session(PlayedLink::kTable);
    EXPECT_EQ(PlayedLink::given_bpm, LinkSession::kBpm);
    TempoClock clock;
    PlayedLink::moment = {120, 3, 0};
    session.tell(clock, 1);
    EXPECT_EQ(clock.bpm(), 0) << "alone, it knows nothing";
    clock.set_bpm(97, 2);
    session.tell(clock, 2);
    EXPECT_EQ(PlayedLink::given_bpm, 97);
    PlayedLink::moment = {132, 6.5, 1};
    session.tell(clock, 3);
    EXPECT_EQ(clock.source(), TempoSource::link);
    EXPECT_EQ(clock.bpm(), 132);
    EXPECT_NEAR(*clock.beat_at(4), 6.5 + 132 / 60.0, 1e-9);
    EXPECT_EQ(PlayedLink::given_bpm, 97) << "others' tempo is theirs";
    clock.tap(3.2);
    clock.tap(3.9);
    EXPECT_EQ(clock.bpm(), 132) << "a hand does not beat a machine";
    PlayedLink::moment.peers = 0;  // they leave, and after a while a tap counts
    session.tell(clock, 4);
    for (int i = 0; i < 4; ++i) clock.tap(10 + i * 0.5);
    EXPECT_NEAR(clock.bpm(), 120, 1e-6);
    EXPECT_THROW(LinkSession(PlayedLink::kTable, 0), Error);
}

struct Change {
    std::mutex mutex;
    std::condition_variable happened;
    static void tell(void* context) {
        auto& self = *static_cast<Change*>(context);
        const std::lock_guard lock(self.mutex);
        self.happened.notify_all();
    }
    /// False after ten seconds.
    bool comes(const std::function<bool()>& holds) {
        std::unique_lock lock(mutex);
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!holds()) {
            if (std::chrono::steady_clock::now() > until) return false;
            happened.wait_for(lock, std::chrono::milliseconds(50));
        }
        return true;
    }
};

TEST(LinkSession, TwoPeersOfTheLibraryShareTempoAndBar) {
    std::string why;
    const LinkTable* table = load_link(why);
    if (table == nullptr) GTEST_SKIP() << why;
    Change change;
    LinkSession one(*table, 137, Change::tell, &change), other(*table, 93, Change::tell, &change);
    const auto meet = [&] { return one.now().peers > 0 && other.now().peers > 0; };
    if (!change.comes(meet)) GTEST_SKIP() << "this system's network lets nobody be found";
    // A beat is whole microseconds there.
    ASSERT_TRUE(change.comes([&] { return std::abs(one.now().bpm - other.now().bpm) < 0.01; }))
        << one.now().bpm << ", " << other.now().bpm;
    // Whatever both count from, their beats are the same ones.
    const auto apart = [&] {
        const double first = one.now().beat, second = other.now().beat, again = one.now().beat;
        return std::remainder(second - (first + again) / 2, 4.0);
    };
    EXPECT_TRUE(change.comes([&] { return std::abs(apart()) < 0.02; })) << apart();
    TempoClock clock;
    other.tell(clock, 0);
    EXPECT_EQ(clock.source(), TempoSource::link);
    EXPECT_NEAR(clock.bpm(), one.now().bpm, 0.01);
}

}  // namespace
}  // namespace reverie
