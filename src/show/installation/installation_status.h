// The status of an installation, for display.
#pragma once

#include <cstdint>
#include <string>

#include "src/show/installation/installation_settings.h"

namespace reverie {

struct InstallationStatus {
    bool on = false;
    std::string state;  ///< "someone moves", "someone stands still", "nobody is there"
    double state_s = 0;
    float motion = 0, difference = 0;  ///< shares of the picture, as the thresholds
    InstallationSettings settings;
    std::string attract;  ///< content of attract mode; "" while somebody is there
    std::string next_preset;
    double next_in_s = 0;
    float held_share = 0;  ///< of the picture, held by the flash limiter
    int64_t limited_frames = 0;
    std::string watchdog;  ///< its last message; or ""
    int64_t reopened = 0;
    std::string health;   ///< path of the health output; "": none
    std::string problem;  ///< an error while writing
    double uptime_s = 0;
};

}  // namespace reverie
