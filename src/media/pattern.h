// Built-in pictures whose motion is known exactly, to try everything without a camera or a file.
//
// `clouds` and `noise` are a periodic texture sampled through a warp W_t, smooth in space and time:
// frame_t(x) = texture(W_t(x)). The content at x in frame t was at y in frame s, where W_s(y) =
// W_t(x): the flow is known. `ink` is a chain of shears that are undone one by one. `walker` and
// `flight` consist of rigid parts, seen by a moving camera.
#pragma once

#include <string>
#include <vector>

#include "kernels/hd.h"
#include "src/media/source.h"

namespace reverie {

/// The prefix of a pattern's spec.
inline constexpr const char* kPatternPrefix = "pattern:";

/// The names of the table in pattern.cpp, in its order.
std::vector<std::string> pattern_names();
/// One line on what `name` looks like. Throws as require_pattern().
std::string pattern_help(const std::string& name);
/// "pattern:clouds", as open_source() takes it.
std::string pattern_spec(const std::string& name);
/// The spec of the pattern that is used when there is no other source.
std::string usual_pattern();
/// Throws UsageError, with the nearest names, if there is no pattern `name`.
void require_pattern(const std::string& name);

/// `name` is one of pattern_names(); options give size (640x360), fps (25), duration (10 s), start
/// and seed. Throws UsageError for an unknown name, with the nearest ones.
std::unique_ptr<Source> open_pattern(const std::string& name, const SourceOptions& options);

/// Backward flow of a pattern in px: the content at pixel (x, y) of the frame at `time_s` was at
/// (x, y) + flow at `earlier_s`. Exact to 1e-3 px. Written to `flow` as width·height dx, then as
/// many dy. False for a pattern whose motion is not a warp (inkblot).
bool pattern_flow(const std::string& name, const SourceOptions& options, double time_s,
                  double earlier_s, float* flow);

}  // namespace reverie
