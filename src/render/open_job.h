// What `render`, `still`, `zoom` and `lab late` begin with: an input, the size that is dreamed at,
// a device and a network with the memory for it, and where the result goes. One way for all, so
// that they refuse the same things in the same words, before any work.
#pragma once

#include <memory>
#include <string>

#include "src/media/shots.h"
#include "src/media/source.h"
#include "src/render/job_sound.h"
#include "src/render/journal.h"
#include "src/render/loop_film.h"
#include "src/render/param_schedule.h"
#include "src/render/render_job.h"
#include "src/render/take_film.h"
#include "src/session/picture_file.h"
#include "src/session/runtime.h"
#include "src/session/session_options.h"
#include "src/util/size.h"

namespace reverie {

/// A film in shots, each of which is dreamed by itself.
struct ShotOptions {
    bool wanted = false;
    std::string list;   ///< a file that names them (see shot_list.h); "": they are looked for
    int only = 0;       ///< this one alone, from 1 on, into a part of the output; 0: all
    bool join = false;  ///< make the output of its parts
};

/// What the command line says of a job. What a command does not have stays empty.
struct JobOptions {
    std::string input, size, fps, start, duration, background;
    std::string second;  ///< a second source, for masks of its brightness; "": none
    std::string sound;   ///< beside the pictures, in place of the input's own; "": that
    bool keep_interlaced = false;
    bool loop = false;  ///< the last frame leads to the first one
    OutputOptions output;
    ParamOptions params;
    ShotOptions shots;
    TakeOptions take;  ///< a show to be played again; `input` is read in place of its source
};

/// A job that can begin.
struct OpenJob {
    ParamSchedule schedule;
    Runtime runtime;
    std::unique_ptr<Source> source;  ///< of a video,
    Picture picture;                 ///< or the one picture
    SourceInfo info;
    Size size;                 ///< that is dreamed at
    std::string network_hash;  ///< SHA-256 of its file
    SinkOptions to;
    std::unique_ptr<Journal> journal;  ///< null: the job cannot be taken up again
    std::unique_ptr<Sink> sink;
    JobSound sound;
    std::unique_ptr<TakeToPlay> play;              ///< null: it is no take that is played
    TakeFilm* film = nullptr;                      ///< then it is the source
    LoopFilm* loop = nullptr;                      ///< the source, where it loops
    std::vector<Shot> shots{};                     ///< of the film; none: it is dreamed as one
    std::unique_ptr<SecondFilm> second = nullptr;  ///< null: there is none
};

/// How the input is to be read. Throws UsageError.
SourceOptions source_options(const JobOptions& options);

/// How long a dream takes to come up, s: after that, it is nearly what it would be if it had been
/// dreamed for ever.
double settling_s(const Params& params);

/// Of frames one by one; `start`, `duration` and `fps` are of the input. Throws UsageError for one
/// picture, unless `pictures_too`; and Error.
OpenJob open_video_job(const GlobalOptions& globals, const JobOptions& options,
                       const Params& defaults, bool pictures_too = false);

/// Of a take. Throws UsageError for options that it does not have; and Error.
OpenJob open_take_job(const GlobalOptions& globals, const JobOptions& options);

/// Of the first picture of the input, from `start` on. `result`: the frame rate of the video that
/// is made of it, if one is. Throws UsageError and Error.
OpenJob open_picture_job(const GlobalOptions& globals, const JobOptions& options,
                         const Params& defaults, Rational result = {});

}  // namespace reverie
