// Which jobs can be taken up again after whatever ended them, and what has to be the same for it.
#pragma once

#include <memory>

#include "src/render/journal.h"
#include "src/render/open_job.h"

namespace reverie {

/// The journal of a job of many frames whose device, network and size are known; and what its
/// output has to know in `job.to`. Null where the job cannot be taken up. Throws UsageError where
/// the user asked for that, Error where an earlier run was interrupted and the user has not said
/// what is to become of it, or the job is another one than that run's.
std::unique_ptr<Journal> open_journal(const GlobalOptions& globals, const JobOptions& options,
                                      OpenJob& job);

/// Notes in the journal which ways of its convolutions the device has chosen: a run that goes on
/// from there takes the same, whatever has become of the machine's own notes.
void note_choices(Journal& journal, const Device& device);
ConvChoices choices_in(const Journal::Facts& facts);
/// Those of the run that a job goes on from; empty where it does not.
ConvChoices kept_choices(const JobOptions& options);

/// The device, as the journal compares it.
std::string name_of(const DeviceInfo& device);

/// The frames of one segment (see Sink::begin_segment), the same in every run of a job: about as
/// many as are dreamed within a checkpoint's time, but no fewer than an encoder needs.
int64_t frames_of_segment(Size size, DeviceKind device);

}  // namespace reverie
