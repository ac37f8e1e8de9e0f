// A session of Ableton Link, where its module is there: tempo and bar of all programs on the
// network that play together.
#pragma once

#include <string>

#include "src/control/link/link_table.h"
#include "src/control/tempo.h"

namespace reverie {

/// The module's table; null, and in `why` one line, where it is not there or is of another version.
const LinkTable* load_link(std::string& why);

/// Thread-safety: belongs to one thread.
class LinkSession {
  public:
    using Changed = void (*)(void* context);
    /// `changed`: see LinkTable::join(). Throws Error where the system lets nobody join.
    explicit LinkSession(const LinkTable& table, double bpm = kBpm, Changed changed = nullptr,
                         void* context = nullptr);
    ~LinkSession() { table_.leave(session_); }
    LinkSession(const LinkSession&) = delete;
    LinkSession& operator=(const LinkSession&) = delete;

    LinkMoment now() const { return table_.now(session_); }
    /// Where others play, `clock` follows them: its time is now `time_s`. Alone, the session takes
    /// over the clock's tempo, for whoever comes: a show never imposes a tempo of its own.
    void tell(TempoClock& clock, double time_s);

    static constexpr double kBpm = 120;  ///< of a session that knows of no other

  private:
    const LinkTable& table_;
    void* session_;
    double bpm_;  ///< that the session was given
};

}  // namespace reverie
