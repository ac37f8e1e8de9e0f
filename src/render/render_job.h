// Pictures, one by one, through the dream into a sink that ends well whatever happens: what
// `render`, `still` and `zoom` have in common.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/media/sink.h"
#include "src/render/job_sound.h"
#include "src/render/journal.h"
#include "src/render/param_schedule.h"
#include "src/render/second_film.h"
#include "src/render/take_player.h"
#include "src/session/memory_check.h"
#include "src/session/runtime.h"
#include "src/util/progress.h"
#include "src/util/size.h"

namespace reverie {

/// Options of where the result goes.
struct OutputOptions {
    std::string path;
    std::string preview;  ///< a picture of the newest frame; "": none
    std::string codec;
    int quality = -1;
    int bits = 0;
    bool overwrite = false;
    bool resume = false;  ///< go on where an interrupted run has made its last checkpoint
    std::string journal;  ///< what is kept for that has this name; "": the path
    /// Seconds between two of them; 0: none. Not given: so that they take little of the time.
    std::optional<double> checkpoint_s;
};

/// Fills in what the user chose.
void apply_output_options(SinkOptions& sink, const OutputOptions& options);

/// Where a picture lies in a loop, whose first frame follows its last one: before the first one
/// comes a lead-in of those before it, which are the loop's last ones.
enum class LoopPart : uint8_t {
    inside,
    lead_in,  ///< dreamed for what comes after it, and not shown
    end       ///< one of the lead-in once more: now it is shown, and led to what it was then
};

/// One picture to dream on.
struct DreamInput {
    const VideoFrame* frame = nullptr;    ///< valid until the next one; null: the last one again
    int64_t pts = 0;                      ///< in the job's time base
    int64_t duration = 0;                 ///< likewise; 0: not known
    const TakenPicture* taken = nullptr;  ///< of RenderJob::play
    LoopPart part = LoopPart::inside;
    bool cut = false;  ///< a shot begins: nothing of the dreams before is carried over to it
};

/// Some of a job's frames, by number.
struct FrameRange {
    int64_t first = 0, end = INT64_MAX;
    double first_s = 0, end_s = 0;  ///< their times; 0: those of the whole job
};

/// What a job is told.
struct RenderJob {
    std::function<std::optional<DreamInput>()> next;  ///< in order of pts; nothing: the end
    std::function<std::string()>
        notes;  ///< what is to be said about the input at the end; "": nothing
    Size size;  ///< that is dreamed at
    Rational time_base;
    double duration_s = 0;         ///< of all pictures; 0: not known
    bool single_picture = false;   ///< there is nothing to say on the way
    bool feedback = false;         ///< each dream begins from the last one, not from the picture
    std::string output;            ///< as the user gave it
    JobSound* sound = nullptr;     ///< what is heard; null: nothing
    SecondFilm* second = nullptr;  ///< for @second; null: there is none
    const TakeToPlay* play = nullptr;  ///< what is dreamed; null: what the schedule says
    Journal* journal = nullptr;        ///< of an output that can be taken up; null: there is none
    /// What is dreamed and written; what comes before is read alone. Not all: a shot or more, and the
    /// journal is kept at the end.
    std::optional<FrameRange> only;
    /// All of it is in the journal, from runs of its parts: nothing is dreamed.
    bool joins = false;
    bool part_of_more = false;  ///< how far it is, and how it ended, is its caller's to say
};

/// Maps the schedule's presets, scores, defaults and modulation to the network (see
/// from_portable()); channels that are substituted go into `notes`. Throws Error for a layer or
/// channel that the network does not have.
void fit_objectives(ParamSchedule& schedule, const Network& network,
                    std::vector<std::string>* notes = nullptr);

/// Runs to the end of the input; where the journal holds a checkpoint, from there on: what comes
/// before is read once more, but not dreamed. A GPU whose memory runs out on the way goes on in smaller tiles.
/// One that fails, or lacks the memory for the smallest, is said in one line, and the CPU goes on from
/// the frame that it failed in, whose dream restarts. Ctrl-C finishes the file and
/// throws Interrupted; an error leaves a playable partial file and throws Error that names it.
void run_render_job(const RenderJob& job, const ParamSchedule& schedule, Runtime& runtime,
                    Sink& sink, bool quiet);

}  // namespace reverie
