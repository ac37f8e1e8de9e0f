// Archives in which networks are published (.tar.gz, .zip), read by libarchive.
#pragma once

#include <filesystem>
#include <string>

namespace reverie {

/// Writes the first file of the archive whose name ends in .caffemodel, .pb or .safetensors to
/// `to`, whatever path it has in there, and returns its name. Throws Error: none is in it, the
/// archive is damaged, or what it holds is larger than two gigabytes.
std::string extract_network(const std::filesystem::path& archive, const std::filesystem::path& to);

}  // namespace reverie
