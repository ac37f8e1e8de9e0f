// Lists that take long to fill are filled in the background of the show.
#include "src/ui/choice_lists.h"

#include <gtest/gtest.h>

#include <future>

namespace reverie {
namespace {

TEST(ChoiceLists, TheShowIsNotKeptWaiting) {
    std::promise<void> driver;
    std::shared_future<void> answers = driver.get_future().share();
    std::atomic<int> searches = 0;
    ChoiceLists lists([&] {
        answers.wait();
        ChoiceLists::Found found;
        found.networks.push_back({"net", std::to_string(++searches)});
        return found;
    });
    EXPECT_FALSE(lists.take());
    lists.look();
    EXPECT_FALSE(lists.take());  // the driver has not answered, and nobody waits for it
    lists.look();
    driver.set_value();
    for (const char* number : {"1", "2"}) {
        std::optional<ChoiceLists::Found> found;
        while (!found) found = lists.take();
        EXPECT_EQ(found->networks.at(0).path, number);
    }
    EXPECT_FALSE(lists.take());
}

TEST(ChoiceLists, SectionsAreTheTablesListings) {
    const std::vector<SourceSection> sections = source_sections(false);
    ASSERT_EQ(sections.size(), 2U);
    EXPECT_EQ(sections[0].title, "Patterns");
    EXPECT_EQ(sections[1].title, "Cameras");
    EXPECT_TRUE(sections[1].changes && sections[1].choices.empty());
    for (const SourceChoice& choice : sections[0].choices)
        EXPECT_NO_THROW(require_source(choice.spec));
}

}  // namespace
}  // namespace reverie
