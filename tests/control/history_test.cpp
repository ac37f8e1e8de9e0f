// Undo and redo, against values kept by hand.
#include "src/control/history.h"

#include <gtest/gtest.h>

#include "src/util/error.h"

namespace reverie {
namespace {

Params with_strength(float strength) {
    Params params;
    params.strength = strength;
    return params;
}

TEST(History, StepsGoBackAndForth) {
    History history;
    EXPECT_FALSE(history.can_undo());
    EXPECT_FALSE(history.undo(Params()).has_value());
    for (int i = 0; i < 3; ++i) {
        history.begin(with_strength(static_cast<float>(i)), {"strength"});
        history.end(with_strength(static_cast<float>(i + 1)));
    }
    Params now = with_strength(3);
    for (int i = 2; i >= 0; --i) {
        now = history.undo(now).value().params;
        EXPECT_EQ(now.strength, static_cast<float>(i));
    }
    EXPECT_FALSE(history.undo(now).has_value());
    for (int i = 1; i <= 3; ++i) {
        now = history.redo(now).value().params;
        EXPECT_EQ(now.strength, static_cast<float>(i));
    }
    EXPECT_FALSE(history.redo(now).has_value());
}

TEST(History, UndoLeavesAloneWhatOthersChanged) {
    History history;
    Params now;
    history.begin(now, {"strength"});
    now.strength = 3;
    history.end(now);
    now.zoom = 2;  // a cross-fade, another hand
    const Params undone = history.undo(now).value().params;
    EXPECT_EQ(undone.strength, Params().strength);
    EXPECT_EQ(undone.zoom, 2);
    ASSERT_EQ(history.changed().size(), 1U);
    EXPECT_EQ(history.changed()[0], "strength");
}

TEST(History, AStepWithoutKeysIsOfAllThatChanged) {
    History history;
    Params now;
    history.begin(now);
    now.strength = 3;
    now.flow = false;
    now.objective = parse_objective("inception_3a");
    // Still open: undo ends it.
    EXPECT_TRUE(history.can_undo());
    EXPECT_EQ(history.undo(now).value().params, Params());
    EXPECT_EQ(history.redo(Params()).value().params, now);
}

TEST(History, WhatChangedNothingIsNoStep) {
    History history;
    history.begin(Params());
    history.end(Params());
    EXPECT_FALSE(history.can_undo());
}

TEST(History, ANewStepEndsRedo) {
    History history;
    history.begin(with_strength(0));
    history.end(with_strength(1));
    Params now = history.undo(with_strength(1)).value().params;
    EXPECT_TRUE(history.can_redo());
    history.begin(now);
    history.end(with_strength(2));
    EXPECT_FALSE(history.can_redo());
    EXPECT_EQ(history.undo(with_strength(2)).value().params.strength, 0);
}

TEST(History, AStepMayComeToChangeMore) {
    History history;
    Params now = with_strength(2);
    history.begin(now, {"strength"});
    history.extend({"zoom", "strength"});
    now.strength = 3;
    now.zoom = 1.5F;
    now.rotation = 7;
    history.end(now);
    const Params undone = history.undo(now).value().params;
    EXPECT_EQ(history.changed().size(), 2U);
    EXPECT_FALSE(history.changed_all());
    EXPECT_EQ(undone.strength, 2);
    EXPECT_EQ(undone.zoom, Params().zoom);
    EXPECT_EQ(undone.rotation, 7) << "another hand's";
}

TEST(History, ObjectivesAreMappedWithTheNetwork) {
    History history;
    Params a, b, c;
    a.objective = parse_objective("inception_3a");
    b.objective = parse_objective("inception_4c");
    c.objective = parse_objective("inception_5b");
    history.begin(a, {"objective"});
    history.end(b);
    history.begin(b, {"objective", "strength"});
    c.strength = 2;
    history.end(c);
    history.map_objectives([](const Objective& o) {
        if (o == parse_objective("inception_5b")) throw Error("nothing like it");
        return o == parse_objective("inception_3a") ? parse_objective("mixed")
                                                    : parse_objective("mixed_5");
    });
    Params now = c;
    now.objective = parse_objective("mixed_7");
    now = history.undo(now).value().params;
    EXPECT_EQ(now.strength, 1);
    EXPECT_EQ(to_text(now.objective), "mixed_7") << "what cannot be mapped stays";
    now = history.undo(now).value().params;
    EXPECT_EQ(to_text(now.objective), "mixed");
    now = history.redo(now).value().params;
    EXPECT_EQ(to_text(now.objective), "mixed_5");
}

TEST(History, OnlyTheLastStepsAreKept) {
    History history(3);
    for (int i = 0; i < 10; ++i) {
        history.begin(with_strength(static_cast<float>(i) / 4));
        history.end(with_strength(static_cast<float>(i + 1) / 4));
    }
    Params now = with_strength(2.5F);
    int steps = 0;
    while (const std::optional<Look> undone = history.undo(now)) {
        now = undone->params;
        ++steps;
    }
    EXPECT_EQ(steps, 3);
    EXPECT_EQ(now.strength, 1.75F);
}

}  // namespace
}  // namespace reverie
