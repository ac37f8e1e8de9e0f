// A system without free threads: the show goes on, says so, and dreams as soon as there are some.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <cerrno>

#include "tests/support/played_show.h"

namespace {
thread_local bool none_left = false;  // for the thread that asks
}

/// Replaces the system's function for the whole program.
extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                              void* (*run)(void*), void* of) {
    using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
    static const auto create = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
    return none_left ? EAGAIN : create(thread, attributes, run, of);
}

namespace reverie {
namespace {

class ThreadFailure : public test::PlayedShow {
  protected:
    ~ThreadFailure() override { none_left = false; }
};

TEST_F(ThreadFailure, AChangeOfNetworkWaitsForAThread) {
    ASSERT_TRUE(play_until([&] { return dreams() >= 1; }));
    show.use_network(REVERIE_ROOT "/weights/googlenet_half.safetensors");
    none_left = true;
    ASSERT_TRUE(play_until([&] { return show.coming_network().empty(); }));
    ASSERT_TRUE(play_until([&] { return !show.problem().empty(); }));
    EXPECT_NE(show.problem().find("no thread for the dream"), std::string::npos) << show.problem();
    const int before = pictures;
    ASSERT_TRUE(play_until([&] { return pictures >= before + 3; })) << "the picture goes on";
    none_left = false;
    const int64_t dreamed = dreams();
    ASSERT_TRUE(play_until([&] { return dreams() > dreamed; }));
    EXPECT_EQ(runtime.network->weights().path.stem(), "googlenet_half");
    EXPECT_EQ(show.problem(), "");
}

TEST_F(ThreadFailure, WhatIsAskedMeanwhileIsSaidAndAskedAgain) {
    ASSERT_TRUE(play_until([&] { return dreams() >= 1; }));
    DeskClient pad = show.desk().join("pad");
    none_left = true;
    pad.ask(request::UseNetwork{REVERIE_ROOT "/weights/googlenet_half.safetensors"});
    ASSERT_TRUE(play_until([&] { return !notes.empty(); }));
    EXPECT_EQ(show.coming_network(), "");
    none_left = false;
    pad.ask(request::UseNetwork{REVERIE_ROOT "/weights/googlenet_half.safetensors"});
    ASSERT_TRUE(play_until([&] { return said().find("dreams now") != std::string::npos; }));
}

}  // namespace
}  // namespace reverie
