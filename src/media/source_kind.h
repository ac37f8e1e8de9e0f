// The table of everything that can be watched: how a source is recognised, opened, described and
// listed, and how a live show must treat it. A new kind of source is a file that defines its
// SourceKind and a row of the table in source_kind.cpp; commands, help texts and the overlay
// follow.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "src/media/source.h"
#include "src/media/sources/cameras.h"

namespace reverie {

/// What a help text is about: a kind may be of use for one and not for another.
enum class SourceUse { live, render, still };

/// Does a source go on by itself, or is it somebody's view of the world?
enum class Liveness { recorded, live_without_length, live };

/// A source that can be chosen from a list.
struct SourceChoice {
    std::string spec;    ///< what opens it: "camera:0"
    std::string name;    ///< "HD Pro Webcam C920"
    std::string detail;  ///< of few words, or why it cannot be used; or ""
    bool usable = true;
};

/// For a row's property that holds of each of its kind, or of none.
inline bool always(const SourceInfo& /*info*/) { return true; }
inline bool never(const SourceInfo& /*info*/) { return false; }

struct SourceKind {
    const char* name;         ///< "camera"
    const char* description;  ///< one line
    /// As a help text lists it, "a file"; "" where it is not offered for that.
    std::string (*help)(SourceUse use);
    /// The first kind of the table that answers true is the one that opens `spec`.
    bool (*recognises)(const std::string& spec);
    /// Throws Error as open_source(). `memory` (or null) is what finds a camera again.
    std::unique_ptr<Source> (*open)(const std::string& spec, const SourceOptions& options,
                                    CameraMemory* memory);
    /// Throws where `spec` can never be opened; null: that is found out by opening it.
    void (*check)(const std::string& spec) = nullptr;
    /// It may not be there yet: a show starts, and waits for it.
    bool comes_later = false;
    Liveness liveness = Liveness::recorded;
    /// Could all its frames be read at once, so that a show has to keep their time?
    bool (*needs_pace)(const SourceInfo& info);
    /// After its last frame a show begins again with the first one. Otherwise it has ended: what
    /// has a length or not is known once it is open.
    bool (*loops)(const SourceInfo& info);
    bool comes_back = true;  ///< after such an end it may be opened once more
    bool reopens = true;     ///< nothing is lost where it is closed and opened in between
    bool drawn = false;      ///< made as it is read: at any size and rate, for as long as asked for
    bool companions = false;  ///< may hold sound, subtitles and chapters that a sink can copy

    /// In the overlay and in `reverie list sources`; without a title it is not listed.
    struct Listing {
        const char* title = "";    ///< "Cameras"
        const char* nothing = "";  ///< "None is connected."
        bool changes = false;      ///< choices come and go, and to look for them takes time
        std::vector<SourceChoice> (*choices)() = nullptr;
    };
    Listing listing{};
};

/// All of them, in the order in which they are asked whether they recognise a spec.
const std::vector<const SourceKind*>& source_kinds();
/// The kind that opens `spec`; the last of the table takes what no other does.
const SourceKind& source_kind_of(const std::string& spec);
/// Throws now what a show could only wait for in vain: Error or UsageError for a file or pattern
/// that cannot be opened. Of what may come later (cameras, streams, pipes) nothing is thrown.
void require_source(const std::string& spec);
/// "a file, frames/%05d.png, …, or pattern:clouds|inkblot|noise".
std::string source_help(SourceUse use);
/// Is this people's view of the world, not a recording? `duration_s`: of one loop, 0 without end.
bool is_live(const SourceKind& kind, double duration_s, bool still);

}  // namespace reverie
