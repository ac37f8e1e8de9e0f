// The table of all kinds of source: how each is recognised, opened, described and listed, and how a
// live show must treat it. To add a kind, define its SourceKind in a file of its own and add a row
// to the table in source_kind.cpp; commands, help texts and the overlay follow.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "src/media/source.h"
#include "src/media/sources/cameras.h"

namespace reverie {

/// The command that a help text is for: not every kind suits every command.
enum class SourceUse { live, render, still };

/// Is a source a recording, or a live view of the world?
enum class Liveness { recorded, live_without_length, live };

/// A source that can be chosen from a list.
struct SourceChoice {
    std::string spec;    ///< what opens it: "camera:0"
    std::string name;    ///< "HD Pro Webcam C920"
    std::string detail;  ///< a few words, or why it cannot be used; or ""
    bool usable = true;
};

/// For a property of a row that holds for all sources of its kind, or for none.
inline bool always(const SourceInfo& /*info*/) { return true; }
inline bool never(const SourceInfo& /*info*/) { return false; }

struct SourceKind {
    const char* name;         ///< "camera"
    const char* description;  ///< one line
    /// As a help text lists it, "a file"; "" if it is not offered there.
    std::string (*help)(SourceUse use);
    /// The first kind of the table that returns true opens `spec`.
    bool (*recognises)(const std::string& spec);
    /// Throws Error as open_source(). `memory` (or null) identifies a camera that was open before.
    std::unique_ptr<Source> (*open)(const std::string& spec, const SourceOptions& options,
                                    CameraMemory* memory);
    /// Throws if `spec` can never be opened; null: opening it is the only check.
    void (*check)(const std::string& spec) = nullptr;
    /// It may not exist yet: a show starts, and waits for it.
    bool comes_later = false;
    Liveness liveness = Liveness::recorded;
    /// Can it be read faster than real time, so that a show has to pace it?
    bool (*needs_pace)(const SourceInfo& info);
    /// After its last frame a show restarts from the first one; otherwise the source has ended.
    /// Depends on SourceInfo, because its length is known only once it is open.
    bool (*loops)(const SourceInfo& info);
    bool comes_back = true;  ///< after such an end it may be opened once more
    bool reopens = true;     ///< can be closed and reopened without losing data
    bool drawn = false;      ///< generated on the fly: any size, rate and duration

    /// In the overlay and in `reverie list sources`; without a title it is not listed.
    struct Listing {
        const char* title = "";    ///< "Cameras"
        const char* nothing = "";  ///< "None is connected."
        bool changes = false;      ///< hot-plug: the list changes, and finding it takes time
        std::vector<SourceChoice> (*choices)() = nullptr;
    };
    Listing listing{};
};

/// All kinds, in the order in which recognises() is called.
const std::vector<const SourceKind*>& source_kinds();
/// The kind that opens `spec`; the last of the table takes the rest.
const SourceKind& source_kind_of(const std::string& spec);
/// Throws Error or UsageError for a file or pattern that cannot be opened. Throws nothing for
/// sources that may appear later (cameras, streams, pipes).
void require_source(const std::string& spec);
/// "a file, frames/%05d.png, …, or pattern:clouds|walker|flight|ink|inkblot|noise".
std::string source_help(SourceUse use);
/// Is this a live view, not a recording? `duration_s`: of one loop, 0: endless.
bool is_live(const SourceKind& kind, double duration_s, bool still);

}  // namespace reverie
