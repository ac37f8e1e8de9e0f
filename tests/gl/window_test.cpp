// A window on a real display (Xvfb): it opens, draws, goes full-screen and back, and shares
// textures with a second one.
#include <gtest/gtest.h>

#include "src/gl/context.h"
#include "src/gl/present.h"
#include "src/util/error.h"

namespace reverie {
namespace {

WindowOptions small(Size size, Context* shared = nullptr) {
    WindowOptions options;
    options.size = size;
    options.vsync = false;
    options.shared = shared;
    return options;
}

TEST(Window, MonitorsAreListed) {
    const std::vector<MonitorInfo> monitors = list_monitors();
    ASSERT_EQ(monitors.size(), 1U);
    EXPECT_EQ(monitors[0].number, 1);
    EXPECT_EQ(monitors[0].size, (Size{800, 600}));
}

TEST(Window, OpensDrawsAndGoesFullScreenAndBack) {
    const auto window = open_window(small({301, 203}));
    EXPECT_EQ(window->size(), (Size{301, 203}));
    EXPECT_FALSE(window->fullscreen());
    Presenter presenter;
    const std::vector<uint8_t> white(4, 255);
    StreamedTexture texture;
    texture.upload_bgra8({1, 1}, white.data(), 4);
    ViewSettings fill;
    fill.fill = true;
    presenter.draw({.dream = &texture.texture()}, fill, *window);
    const Picture8 picture = window->read_back();
    for (const uint8_t value : picture.rgba) ASSERT_EQ(value, 255);
    window->present();

    EXPECT_TRUE(window->set_fullscreen(true, 1));
    window->poll();
    EXPECT_TRUE(window->fullscreen());
    EXPECT_EQ(window->size(), (Size{800, 600}));
    // A monitor that has been unplugged.
    EXPECT_TRUE(window->set_fullscreen(true, 7));
    EXPECT_TRUE(window->set_fullscreen(false));
    window->poll();
    EXPECT_FALSE(window->fullscreen());
    EXPECT_EQ(window->size(), (Size{301, 203}));
    EXPECT_FALSE(window->closed());
}

TEST(Window, ASecondOneShowsTheTexturesOfTheFirst) {
    const auto first = open_window(small({64, 48}));
    const std::vector<uint8_t> red{0, 0, 255, 255};
    StreamedTexture texture;
    texture.upload_bgra8({1, 1}, red.data(), 4);
    const auto second = open_window(small({33, 17}, first.get()));
    Presenter presenter;
    ViewSettings fill;
    fill.fill = true;
    presenter.draw({.dream = &texture.texture()}, fill, *second);
    const Picture8 picture = second->read_back();
    for (size_t i = 0; i < picture.rgba.size(); ++i)
        ASSERT_EQ(picture.rgba[i], i % 4 % 3 == 0 ? 255 : 0);
    first->make_current();
}

TEST(Window, AMonitorThatIsNotThereIsSaid) {
    try {
        WindowOptions options;
        options.monitor = 9;
        open_window(options);
        FAIL();
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("monitor 9"), std::string::npos) << error.what();
    }
}

}  // namespace
}  // namespace reverie
