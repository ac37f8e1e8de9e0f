#include "src/control/fader_scale.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace reverie {
namespace {

const FaderSpec kSpecs[] = {{.low = 0, .high = 4, .initial = 1},
                            {.low = 0.1, .high = 10, .initial = 1},
                            {.low = -360, .high = 360, .initial = 0},
                            {.low = 0, .high = 200, .initial = 2, .integer = true},
                            {.low = 0, .high = 60, .initial = 0.8},
                            {.low = -1, .high = 1, .initial = 0}};

TEST(Fader, EndsAndDefaultsAreExact) {
    for (const FaderSpec& spec : kSpecs) {
        EXPECT_EQ(fader_value(spec, 0), spec.low);
        EXPECT_EQ(fader_value(spec, 1), spec.high);
        EXPECT_NEAR(fader_position(spec, spec.low), 0, 1e-12);
        EXPECT_NEAR(fader_position(spec, spec.high), 1, 1e-12);
        EXPECT_NEAR(fader_value(spec, fader_position(spec, spec.initial)), spec.initial, 1e-9);
    }
}

TEST(Fader, RisesEverywhereAndComesBack) {
    for (const FaderSpec& spec : kSpecs) {
        double last = spec.low;
        for (int i = 0; i <= 1000; ++i) {
            const double value = fader_value(spec, i / 1000.0);
            EXPECT_GE(value, last);
            last = value;
            const double again = fader_value(spec, fader_position(spec, value));
            EXPECT_NEAR(again, value, 0.011 * std::max(std::abs(value), spec.high / 1000));
        }
    }
}

TEST(Fader, NoDefaultIsSqueezedAgainstAnEnd) {
    for (const FaderSpec& spec : kSpecs) {
        if (spec.initial == spec.low) continue;
        const double place = fader_position(spec, spec.initial);
        EXPECT_GT(place, 0.2);
        EXPECT_LT(place, 0.8);
    }
}

}  // namespace
}  // namespace reverie
