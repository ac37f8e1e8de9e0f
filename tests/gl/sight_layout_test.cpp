// The view of what the network sees: all is inside, nothing covers anything, pictures keep their
// shape.
#include "src/gl/sight_layout.h"

#include <gtest/gtest.h>

#include "src/gl/present.h"

namespace reverie::sight_layout_test {
namespace {

bool inside(const Area& part, const Area& whole) { return common(part, whole) == part; }

TEST(SightLayout, HasRoomForAll) {
    for (const Size window :
         {Size{1280, 720}, {3840, 2160}, {768, 676}, {721, 1283}, {2001, 400}}) {
        for (const Size picture : {Size{640, 360}, {480, 640}, {333, 331}}) {
            const Area area{17, 5, window.width, window.height};
            const SightLayout layout = sight_layout(area, picture, kSightPlaces);
            std::vector<Area> all;
            for (const SightRow& row : layout.rows) {
                Area titled = row.picture;
                titled.y -= layout.title;
                titled.height += layout.title;
                all.push_back(titled);
                EXPECT_NEAR(1.0 * row.picture.width / row.picture.height,
                            1.0 * picture.width / picture.height, 0.05);
                ASSERT_EQ(row.places.size(), kSightPlaces);
                for (Area place : row.places) {
                    EXPECT_EQ(place.width, place.height);
                    EXPECT_GT(place.width, std::min(window.width, window.height) / 16);
                    place.height += layout.word;
                    all.push_back(place);
                }
            }
            for (size_t i = 0; i < all.size(); ++i) {
                EXPECT_TRUE(inside(all[i], area)) << window.width << " " << i;
                for (size_t j = 0; j < i; ++j)
                    EXPECT_TRUE(common(all[i], all[j]).empty())
                        << window.width << "x" << window.height << ": " << i << ", " << j;
            }
        }
    }
}

TEST(SightLayout, IsEmptyWhereThereIsNoRoom) {
    const SightLayout layout = sight_layout({0, 0, 7, 5}, {640, 360}, kSightPlaces);
    for (const SightRow& row : layout.rows) {
        EXPECT_GE(row.picture.width, 0);
        for (const Area& place : row.places) EXPECT_GE(place.width, 0);
    }
}

TEST(ViewModes, AreFoundByTheirNames) {
    for (int i = 0; i < kViewModes; ++i) {
        const auto mode = static_cast<ViewMode>(i);
        EXPECT_EQ(find_view_mode(name_of(mode)), mode);
    }
    EXPECT_EQ(find_view_mode("moon"), std::nullopt);
}

}  // namespace
}  // namespace reverie::sight_layout_test
