// A live show: what comes beside its frames, for masks.
#include <fmt/format.h>

#include "src/media/source_kind.h"
#include "src/show/live_show.h"
#include "src/util/error.h"

namespace reverie {

/// A source is read with its alpha once an objective asks for that: a recording begins anew then.
void LiveShow::want_alpha() {
    SourceOptions& from = options_.from;
    const bool wanted = MaskMaker::needs(moved_.objective, MaskKind::alpha);
    const bool could = from.background.empty() && take_ == nullptr;
    if (wanted && could && !from.keep_alpha) {
        from.keep_alpha = true;
        if (!source_kind_of(options_.source).comes_later) open(options_.source);
    }
    const bool seen = !standing_in_ && !attract_ && frame_.arrived > opened_;
    if (wanted && !seen) return;
    const bool missing = wanted && upload_->alpha().data == nullptr;
    notices_.report("alpha",
                    missing ? fmt::format("@alpha: {} has no alpha channel here: all of it counts "
                                          "as opaque",
                                          options_.source)
                            : "",
                    Severity::warning);
}

void LiveShow::require_second(const Objective& objective) const {
    require(!options_.second.empty() || !MaskMaker::needs(objective, MaskKind::second),
            "@second: there is no second source; begin the show with --second SOURCE");
}

/// What has come by now: nobody waits for a second source.
void LiveShow::bring_mask_inputs() {
    want_alpha();
    MaskInputs inputs{upload_->alpha(), {}};
    if (!options_.second.empty()) inputs.second = second_.picture(runtime_, dream_size_);
    late_.dream().set_mask_inputs(inputs);
    notices_.report("second", second_.problem());
}

}  // namespace reverie
