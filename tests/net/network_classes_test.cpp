// Classes as terms: the gradient of a logit, as terms over the channels that the classifier sees,
// beside plain loops through the classifier itself; and what classes are called.
#include "tests/net/network_pair.h"

namespace reverie::network_classes_test {
namespace {

using namespace network_test;

TEST(NetworkClasses, ALogitsGradientIsThatThroughTheClassifier) {
    Graph graph = make_googlenet({}, GoogLeNetVariant::half);
    graph.nodes.back().channels = 7;
    Pair pair(graph, {{"architecture", "googlenet_half"}}, DType::f32, ConvKind::exact);
    Network& network = pair.network();
    ASSERT_EQ(network.classes(), 7);
    const int classifier = static_cast<int>(graph.nodes.size()) - 1;
    for (const auto& [width, height] : {std::pair{33, 17}, std::pair{97, 65}}) {
        const Array rgb = random_picture(width, height, 5);
        pair.look_at(rgb);
        for (const int number : {0, 3, 6}) {
            const std::vector<Tap> taps = network.class_taps(number, -1.5F);
            ExecutionPlan& plan = network.plan(width, height, taps);
            plan.set_taps(pair.stream(), taps);
            const std::vector<Tap> logit{{.node = classifier, .channel = number, .weight = -1.5F}};
            EXPECT_LE(
                relative_l2(pair.gradient(plan, rgb).values, pair.naive_gradient(logit).values),
                1e-5)
                << width << " " << number;
        }
    }
    EXPECT_THROW(network.class_taps(7, 1), Error);
    EXPECT_THROW(network.class_taps(-1, 1), Error);
}

TEST(NetworkClasses, WeightsThatEndBeforeHaveNone) {
    Pair pair(shallow_googlenet(), kGoogleNetPlain, DType::f32, ConvKind::exact);
    EXPECT_EQ(pair.network().classes(), 0);
    EXPECT_THROW(pair.network().class_taps(0, 1), Error);
}

TEST(ClassLabels, AreFoundByEachOfTheirNames) {
    const ClassLabels labels(
        "n00000001 blue tit, Parus caeruleus\r\n  Grey-Owl\n\ncrane\nn0000002 is no number\ncrane, "
        "derrick\n\n\n");
    ASSERT_EQ(labels.size(), 6U);
    EXPECT_EQ(labels.label(0), "blue tit, Parus caeruleus");
    EXPECT_EQ(labels.label(1), "Grey-Owl");
    EXPECT_EQ(labels.label(2), "");
    EXPECT_EQ(labels.label(4), "n0000002 is no number");
    EXPECT_EQ(labels.label(6), "");
    const struct {
        const char* name;
        std::vector<int> classes;
    } cases[] = {{"blue tit", {0}}, {"BLUE_TIT", {0}}, {"parus caeruleus", {0}}, {"tit", {}},
                 {"grey owl", {1}}, {"crane", {3, 5}}, {"crane derrick", {5}},   {"derrick", {5}},
                 {"", {}},          {"-", {}},         {"n00000001", {}}};
    for (const auto& c : cases) EXPECT_EQ(labels.find(c.name), c.classes) << c.name;
    const char* const names[] = {"blue_tit", "grey_owl", "#2", "#3", "n0000002_is_no_number",
                                 "derrick",  "#6"};
    for (int i = 0; i < 7; ++i) EXPECT_EQ(labels.name(i), names[i]);
    EXPECT_EQ(labels.with_words("tit"), std::vector<int>{0});
    EXPECT_EQ(labels.with_words("it"), std::vector<int>{});
    EXPECT_EQ(labels.with_words("owl"), std::vector<int>{1});
    EXPECT_EQ(labels.names(),
              (std::vector<std::string>{"blue_tit", "crane", "derrick", "grey_owl",
                                        "n0000002_is_no_number", "parus_caeruleus"}));
    EXPECT_TRUE(ClassLabels("\n\n").empty());
}

}  // namespace
}  // namespace reverie::network_classes_test
