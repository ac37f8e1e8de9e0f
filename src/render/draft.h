// A draft of a render: some moments of a clip, each as the render would show it, and what the whole
// render would take. Before each moment the clip is dreamed for as long as a dream takes to come up,
// at the render's own size and into its own encoder; the rest of the clip is left out.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "src/render/open_job.h"

namespace reverie {

/// What is drafted, the same in each row of a sheet.
struct DraftPlan {
    std::vector<double> moments_s;    ///< rising, of the job
    std::optional<double> run_up_s;   ///< before each of them; not given: settling_s()
    int64_t most_frames = INT64_MAX;  ///< stop after so many: to see how long they take
};

/// One setting.
struct DraftRow {
    std::vector<VideoFrame> pictures;  ///< of the moments that were reached, in order
    int64_t frames = 0;                ///< that were dreamed,
    int64_t planned = 0;               ///< of so many
    int64_t frames_of_render = 0;
    double frame_s = 0;  ///< mean time that one took, decoding and encoding included; 0: unknown
    int64_t memory_bytes = 0;  ///< the most that it took: of the GPU where that dreams, else in all
    bool on_gpu = false;
    double run_up_s = 0;
    std::string recipe;              ///< of the render
    std::vector<std::string> notes;  ///< what a render would say before it begins
    bool stopped = false;            ///< by the user

    double render_s() const { return frame_s * static_cast<double>(frames_of_render); }
};

/// Dreams one row. `options`: of the render, whose output is not written. `shown` is called after each
/// frame with the row as far as it is. Throws Error as a render does, UsageError for an input of
/// which no part can be read by itself.
DraftRow draft_row(const GlobalOptions& globals, const JobOptions& options, const DraftPlan& plan,
                   const std::function<void(const DraftRow&)>& shown);

/// The input's own frames at those moments. `info`: of the input.
std::vector<VideoFrame> source_pictures(const JobOptions& options, const SourceInfo& info,
                                        const std::vector<double>& moments_s);

/// `count` moments in the middles of equal parts of `duration_s`.
std::vector<double> moments_over(double duration_s, int count);

}  // namespace reverie
