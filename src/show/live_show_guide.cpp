// A live show: what its source shows as a guide.
#include <algorithm>

#include "src/dream/objective_map.h"
#include "src/session/guide_files.h"
#include "src/show/live_show.h"
#include "src/util/error.h"

namespace reverie {
namespace {

bool has_guide(const Objective& objective) {
    return std::any_of(objective.terms.begin(), objective.terms.end(), [](const Term& term) {
        const Subject::Kind kind = subject_of(term).kind;
        return kind == Subject::Kind::guide || kind == Subject::Kind::guide_mean;
    });
}

/// Where nothing else is wished: at a layer of things' parts.
Objective guide_there(const Network& network) {
    const Term layer = from_portable({{{"inception_4c"}}}, network).terms.front();
    return {{{name_of({Subject::Kind::guide, layer.layer})}}};
}

}  // namespace

void LiveShow::take_guide() {
    require(take_ == nullptr, "a take keeps no guide; one can be taken in a show without --take");
    require(rgb_.data != nullptr, "there is no picture yet that could guide the dream");
    guide_ = guide_of(*runtime_.device, *runtime_.stream, rgb_);
}

/// Between two dreams, while nobody else uses the network. Its plans are made anew by who dreams.
void LiveShow::give_guide() {
    if (!guide_ || change_ || dreamer_->preparing() || dreamer_->aside_is_busy()) return;
    runtime_.network->set_guides({std::move(*guide_)});
    guide_.reset();
    const bool goes_there = has_guide(desk_.params().objective);
    if (!goes_there) desk_.perform(request::SetObjective{guide_there(*runtime_.network)});
    notices_.post(goes_there ? "what the source showed guides the dream"
                             : "what the source showed guides the dream; Z gives back what did",
                  Severity::info);
}

}  // namespace reverie
