#include "src/util/file_signature.h"

#include <algorithm>
#include <array>

namespace reverie {
namespace {

using std::string_view_literals::operator""sv;
using enum FileFormat;

/// The first that fits counts: what is special stands before what is general.
constexpr std::array kSignatures{
    FileSignature{4, "ftypheic"sv, "HEIC", heif},
    FileSignature{4, "ftypheix"sv, "HEIC", heif},
    FileSignature{4, "ftypheim"sv, "HEIC", heif},
    FileSignature{4, "ftypmif1"sv, "HEIF", heif},
    FileSignature{4, "ftyphevc"sv, "a moving HEIF", moving_heif},
    FileSignature{4, "ftypmsf1"sv, "a moving HEIF", moving_heif},
    FileSignature{4, "ftypavif"sv, "AVIF", avif},
    FileSignature{4, "ftypavis"sv, "a moving AVIF", moving_avif},
    FileSignature{4, "ftypcrx "sv, "a Canon raw photograph (CR3)", raw_photograph},
    FileSignature{4, "ftyp"sv, "MP4, MOV", video},
    FileSignature{8, "CR\x02"sv, "a Canon raw photograph (CR2)", raw_photograph},
    FileSignature{0, "FUJIFILMCCD-RAW"sv, "a Fujifilm raw photograph", raw_photograph},
    FileSignature{0, "IIU\0"sv, "a Panasonic raw photograph", raw_photograph},
    FileSignature{0, "IIRO"sv, "an Olympus raw photograph", raw_photograph},
    FileSignature{0, "FOVb"sv, "a Sigma raw photograph", raw_photograph},
    FileSignature{0, "II\x2b\0"sv, "BigTIFF", rare_picture},
    FileSignature{0, "MM\0\x2b"sv, "BigTIFF", rare_picture},
    FileSignature{0, "II*\0"sv, "TIFF", picture},
    FileSignature{0, "MM\0*"sv, "TIFF", picture},
    FileSignature{0, "\x89PNG"sv, "PNG", picture},
    FileSignature{0, "\xFF\xD8\xFF"sv, "JPEG", picture},
    FileSignature{0, "GIF8"sv, "GIF", picture},
    FileSignature{8, "WEBP"sv, "WebP", picture},
    FileSignature{8, "AVI "sv, "AVI", video},
    FileSignature{0, "\x1A\x45\xDF\xA3"sv, "Matroska, WebM", video},
    FileSignature{0, "\0\0\0\x0cJXL \r\n\x87\n"sv, "JPEG XL", jpeg_xl},
    FileSignature{0, "\xff\x0a"sv, "JPEG XL", jpeg_xl},
    FileSignature{0, "II\xbc"sv, "JPEG XR", rare_picture},
    FileSignature{0, "FLIF"sv, "FLIF", rare_picture},
    FileSignature{0, "BPG\xfb"sv, "BPG", rare_picture},
    FileSignature{0, "AT&TFORM"sv, "DjVu", rare_picture},
    FileSignature{0, "\xd7\xcd\xc6\x9a"sv, "a Windows metafile", rare_picture},
    FileSignature{0, "%!PS"sv, "PostScript", rare_picture},
    FileSignature{0, "MNG\r"sv, "MNG", moving_rare_picture},
    FileSignature{0, "\x8aMNG\r\n"sv, "MNG", moving_rare_picture},
    FileSignature{0, "<svg"sv, "SVG", svg},
    FileSignature{0, "%PDF"sv, "PDF", pdf},
    FileSignature{0, "8BPS"sv, "a Photoshop file", project},
    FileSignature{0, "8BPB"sv, "a large Photoshop file", project},
    FileSignature{0, "gimp xcf"sv, "a GIMP file", project},
    FileSignature{0, "BLENDER"sv, "a Blender file", project},
    FileSignature{0, "PK\3\4"sv, "a zip archive", zip},
    FileSignature{0, "PK\5\6"sv, "a zip archive", zip},
    FileSignature{0, "\x1F\x8B"sv, "a gzip archive", packed},
    FileSignature{0, "\xFD\x37zXZ"sv, "an xz archive", packed},
    FileSignature{257, "ustar"sv, "a tar archive", packed},
    FileSignature{0, "BZh"sv, "a bzip2 archive", archive},
    FileSignature{0, "\x28\xB5\x2F\xFD"sv, "a Zstandard archive", archive},
    FileSignature{0, "7z\xBC\xAF"sv, "a 7z archive", archive},
    FileSignature{0, "Rar!"sv, "a RAR archive", archive},
    FileSignature{0, "version https://git-lfs"sv, "a Git LFS pointer", git_lfs},
    FileSignature{0, "<!DOCTYPE html"sv, "a web page", web_page},
    FileSignature{0, "<!doctype html"sv, "a web page", web_page},
    FileSignature{0, "<html"sv, "a web page", web_page},
    FileSignature{0, "\x89HDF"sv, "HDF5 (Keras, .h5)", network},
    FileSignature{512, "\x89HDF"sv, "a MATLAB file (MatConvNet)", network},
    FileSignature{0, "MATLAB "sv, "a MATLAB file (MatConvNet)", network},
    FileSignature{4, "TFL3"sv, "TensorFlow Lite (.tflite)", network},
    FileSignature{0, "ftrt"sv, "a TensorRT engine", network},
    FileSignature{0, "ptrt"sv, "a TensorRT engine", network},
    FileSignature{0, "\x93NUMPY"sv, "a NumPy array (.npy)", network},
    FileSignature{0, "\x12\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0"sv, "MXNet (.params)", network},
    FileSignature{0, "\0\0\0\0\1\0\0\0"sv, "Darknet (.weights)", network},
    FileSignature{0, "\0\0\0\0\2\0\0\0"sv, "Darknet (.weights)", network},
    FileSignature{0, "GGUF"sv, "GGUF (a language model)", language_model},
    FileSignature{0, "lmgg"sv, "GGML (a language model)", language_model},
    FileSignature{0, "\x80\2"sv, "PyTorch, as a pickle (.pth)", pickle},
    FileSignature{0, "\x80\3"sv, "PyTorch, as a pickle (.pth)", pickle},
    FileSignature{0, "\x80\4"sv, "PyTorch, as a pickle (.pth)", pickle},
    FileSignature{0, "\x80\5"sv, "PyTorch, as a pickle (.pth)", pickle},
    FileSignature{0,
                  "\x7F"
                  "ELF"sv,
                  "a program (ELF)", other},
    FileSignature{0, "\xFF\xFE"sv, "a text (UTF-16)", other},
};

}  // namespace

const FileSignature* find_signature(std::string_view head) {
    const auto* found =
        std::find_if(kSignatures.begin(), kSignatures.end(), [&](const FileSignature& signature) {
            return head.size() >= signature.at &&
                   head.substr(signature.at).starts_with(signature.bytes);
        });
    return found != kSignatures.end() ? found : nullptr;
}

}  // namespace reverie
