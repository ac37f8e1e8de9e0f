#include "src/media/sources/foreign_formats.h"

#include <array>
#include <fstream>
#include <string_view>

#include "src/util/file_signature.h"

namespace reverie {
namespace {

constexpr const char* kSvg = "draw it first: rsvg-convert IN -o OUT.png";

/// How to convert such a file to one that can be read; null for formats that are read directly.
const char* way_out(FileFormat format) {
    switch (format) {
        case FileFormat::picture:
        case FileFormat::video:
            return nullptr;
        case FileFormat::raw_photograph:
            return "develop it first, to a TIFF or PNG: darktable-cli IN OUT.tif";
        case FileFormat::heif:
            return "make a JPEG or PNG of it first: heif-convert IN OUT.png";
        case FileFormat::moving_heif:
            return "make a video or a picture of it first with a newer ffmpeg, or heif-convert";
        case FileFormat::avif:
            return "make a PNG of it first: avifdec IN OUT.png";
        case FileFormat::moving_avif:
            return "make a video of it first with a newer ffmpeg: ffmpeg -i IN OUT.mkv";
        case FileFormat::jpeg_xl:
            return "make a PNG of it first: djxl IN OUT.png";
        case FileFormat::rare_picture:
            return "make a PNG of it first: magick IN OUT.png (ImageMagick)";
        case FileFormat::moving_rare_picture:
            return "make a video of it first: magick IN OUT.gif";
        case FileFormat::svg:
            return kSvg;
        case FileFormat::pdf:
            return "draw its pages first: pdftoppm -png IN page";
        case FileFormat::project:
            return "export it as a PNG or a video from the program that made it";
        case FileFormat::zip:
            return "unpack it, or, if it is a document, export a PNG from the program that made it";
        case FileFormat::packed:
        case FileFormat::archive:
            return "unpack it first";
        case FileFormat::git_lfs:
            return "fetch the file itself: git lfs pull";
        case FileFormat::web_page:
            return "a server sent it instead of the file: download the file itself";
        case FileFormat::network:
        case FileFormat::pickle:
        case FileFormat::language_model:
            return "it is no picture; for networks see reverie weights import";
        case FileFormat::other:
            return "it is no picture; check the name";
    }
    return nullptr;
}

bool begins_at(std::string_view head, size_t at, std::string_view bytes) {
    return head.size() >= at + bytes.size() && head.substr(at, bytes.size()) == bytes;
}

/// RIFF … WEBP VP8X, whose flags say that it is animated.
bool is_animated_webp(std::string_view head) {
    constexpr size_t kFlags = 20;
    return begins_at(head, 0, "RIFF") && begins_at(head, 8, "WEBPVP8X") && head.size() > kFlags &&
           (static_cast<unsigned char>(head[kFlags]) & 2U) != 0;
}

std::string words(const std::string& name, const std::string& way_out) {
    return "it is " + name + ", which is not read here; " + way_out;
}

}  // namespace

std::string foreign_format(const std::string& path) {
    std::array<char, kSignatureReach> bytes{};
    std::ifstream file(path, std::ios::binary);
    file.read(bytes.data(), bytes.size());
    std::string_view head(bytes.data(), static_cast<size_t>(file.gcount()));
    if (is_animated_webp(head)) {
        return words("an animated WebP",
                     "make a GIF or an APNG of it first: magick IN OUT.gif (ImageMagick)");
    }
    // Text may begin with a byte order mark, a comment or blank lines.
    const bool xml = head.substr(0, 64).find("<?xml") != std::string_view::npos;
    if (xml && head.find("<svg") != std::string_view::npos) return words("SVG", kSvg);
    const FileSignature* known = find_signature(head);
    const char* way = known != nullptr ? way_out(known->format) : nullptr;
    return way != nullptr ? words(std::string(known->name), way) : "";
}

}  // namespace reverie
