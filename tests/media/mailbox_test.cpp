// The newest wins, each is taken once, and nothing is lost unnoticed.
#include "src/media/mailbox.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "src/media/frames/frame.h"

namespace reverie {
namespace {

TEST(Mailbox, TheNewestIsTakenOnce) {
    Mailbox<VideoFrame> mailbox;
    VideoFrame frame;
    EXPECT_FALSE(mailbox.take(frame));
    for (int i = 1; i <= 3; ++i) {
        VideoFrame next;
        next.pts = i;
        mailbox.put(next);
    }
    ASSERT_TRUE(mailbox.take(frame));
    EXPECT_EQ(frame.pts, 3);
    EXPECT_FALSE(mailbox.take(frame));
    EXPECT_EQ(frame.pts, 3);
    EXPECT_EQ(mailbox.dropped(), 2);
}

TEST(Mailbox, KeepsNoFrameAliveThatWasTakenOrReplaced) {
    Mailbox<VideoFrame> mailbox;
    std::weak_ptr<void> owners[3];
    for (auto& owner : owners) {
        VideoFrame frame = make_frame(planar_gbr(8), 7, 5);
        owner = frame.owner;
        mailbox.put(std::move(frame));
    }
    EXPECT_TRUE(owners[0].expired());
    EXPECT_TRUE(owners[1].expired());
    EXPECT_FALSE(owners[2].expired());
    {
        VideoFrame frame;
        ASSERT_TRUE(mailbox.take(frame));
        EXPECT_EQ(frame.owner.use_count(), 1);
    }
    EXPECT_TRUE(owners[2].expired());
}

/// One thread puts, the other takes: values that are taken grow and are intact, and their number
/// plus that of the dropped ones is the number of all.
TEST(Mailbox, TwoThreadsLoseNothingUnnoticed) {
    constexpr int kCount = 20000;
    Mailbox<VideoFrame> mailbox;
    std::atomic<bool> done{false};
    std::thread writer([&] {
        VideoFrame pool[4];
        for (VideoFrame& frame : pool) frame = make_frame(planar_gbr(8), 33, 17);
        for (int i = 1; i <= kCount; ++i) {
            VideoFrame frame = pool[i % 4].owner.use_count() == 1
                                   ? pool[i % 4]
                                   : make_frame(planar_gbr(8), 33, 17);
            std::atomic_thread_fence(std::memory_order_acquire);
            frame.planes.data[0][0] = frame.planes.data[2][32] = static_cast<uint8_t>(i);
            frame.pts = i;
            mailbox.put(std::move(frame));
        }
        done = true;
    });
    int64_t taken = 0;
    int64_t last = 0;
    for (VideoFrame frame; last < kCount;) {
        if (!mailbox.take_within(frame, std::chrono::seconds(1))) continue;
        ASSERT_GT(frame.pts, last);
        last = frame.pts;
        ASSERT_EQ(frame.planes.data[0][0], static_cast<uint8_t>(last));
        ASSERT_EQ(frame.planes.data[2][32], static_cast<uint8_t>(last));
        ++taken;
    }
    writer.join();
    EXPECT_TRUE(done);
    EXPECT_EQ(taken + mailbox.dropped(), kCount);
}

}  // namespace
}  // namespace reverie
