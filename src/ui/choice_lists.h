// What the overlay lists and what takes time to find: cameras are opened to be asked, folders with
// weights may lie on a slow disk. A thread looks; the show goes on meanwhile.
#pragma once

#include <functional>
#include <future>
#include <optional>
#include <vector>

#include "src/ui/overlay/model.h"

namespace reverie {

/// One section for each kind of source of the table that has a listing. `changing`: also of those
/// that come and go, which takes a while; else their sections are left empty.
std::vector<SourceSection> source_sections(bool changing);

/// Thread-safety: none; belongs to one thread. Its destructor waits for the search that runs.
class ChoiceLists {
  public:
    struct Found {
        std::vector<NetworkStatus> networks;
        std::vector<SourceSection> sources;
    };
    /// `search` runs on a thread of its own.
    explicit ChoiceLists(std::function<Found()> search = search_everywhere)
        : search_(std::move(search)) {}

    /// Begins to look, and returns at once. While a search runs, another one follows it.
    void look();
    /// What was found, once; nothing while it is looked for. Throws what the search threw.
    std::optional<Found> take();

    static Found search_everywhere();

  private:
    std::function<Found()> search_;
    std::future<Found> coming_;
    bool again_ = false;
};

}  // namespace reverie
