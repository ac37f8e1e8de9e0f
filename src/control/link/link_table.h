// What the program asks of libreverie_link.so: plain C, so that no header of Ableton Link's, which
// is under the GPL, is needed to build the program, and the module is loaded only where somebody
// asks for it.
#pragma once

namespace reverie {

inline constexpr int kLinkVersion = 1;

/// Of the session, at the moment of the call.
struct LinkMoment {
    double bpm = 0;
    double beat = 0;  ///< a whole number on each, a multiple of 4 where a bar begins
    int peers = 0;    ///< other programs in the session
};

struct LinkTable {
    int version;
    /// Joins whatever sessions the machine's networks have; alone, it plays at `bpm`. `changed`, if
    /// it is not null, is called with `context` from a thread of Link's when peers or tempo change.
    /// Null where the system gives no socket or thread; `why` then says so, until the next call.
    void* (*join)(double bpm, void (*changed)(void*), void* context, const char** why);
    LinkMoment (*now)(void* session);
    /// What those will hear who join a session that nobody else is in.
    void (*set_bpm)(void* session, double bpm);
    void (*leave)(void* session);
};

extern "C" using ReverieLinkEntry = const LinkTable * (*)();  // "reverie_link"

}  // namespace reverie
