// Frame buffers without a screen, and the error without a display.
#include "src/gl/context.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "src/gl/present.h"
#include "src/util/error.h"

namespace reverie {
namespace {

TEST(HeadlessContext, HasTheSizeThatWasAskedFor) {
    for (const Size size : {Size{1, 1}, Size{33, 17}, Size{641, 359}}) {
        const auto context = open_headless(size);
        EXPECT_EQ(context->size(), size);
        const Picture8 picture = context->read_back();
        EXPECT_EQ(picture.rgba.size(), static_cast<size_t>(size.width) * size.height * 4);
    }
}

TEST(HeadlessContext, TwoLiveSideBySide) {
    const auto first = open_headless({7, 5});
    const auto second = open_headless({9, 3});
    Presenter in_second;
    in_second.draw({}, {}, *second);
    first->bind();
    Presenter in_first;
    in_first.draw({}, {}, *first);
    const Picture8 picture = first->read_back();
    for (size_t i = 0; i < picture.rgba.size(); ++i)
        ASSERT_EQ(picture.rgba[i], i % 4 == 3 ? 255 : 0);
    EXPECT_EQ(second->read_back().size, (Size{9, 3}));
    EXPECT_NE(first->description(), "");
}

TEST(HeadlessContext, RefusesNothingness) {
    EXPECT_THROW(open_headless({0, 5}), Error);
    EXPECT_THROW(open_headless({5, -1}), Error);
}

TEST(WindowContext, WithoutADisplaySaysHowToRunWithoutOne) {
    unsetenv("DISPLAY");
    unsetenv("WAYLAND_DISPLAY");
    for (const auto& attempt : {+[] { open_window({}); }, +[] { list_monitors(); }}) {
        try {
            attempt();
            FAIL() << "there is no display";
        } catch (const Error& error) {
            const std::string what = error.what();
            EXPECT_NE(what.find("--headless"), std::string::npos) << what;
            EXPECT_EQ(what.find('\n'), std::string::npos) << what;
        }
    }
}

}  // namespace
}  // namespace reverie
