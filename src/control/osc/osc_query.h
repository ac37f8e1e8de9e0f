// The addresses of a show as other programs read them: OSCQuery's JSON.
// https://github.com/Vidvox/OSCQueryProposal
#pragma once

#include <string>
#include <vector>

#include "src/control/osc/osc_requests.h"

namespace reverie {

/// The namespace as a tree, from its root. VALUE is what a show begins with.
std::string osc_query_json(const std::vector<OscNode>& nodes);

}  // namespace reverie
