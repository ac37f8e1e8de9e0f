#include "src/ui/choice_lists.h"

#include <chrono>
#include <system_error>
#include <utility>

#include "src/networks/find_weights.h"

namespace reverie {

std::vector<SourceSection> source_sections(bool changing) {
    std::vector<SourceSection> sections;
    for (const SourceKind* kind : source_kinds()) {
        const SourceKind::Listing& listing = kind->listing;
        if (listing.choices == nullptr) continue;
        SourceSection section{listing.title, listing.nothing, listing.changes, {}};
        if (changing || !listing.changes) section.choices = listing.choices();
        sections.push_back(std::move(section));
    }
    return sections;
}

ChoiceLists::Found ChoiceLists::search_everywhere() {
    Found found;
    for (const NamedWeights& weights : list_weights())
        found.networks.push_back({weights.name, weights.path});
    found.sources = source_sections(true);
    return found;
}

void ChoiceLists::look() {
    again_ = coming_.valid();
    if (again_) return;
    try {
        coming_ = std::async(std::launch::async, search_);
    } catch (const std::system_error&) {
        // No thread is to be had: the lists stay as they are.
    }
}

std::optional<ChoiceLists::Found> ChoiceLists::take() {
    using std::chrono::seconds;
    if (!coming_.valid() || coming_.wait_for(seconds(0)) != std::future_status::ready)
        return std::nullopt;
    std::future<Found> done = std::move(coming_);
    if (std::exchange(again_, false)) look();
    return done.get();
}

}  // namespace reverie
