// A render in parts: each shot of a film by itself, by any process on any machine, and the output
// made of them. A part is the journal of its frames, kept in a hidden folder beside the output.
//
//     .dream.mp4.partial.shots/0003.mp4                       the shot, to look at
//     .dream.mp4.partial.shots/.0003.mp4.partial.resume/…     what the output is made of: see journal.h
#pragma once

#include <string>
#include <vector>

#include "src/render/journal.h"
#include "src/render/open_job.h"

namespace reverie {

/// The shots that the user wants; none where the film is dreamed as one. Looks for them unless they
/// are given as a list, after saying so. Throws UsageError, Error, Interrupted.
std::vector<Shot> shots_of(const GlobalOptions& globals, const JobOptions& options,
                           const SourceInfo& info);

/// The output by whose name the journal of a job is kept.
std::string journal_of(const JobOptions& options);
/// The options of the part that was asked for: where it goes. Makes the folder. Throws Error.
JobOptions part_options(const JobOptions& options);
/// What the sink of a part has to know.
void prepare_part(SinkOptions& to, const JobOptions& part, const Shot& shot);
/// The frames of that part.
FrameRange range_of(const std::vector<Shot>& shots, int number, double duration_s);

/// Takes all parts of an output into its journal, which is new. Returns what is to be said of it; "":
/// nothing. Throws Error: a part is not there, not whole, or of another job.
std::string join_parts(const std::string& output, const std::vector<Shot>& shots, Journal& journal);
/// Forgets them.
void drop_parts(const std::string& output);

}  // namespace reverie
