// What the desk does to the modulation that is played: routes are added, changed and removed by
// hand, each a step of the history as any other change.
#include <fmt/format.h>

#include "src/control/desk.h"
#include "src/control/modulation_edit.h"
#include "src/util/error.h"

namespace reverie {
namespace {

void require_route(const Modulation& modulation, int number) {
    require(number >= 0 && static_cast<size_t>(number) < modulation.routes.size(),
            fmt::format("there is no modulation {}; there are {}", number + 1,
                        modulation.routes.size()));
}

}  // namespace

void Desk::handle_modulation() {
    handle<request::SetRoute>([this](const auto& r) {
        Modulation one{{in_order(r.route)}};
        check_modulation_target(r.route.target);
        live_.find_layers(one);
        change_routes(r.control, [&](Modulation& modulation) {
            const auto number = static_cast<size_t>(r.number);
            if (number == modulation.routes.size()) {
                require(number < kMostRoutes, fmt::format("there are {} modulations already; "
                                                          "remove one first",
                                                          kMostRoutes));
                modulation.routes.push_back(one.routes[0]);
                return;
            }
            require_route(modulation, r.number);
            modulation.routes[number] = one.routes[0];
        });
    });
    handle<request::SetRouteAmount>([this](const auto& r) {
        change_routes(route_control(r.number), [&](Modulation& modulation) {
            require_route(modulation, r.number);
            ModulationRoute& route = modulation.routes[static_cast<size_t>(r.number)];
            route.amount = r.amount;
            route = in_order(route);
        });
    });
    handle<request::RemoveRoute>([this](const auto& r) {
        change_routes("", [&](Modulation& modulation) {
            require_route(modulation, r.number);
            modulation.routes.erase(modulation.routes.begin() + r.number);
        });
    });
}

/// `control`: "" for what is a step of its own.
void Desk::change_routes(std::string_view control, const std::function<void(Modulation&)>& edit) {
    Modulation changed = modulation();
    edit(changed);
    if (control.empty())
        begin_step_of_its_own(look(), {kModulationKey});
    else
        begin_step(control, {kModulationKey});
    live_.change_modulation(changed);
}

}  // namespace reverie
