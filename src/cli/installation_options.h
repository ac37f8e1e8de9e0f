// The options of `live --installation`.
#pragma once

#include "src/show/installation/installation_settings.h"

namespace CLI {
class App;
}

namespace reverie {

void add_installation_options(CLI::App& command, InstallationOptions& options);

}  // namespace reverie
