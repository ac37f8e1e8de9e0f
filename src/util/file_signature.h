// What a file is by its first bytes: the one table for all who are given files that they do not
// read. What helps is said by them, since it depends on what the file was wanted for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace reverie {

/// Files for which the same advice helps. A signature's name says which one it is.
enum class FileFormat : uint8_t {
    picture,  ///< one that libav reads
    video,    ///< likewise
    raw_photograph,
    heif,
    moving_heif,
    avif,
    moving_avif,
    jpeg_xl,
    rare_picture,  ///< that little but ImageMagick reads
    moving_rare_picture,
    svg,
    pdf,
    project,  ///< of a program that makes pictures
    zip,      ///< an archive, or a document in one
    packed,   ///< an archive that weights are taken out of
    archive,  ///< any other
    git_lfs,
    web_page,
    network,
    pickle,  ///< a network, with code in it
    language_model,
    other  ///< no picture, no network
};

struct FileSignature {
    size_t at;  ///< of the bytes, from the beginning of the file
    std::string_view bytes;
    std::string_view name;  ///< "HEIC", "a 7z archive"
    FileFormat format;
};

/// So many bytes from the beginning of a file are enough.
constexpr size_t kSignatureReach = 520;

/// The signature that `head`, the beginning of a file, has; null: none that is known here.
const FileSignature* find_signature(std::string_view head);

}  // namespace reverie
