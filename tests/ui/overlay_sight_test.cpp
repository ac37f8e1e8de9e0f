// The panel Sight and the atlas's pictures: what a click asks for, and which part of a sheet is whose.
#include <gtest/gtest.h>

#include <stdexcept>

#include "src/ui/atlas_tiles.h"
#include "tests/support/overlay_rig.h"

namespace reverie::test::overlay_sight_test {
namespace {

constexpr Size kWindow{1280, 720};

ChannelPicture channel(int number) {
    return {"inception_4c", number, "eyes", {}, {"inception_4c", number}, false};
}

void open_sight(OverlayRig& rig) {
    rig.model.sight.named = true;
    rig.model.sight.layers = {"4b", "4c"};
    for (int i = 0; i < 40; ++i) rig.model.sight.field.push_back(channel(i));
    rig.model.sight.seen[1] = {{"eyes", 1, 0.5F, 0.5F, channel(17)}};
    rig.overlay.open(Panel::sight);
    rig.frame();
    rig.clear();
}

TEST(OverlaySight, AClickDreamsAChannelAndAnotherTakesItAway) {
    OverlayRig rig(kWindow);
    open_sight(rig);
    for (const char* name : {"field/inception_4c:9", "sight/1/0"}) {
        const int number = name[0] == 'f' ? 9 : 17;
        rig.click(name);
        EXPECT_EQ(rig.desk.mixer().at("inception_4c", number).weight, 1) << name;
        rig.click(name);
        const std::vector<int> played = rig.desk.mixer().channels_of("inception_4c");
        EXPECT_EQ(std::count(played.begin(), played.end(), number), 0) << name;
    }
}

TEST(OverlaySight, ACornerStars) {
    OverlayRig rig(kWindow);
    open_sight(rig);
    rig.point_at("field/inception_4c:3");
    rig.frame();
    rig.click("star/inception_4c:3");
    EXPECT_EQ(rig.desk.stars(), (Stars{{"inception_4c", 3}}));
    EXPECT_TRUE(rig.desk.mixer().channels_of("inception_4c").empty()) << "it is not dreamed";
}

TEST(OverlaySight, ChoosesStarsALayerOrAWord) {
    OverlayRig rig(kWindow);
    open_sight(rig);
    rig.click("sight/layer/4c");
    rig.frame();
    EXPECT_EQ(rig.model.sight.shown, (action::ShowChannels{"4c", ""}));
    rig.click("sight/search");
    rig.type("Dog");
    rig.frame();
    EXPECT_EQ(rig.model.sight.shown, (action::ShowChannels{"", "dog"}));
    rig.click("sight/stars");
    rig.frame();
    EXPECT_EQ(rig.model.sight.shown, action::ShowChannels());
}

TEST(OverlaySight, AClickDreamsAClass) {
    OverlayRig rig(kWindow);
    open_sight(rig);
    rig.model.sight.labelled = true;
    rig.model.sight.field.clear();
    rig.model.sight.classes = {{"class:#7", "terrier"},
                               {"class:goldfish", "goldfish, Carassius auratus"}};
    rig.click("field/class:goldfish");
    EXPECT_EQ(rig.desk.mixer().at("class:goldfish").weight, 1);
    rig.click("field/class:goldfish");
    EXPECT_EQ(rig.desk.mixer().at("class:goldfish").weight, 0);
}

TEST(OverlaySight, IsAViewOnAKey) {
    OverlayRig rig(kWindow);
    rig.key(Key::v);
    EXPECT_EQ(rig.model.view.mode, ViewMode::sight);
    rig.key(Key::v);
    EXPECT_EQ(rig.model.view.mode, ViewMode::dream);
    rig.key(Key::c);
    EXPECT_TRUE(rig.overlay.shows(Panel::sight));
}

TEST(AtlasTiles, AreThePartsOfASheetByNumber) {
    OverlayRig rig(kWindow);
    AtlasTiles tiles([](const std::filesystem::path& weights, const std::string& layer) {
        if (layer == "damaged") throw std::runtime_error("damaged: no picture");
        AtlasSheet sheet;
        if (layer == "none") return sheet;
        sheet.size = {7 * 32, 7 * 3};
        sheet.tile = weights == "a" ? 7 : 0;
        sheet.bgra.assign(static_cast<size_t>(sheet.size.width) * sheet.size.height, 0xFF336699U);
        return sheet;
    });
    std::string said;
    const auto find = [&](const char* layer, int tile, int tries) {
        TilePicture picture = tiles.find(layer, tile);
        for (int i = 0; i < tries && picture.texture == 0; ++i) {
            said += tiles.take().value_or("");
            picture = tiles.find(layer, tile);
        }
        return picture;
    };
    tiles.use("a");
    TilePicture picture;
    while (picture.texture == 0) picture = find("whole", 69, 1);
    EXPECT_FLOAT_EQ(picture.left, (5 * 7 + 0.5F) / 224);
    EXPECT_FLOAT_EQ(picture.right, (6 * 7 - 0.5F) / 224);
    EXPECT_FLOAT_EQ(picture.top, (2 * 7 + 0.5F) / 21);
    EXPECT_FLOAT_EQ(picture.bottom, (3 * 7 - 0.5F) / 21);
    EXPECT_EQ(find("whole", 96, 1).texture, 0U) << "beyond the sheet";
    EXPECT_EQ(find("whole", -1, 1).texture, 0U);
    while (said.empty()) EXPECT_EQ(find("damaged", 1, 1).texture, 0U);
    EXPECT_EQ(said, "damaged: no picture");
    EXPECT_EQ(find("none", 1, 100).texture, 0U);
    tiles.use("b");
    EXPECT_EQ(find("whole", 69, 100).texture, 0U) << "another network's";
}

}  // namespace
}  // namespace reverie::test::overlay_sight_test
