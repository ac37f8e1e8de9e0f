// Which threads come first while a show runs: those that show pictures.
#pragma once

namespace reverie {

/// The calling thread, and those that it makes from now on, come before all others of the machine:
/// real-time (SCHED_RR), at the lowest of its priorities. False, and nothing changes, where the
/// system does not allow it: that takes root, CAP_SYS_NICE or an rtprio limit, as groups for sound
/// have it.
bool come_first();
/// Threads that the calling one makes from now on are as any other again; it and those that it has
/// made stay as they are.
void come_first_alone();

/// The calling thread, and those that it makes, give way to those that show, even where the whole
/// program was started as real-time; beside other programs they get their share, or half of it
/// where the show may not come first.
void give_way_to_the_show();

}  // namespace reverie
