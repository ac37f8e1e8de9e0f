// What masks of a job need besides its frames: their alpha, a second source. Refused before any work
// where it is not there.
#pragma once

#include "src/media/source.h"
#include "src/render/param_schedule.h"

namespace reverie {

struct MaskNeeds {
    bool alpha = false;   ///< for @alpha
    bool second = false;  ///< for @second
};

/// Of all objectives of a schedule.
MaskNeeds mask_needs(ParamSchedule& schedule);
/// Has the frames' alpha read where it is needed. Throws UsageError where a background covers it.
void keep_alpha_for(const MaskNeeds& needs, SourceOptions& from);
/// Throws UsageError where frames have no alpha, and need one.
void require_alpha(const MaskNeeds& needs, const SourceInfo& info);
/// Throws UsageError where a second source is needed, and there is none.
void require_second(const MaskNeeds& needs, bool there);

}  // namespace reverie
