// Writes small text files atomically.
#pragma once

#include <filesystem>
#include <string_view>

namespace reverie {

/// Writes `text` to a temporary file next to `path`, then renames it. A reader gets the old text or
/// the new one. Throws Error.
void write_atomically(const std::filesystem::path& path, std::string_view text);
/// The same, synced to survive a power failure, and readable by the user only.
void keep_privately(const std::filesystem::path& path, std::string_view text);

}  // namespace reverie
