// Thread priorities during a show: the threads that show pictures come first.
#pragma once

namespace reverie {

/// Gives the calling thread, and those that it starts from now on, the lowest real-time priority
/// (SCHED_RR), above all normal threads. False, and nothing changes, if the system does not allow
/// it: it takes root, CAP_SYS_NICE or an rtprio limit, as audio groups have it.
bool come_first();
/// Threads that the calling one starts from now on have normal priority again; it and those already
/// started keep theirs.
void come_first_alone();

/// Gives the calling thread, and those that it starts, a lower priority than those that show, even
/// if the whole program was started as real-time; against other programs they get their normal
/// share, or half of it if come_first() is not allowed.
void give_way_to_the_show();

}  // namespace reverie
