// Surfaces: what a live show can be played with besides its own window. Each is a client of the
// desk (desk.h): it turns what comes in into requests, and shows the changes that it hears of. To
// add one, define its SurfaceKind in a file of its own in src/control/surfaces and add a row to the
// table in surface.cpp; the command line and the show read the table.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "src/control/desk.h"

namespace reverie {

/// Open from its construction to its destruction. Belongs to the show's thread.
class Surface {
  public:
    virtual ~Surface() = default;
    /// One line for -v: "OSC: 127.0.0.1:9000".
    virtual std::string description() const = 0;
};

struct SurfaceKind {
    const char* name;      ///< of its client at the desk: "osc"
    const char* option;    ///< of `reverie live`: "--osc"
    const char* argument;  ///< of that option: "[ADDRESS:]PORT"
    const char* help;
    /// `value`: of the option. The surface must not outlive `desk` and `notices`. Throws Error if
    /// it cannot be opened, UsageError for a wrong value.
    std::unique_ptr<Surface> (*open)(const std::string& value, Desk& desk, Notices& notices);
};

const std::vector<const SurfaceKind*>& surface_kinds();

}  // namespace reverie
