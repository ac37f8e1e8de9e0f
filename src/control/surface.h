// Surfaces: what a live show can be played with besides its own window. Each is a client of the
// desk (desk.h): it turns what comes in into requests, and shows the changes that it hears of. To
// add one, define its SurfaceKind in a file of its own in src/control/surfaces and add a row to the
// table in surface.cpp; the command line and the show read the table.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/control/desk.h"

namespace reverie {

/// Open from its construction to its destruction. Belongs to the show's thread.
class Surface {
  public:
    virtual ~Surface() = default;
    /// One line for -v: "OSC: 127.0.0.1:9000".
    virtual std::string description() const = 0;
    /// Between two pictures, before the desk carries out what was asked: time to send what the last
    /// one has changed, and to ask for what has come in.
    virtual void between_frames() {}
    /// What came in and what became of it, for the summary of the show.
    virtual std::vector<std::pair<std::string_view, int64_t>> counts() const { return {}; }
};

/// What a surface is opened with. All that it refers to outlives the surface.
struct SurfaceContext {
    Desk& desk;
    Notices& notices;
    /// The options of all surfaces that the command line has, and their values.
    const std::map<std::string, std::string>& options;
    std::vector<std::string> sources;  ///< that the show was started with
};

struct SurfaceKind {
    const char* name;      ///< of its client at the desk: "osc"
    const char* option;    ///< of `reverie live`: "--osc"
    const char* argument;  ///< of that option: "[ADDRESS:]PORT"; "": it takes none
    const char* help;
    /// Opened in every show, with the value "" where the option is not given.
    bool by_default = false;
    /// `value`: of the option. Null where it is off, or was not asked for and is not there. Throws
    /// Error if it cannot be opened, UsageError for a wrong value.
    std::unique_ptr<Surface> (*open)(const std::string& value, const SurfaceContext& context);
};

const std::vector<const SurfaceKind*>& surface_kinds();

}  // namespace reverie
