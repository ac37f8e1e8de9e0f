// How an installation is, for whoever shows it.
#pragma once

#include <cstdint>
#include <string>

#include "src/show/installation_settings.h"

namespace reverie {

struct InstallationStatus {
    bool on = false;
    std::string state;  ///< "someone moves", "someone stands still", "nobody is there"
    double state_s = 0;
    float motion = 0, difference = 0;  ///< shares of the picture, as the thresholds
    InstallationSettings settings;
    std::string attract;  ///< what is dreamed on while nobody is there; "" while somebody is
    std::string next_preset;
    double next_in_s = 0;
    float held_share = 0;  ///< of the picture, so that it does not flash
    int64_t limited_frames = 0;
    std::string watchdog;  ///< what was noticed last, "" for nothing
    int64_t reopened = 0;
    std::string health;   ///< where the health line goes, "" for nowhere
    std::string problem;  ///< what could not be written
    double uptime_s = 0;
};

}  // namespace reverie
