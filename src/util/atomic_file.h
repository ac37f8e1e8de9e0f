// Small text files that are there whole or not at all.
#pragma once

#include <filesystem>
#include <string_view>

namespace reverie {

/// Writes `text` beside `path`, then moves it into place. Whoever reads sees the old text or the
/// new one. Throws Error.
void write_atomically(const std::filesystem::path& path, std::string_view text);
/// The same through a failure of the power, and for the user's eyes alone.
void keep_privately(const std::filesystem::path& path, std::string_view text);

}  // namespace reverie
