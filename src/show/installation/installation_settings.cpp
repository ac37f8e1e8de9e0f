#include "src/show/installation/installation_settings.h"

#include "src/control/preset_library.h"
#include "src/util/error.h"

namespace reverie {

void check_installation_options(const InstallationOptions& options) {
    const bool any = options.fresh || !options.health.empty() || options.walk_s ||
                     options.walk_fade_s || !options.walk_presets.empty() || options.attract ||
                     options.dream_when_still || options.dream_always;
    if (any && !options.on) {
        throw UsageError(
            "--walk, --attract, --dream-when-still, --health and --fresh belong to --installation; "
            "add it");
    }
    for (const std::string& preset : options.walk_presets) load_preset(preset);
}

InstallationSettings installation_settings(const InstallationOptions& options,
                                           const InstallationSettings& before) {
    InstallationSettings settings = before;
    if (options.walk_s) settings.walk_s = *options.walk_s;
    if (options.walk_fade_s) settings.walk_fade_s = *options.walk_fade_s;
    if (options.attract) settings.attract = parse_attract_mode(*options.attract);
    if (options.dream_when_still || options.dream_always)
        settings.dream_when_still = options.dream_when_still;
    return settings;
}

}  // namespace reverie
