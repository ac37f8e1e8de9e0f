// The queue, with a shell in the program's place: what becomes of jobs and of those after them.
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "src/render/queue/job_queue.h"
#include "src/render/queue/queue_runner.h"
#include "src/util/error.h"

namespace reverie::queue_test {
namespace {

namespace fs = std::filesystem;

class QueueTest : public testing::Test {
  protected:
    QueueTest() : folder_(fs::temp_directory_path() / ("queue_" + std::to_string(::getpid()))) {
        fs::create_directories(folder_);
    }
    ~QueueTest() override { fs::remove_all(folder_); }

    int add(const std::string& script) { return queue_.add({"-c", script}, folder_); }
    QueueOutcome run() {
        const QueueLock lock(queue_);
        QueueRun run;
        run.program = "/bin/sh";
        run.stop = &stop_;
        run.heard = [this](const QueueJob& job, const std::string& line) {
            heard_ += std::to_string(job.number) + line + '\n';
            if (line == "stop") stop_ = true;
        };
        return run_queue(queue_, lock, run);
    }
    std::string text_of(const std::string& name) const {
        std::ifstream file(folder_ / name);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    fs::path folder_;
    JobQueue queue_{folder_ / "queue"};
    std::atomic<bool> stop_ = false;
    std::string heard_;
};

TEST_F(QueueTest, TheNextBeginsAfterAFailure) {
    EXPECT_EQ(add("echo one >> order; echo said >&2"), 1);
    EXPECT_EQ(add("echo two >> order; echo 'half'; printf 'why\\rit failed'; exit 3"), 2);
    EXPECT_EQ(add("echo three >> order; kill -9 $$"), 3);
    EXPECT_EQ(queue_.add({"-c", "true"}, folder_ / "gone"), 4);
    EXPECT_EQ(add("echo five >> order"), 5);
    const QueueOutcome outcome = run();
    EXPECT_EQ(text_of("order"), "one\ntwo\nthree\nfive\n");
    EXPECT_EQ(outcome.done, 2);
    EXPECT_EQ(outcome.failed, 3);
    EXPECT_FALSE(outcome.stopped);
    EXPECT_NE(outcome.summary.find("5 jobs: 2 done, 3 failed (number 2, 3, 4), in 0:"),
              std::string::npos)
        << outcome.summary;
    EXPECT_EQ(heard_.substr(0, heard_.find('4')), "1said\n2half\n2why\n2it failed\n");
    const std::vector<QueueJob> jobs = queue_.jobs();
    ASSERT_EQ(jobs.size(), 5U);
    EXPECT_EQ(jobs[1].said, "it failed");
    EXPECT_EQ(jobs[1].exit_code, 3);
    EXPECT_EQ(jobs[2].exit_code, 128 + 9);
    EXPECT_NE(jobs[3].said.find("gone"), std::string::npos) << jobs[3].said;
    EXPECT_EQ(run().done, 0);  // nothing is done twice
    EXPECT_EQ(text_of("order"), "one\ntwo\nthree\nfive\n");
}

TEST_F(QueueTest, SurvivesItsRunner) {
    const std::string odd = "printf %s 'a \"b\"\t$c \xc3\xa9' > odd";
    add(odd);
    add("true");
    QueueJob begun = queue_.jobs()[0];
    begun.state = JobState::running;  // as if the machine had gone down
    begun.attempts = 1;
    queue_.keep(begun);
    std::ofstream(queue_.folder() / "000002.json") << "{\"format\": 1, \"command\": [\"re";
    const JobQueue again(folder_ / "queue");
    EXPECT_EQ(again.jobs()[0].command[1], odd);
    EXPECT_EQ(again.jobs()[1].state, JobState::failed);
    EXPECT_NE(again.jobs()[1].said.find("000002.json cannot be read"), std::string::npos);
    EXPECT_EQ(run().done, 1);
    EXPECT_EQ(text_of("odd"), "a \"b\"\t$c \xc3\xa9");
    EXPECT_EQ(again.jobs()[0].attempts, 2);
    EXPECT_TRUE(again.remove(2));
    EXPECT_FALSE(again.remove(2));
    EXPECT_EQ(add("true"), 3);  // a number is given once
}

TEST_F(QueueTest, StopsByHandAndGoesOn) {
    add("trap 'exit 130' TERM; echo stop >&2; while :; do sleep 0.01; done");
    add("echo second > second");
    const QueueOutcome outcome = run();
    EXPECT_TRUE(outcome.stopped);
    EXPECT_EQ(outcome.done + outcome.failed, 0);
    EXPECT_EQ(queue_.jobs()[0].state, JobState::stopped);
    EXPECT_EQ(text_of("second"), "");
    ASSERT_TRUE(queue_.next().has_value());
    EXPECT_EQ(queue_.next()->number, 1);
    queue_.remove(1);
    stop_ = false;
    EXPECT_EQ(run().done, 1);
    EXPECT_EQ(text_of("second"), "second\n");
}

TEST_F(QueueTest, OneRunsIt) {
    add("true");
    EXPECT_FALSE(QueueLock::held(queue_));
    {
        const QueueLock lock(queue_);
        EXPECT_TRUE(QueueLock::held(queue_));
        EXPECT_THROW(QueueLock second(queue_), Error);
    }
    EXPECT_FALSE(QueueLock::held(queue_));
    std::vector<std::thread> adders;
    adders.reserve(4);
    for (int i = 0; i < 4; ++i) {
        adders.emplace_back([this] {
            for (int j = 0; j < 5; ++j) add("true");
        });
    }
    for (std::thread& adder : adders) adder.join();
    EXPECT_EQ(queue_.jobs().size(), 21U);
    EXPECT_EQ(queue_.jobs().back().number, 21);
    EXPECT_THROW(JobQueue("").add({"still"}, folder_), Error);
}

}  // namespace
}  // namespace reverie::queue_test
