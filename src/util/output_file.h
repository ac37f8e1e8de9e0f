// Where a file is written that must appear whole or not at all: first under a temporary name beside
// the file that its name leads to, then renamed. Links stay links.
#pragma once

#include <filesystem>
#include <string>

namespace reverie {

/// The file that `path` leads to: the end of its symbolic links, which need not exist yet; `path`
/// where it is no link. Throws Error for links in a circle.
std::filesystem::path file_behind(const std::filesystem::path& path);

/// "/big/.dream.partial.mp4" for "dream.mp4", a link to /big/dream.mp4: hidden, with an extension
/// that players still know, beside the file that the name leads to, and never longer than a name
/// may be there.
std::string partial_name(const std::string& path);

/// Throws Error in one line where no file can be created under `path`: no such folder, no right to
/// write there, a name that is too long, a folder or a device of that name.
void require_writable(const std::string& path);

/// Renames `partial` to the file that `path` leads to. Throws Error.
void move_into_place(const std::string& partial, const std::string& path);

/// What is in this file, or which names are in this folder ("": the current one), survives a power
/// failure from now on. Throws Error.
void sync_to_disk(const std::filesystem::path& path);

}  // namespace reverie
