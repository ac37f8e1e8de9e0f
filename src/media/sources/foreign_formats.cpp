#include "src/media/sources/foreign_formats.h"

#include <array>
#include <fstream>
#include <string_view>

namespace reverie {
namespace {

constexpr const char* kMagick = "make a PNG of it first: magick IN OUT.png (ImageMagick)";
constexpr const char* kHeif = "make a JPEG or PNG of it first: heif-convert IN OUT.png";
constexpr const char* kMovingHeif =
    "make a video or a picture of it first with a newer ffmpeg, or heif-convert";
constexpr const char* kDjxl = "make a PNG of it first: djxl IN OUT.png";
constexpr const char* kSvg = "draw it first: rsvg-convert IN -o OUT.png";
constexpr const char* kPage = "a web page, not what was to be downloaded";
constexpr const char* kDownload = "download the file itself";
constexpr const char* kRaw = "develop it first, to a TIFF or PNG: darktable-cli IN OUT.tif";
constexpr const char* kProgram = "export it as a PNG or a video from the program that made it";

/// A format by the bytes at its beginning.
struct Signature {
    size_t at;
    std::string_view bytes;
    const char* name;
    const char* way_out;
};

using std::string_view_literals::operator""sv;

constexpr std::array kSignatures{
    Signature{4, "ftypheic"sv, "HEIC", kHeif},
    Signature{4, "ftypheix"sv, "HEIC", kHeif},
    Signature{4, "ftypheim"sv, "HEIC", kHeif},
    Signature{4, "ftypmif1"sv, "HEIF", kHeif},
    Signature{4, "ftyphevc"sv, "a moving HEIF", kMovingHeif},
    Signature{4, "ftypmsf1"sv, "a moving HEIF", kMovingHeif},
    Signature{4, "ftypavif"sv, "AVIF", "make a PNG of it first: avifdec IN OUT.png"},
    Signature{4, "ftypavis"sv, "a moving AVIF",
              "make a video of it first with a newer ffmpeg: ffmpeg -i IN OUT.mkv"},
    Signature{4, "ftypcrx "sv, "a Canon raw photograph (CR3)", kRaw},
    Signature{8, "CR\x02"sv, "a Canon raw photograph (CR2)", kRaw},
    Signature{0, "FUJIFILMCCD-RAW"sv, "a Fujifilm raw photograph", kRaw},
    Signature{0, "IIU\0"sv, "a Panasonic raw photograph", kRaw},
    Signature{0, "IIRO"sv, "an Olympus raw photograph", kRaw},
    Signature{0, "FOVb"sv, "a Sigma raw photograph", kRaw},
    Signature{0, "II\x2b\0"sv, "a BigTIFF", kMagick},
    Signature{0, "MM\0\x2b"sv, "a BigTIFF", kMagick},
    Signature{0, "\0\0\0\x0cJXL \r\n\x87\n"sv, "JPEG XL", kDjxl},
    Signature{0, "\xff\x0a"sv, "JPEG XL", kDjxl},
    Signature{0, "II\xbc"sv, "JPEG XR", kMagick},
    Signature{0, "FLIF"sv, "FLIF", kMagick},
    Signature{0, "BPG\xfb"sv, "BPG", kMagick},
    Signature{0, "8BPS"sv, "a Photoshop file", kProgram},
    Signature{0, "8BPB"sv, "a large Photoshop file", kProgram},
    Signature{0, "gimp xcf"sv, "a GIMP file", kProgram},
    Signature{0, "BLENDER"sv, "a Blender file", kProgram},
    Signature{0, "%PDF"sv, "PDF", "draw its pages first: pdftoppm -png IN page"},
    Signature{0, "%!PS"sv, "PostScript", kMagick},
    Signature{0, "<svg"sv, "SVG", kSvg},
    Signature{0, "AT&TFORM"sv, "DjVu", kMagick},
    Signature{0, "\xd7\xcd\xc6\x9a"sv, "a Windows metafile", kMagick},
    Signature{0, "MNG\r"sv, "MNG", kMagick},
    Signature{0, "\x8aMNG\r\n"sv, "MNG", "make a video of it first: magick IN OUT.gif"},
    Signature{0, "PK\x03\x04"sv, "a zip archive, or a document in one",
              "unpack it, or export a PNG from the program that made it"},
    Signature{0, "7z\xbc\xaf"sv, "a 7z archive", "unpack it first"},
    Signature{0, "Rar!"sv, "a RAR archive", "unpack it first"},
    Signature{0, "\x1f\x8b"sv, "a gzip archive", "unpack it first"},
    Signature{0, "version https://git-lfs"sv, "a git-lfs pointer, not the file itself",
              "fetch it: git lfs pull"},
    Signature{0, "<!DOCTYPE html"sv, kPage, kDownload},
    Signature{0, "<!doctype html"sv, kPage, kDownload},
    Signature{0, "<html"sv, kPage, kDownload},
};

bool begins_at(std::string_view head, size_t at, std::string_view bytes) {
    return head.size() >= at + bytes.size() && head.substr(at, bytes.size()) == bytes;
}

/// RIFF … WEBP VP8X, whose flags say that it moves.
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
    std::array<char, 512> bytes{};
    std::ifstream file(path, std::ios::binary);
    file.read(bytes.data(), bytes.size());
    std::string_view head(bytes.data(), static_cast<size_t>(file.gcount()));
    if (is_animated_webp(head)) {
        return words("an animated WebP",
                     "make a GIF or an APNG of it first: magick IN OUT.gif (ImageMagick)");
    }
    // Text may begin with a mark, a comment or blank lines.
    const bool xml = head.substr(0, 64).find("<?xml") != std::string_view::npos;
    if (xml && head.find("<svg") != std::string_view::npos) return words("SVG", kSvg);
    for (const Signature& signature : kSignatures) {
        if (begins_at(head, signature.at, signature.bytes))
            return words(signature.name, signature.way_out);
    }
    return "";
}

}  // namespace reverie
