#include "src/render/mask_needs.h"

#include <fmt/format.h>

#include "src/dream/masks/mask_maker.h"
#include "src/util/error.h"

namespace reverie {

MaskNeeds mask_needs(ParamSchedule& schedule) {
    MaskNeeds needs;
    schedule.each_objective([&](const ScheduledObjective& scheduled) {
        needs.alpha |= MaskMaker::needs(scheduled.objective, MaskKind::alpha);
        needs.second |= MaskMaker::needs(scheduled.objective, MaskKind::second);
        return scheduled.objective;
    });
    return needs;
}

void keep_alpha_for(const MaskNeeds& needs, SourceOptions& from) {
    if (!needs.alpha) return;
    if (!from.background.empty())
        throw UsageError(
            "--background and @alpha do not go together: a background covers what is transparent");
    from.keep_alpha = true;
}

void require_alpha(const MaskNeeds& needs, const SourceInfo& info) {
    if (!needs.alpha || info.format.has_alpha) return;
    throw UsageError(
        fmt::format("@alpha: {} has no alpha channel; try a .png, .mov or .webm that has one, or "
                    "@mask.png",
                    info.name));
}

void require_second(const MaskNeeds& needs, bool there) {
    if (needs.second && !there)
        throw UsageError("@second: there is no second source; try --second SOURCE");
}

}  // namespace reverie
