// What a file is that somebody gives for weights, by its content. The one place that knows: what
// loads weights, what imports them and what unpacks archives ask here, so that the same file is
// called the same everywhere.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "src/net/mapped_file.h"

namespace reverie {

enum class WeightsFormat : uint8_t {
    safetensors,
    caffe,       ///< a .caffemodel
    tensorflow,  ///< a frozen GraphDef
    archive,     ///< one in which a network may be
    other        ///< nothing that is read
};

struct RecognisedFile {
    WeightsFormat format = WeightsFormat::other;
    std::string what;  ///< "a Caffe model"; of `other`: what it is, and what helps
};

/// The bytes may be any. What is not known by its content is called what its name says, and that
/// it may be damaged.
RecognisedFile recognise_weights(Bytes file, const std::filesystem::path& path);

/// The command line that makes weights of a file that can be imported.
std::string import_command(const std::filesystem::path& path);

/// Throws Error unless `path` is a safetensors file: what it is, and what makes weights of it.
void require_safetensors(const std::filesystem::path& path);

}  // namespace reverie
