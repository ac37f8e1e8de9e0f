// A look as a show has it: what each parameter is set to, and what moves by itself around that.
#pragma once

#include <utility>

#include "src/control/modulation.h"
#include "src/dream/params.h"

namespace reverie {

struct Look {
    Params params;
    Modulation modulation;

    Look(Params of = {}, Modulation moves = {})
        : params(std::move(of)), modulation(std::move(moves)) {}
};

}  // namespace reverie
