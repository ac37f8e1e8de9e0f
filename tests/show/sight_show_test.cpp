// A show that moves with its picture: what is seen of it reaches what is shown.
#include <gtest/gtest.h>

#include <algorithm>

#include "src/control/modulation_file.h"
#include "src/control/toml_params.h"
#include "tests/support/played_show.h"

namespace reverie {
namespace {

class SightShow : public test::PlayedShow {
  protected:
    /// Plays on with these sources, each of which moves chroma.
    void move_with(const std::string& sources) {
        std::string text;
        for (size_t at = 0; at < sources.size();) {
            const size_t end = std::min(sources.find(' ', at), sources.size());
            text += "[[modulation]]\ntarget = \"chroma\"\nsource = \"" +
                    sources.substr(at, end - at) + "\"\n";
            at = end + 1;
        }
        show.desk().resume(show.desk().params(), "",
                           read_modulation(parse_toml(text, "m.toml"), "m.toml"));
    }
};

TEST_F(SightShow, MotionAndLayersAreSeen) {
    move_with("motion activation:3a activation:4c:17");
    // Each at its most, once: the strongest of late is 1.
    float motion = 0, least = 1, most = 0;
    ASSERT_TRUE(play_until([&] {
        const Seen& seen = show.what_is_seen();
        motion = std::max(motion, seen.motion);
        if (seen.layers.size() == 2) {
            least = std::min(least, seen.layers[0].second);
            most = std::max(most, seen.layers[0].second);
        }
        return motion == 1 && least == 0 && most > 0;
    }));
    EXPECT_EQ(show.what_is_seen().presence, 0) << "nobody has asked";
    EXPECT_TRUE(notes.empty()) << said();
}

TEST_F(SightShow, WhatIsNotThereStandsAndIsSaid) {
    move_with("motion activation:7z theremin");
    ASSERT_TRUE(play_pictures(2));
    EXPECT_NE(said().find("activation:7z, theremin"), std::string::npos) << said();
    EXPECT_EQ(show.desk().modulation().routes.size(), 3U) << "kept";
    show.desk().perform(request::SetParam{"flow", 0});
    ASSERT_TRUE(play_pictures(2));
    EXPECT_NE(show.notices().reported("modulation").find("while flow is off"), std::string::npos);
    EXPECT_EQ(show.what_is_seen().motion, 0);
}

TEST_F(SightShow, AnInstallationKnowsWhoIsThere) {
    move_with("presence");
    show.set_somebody(true);
    ASSERT_TRUE(play_pictures(2));
    EXPECT_EQ(show.what_is_seen().presence, 1);
    show.set_somebody(false);
    ASSERT_TRUE(play_pictures(2));
    EXPECT_EQ(show.what_is_seen().presence, 0);
}

}  // namespace
}  // namespace reverie
