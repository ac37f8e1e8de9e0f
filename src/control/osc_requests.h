// What each OSC address asks of the desk.
#pragma once

#include <string_view>
#include <vector>

#include "src/control/osc_packet.h"
#include "src/control/request.h"

namespace reverie {

/// A row of the table of addresses.
struct OscAddress {
    std::string_view path;       ///< "/reverie/layer/<name>"
    std::string_view arguments;  ///< "WEIGHT"
    std::string_view help;
};
/// All of them; "/reverie/<key>" stands for each parameter.
std::vector<OscAddress> osc_addresses();

/// Throws Error, naming the address, for one that is unknown and for arguments that do not fit.
Request osc_request(const OscMessage& message);

}  // namespace reverie
