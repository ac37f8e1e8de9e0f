#include "src/media/recipe_file.h"

extern "C" {
#include <libavutil/crc.h>
}

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <string_view>

#include "src/media/libav.h"
#include "src/media/sources/input.h"
#include "src/media/sources/picture_list.h"
#include "src/util/error.h"

namespace reverie {
namespace {

using ByteVector = std::vector<uint8_t>;
using View = std::span<const uint8_t>;

constexpr std::string_view kPng = "\x89PNG\r\n\x1a\n";
constexpr std::string_view kPngKeyword = "Reverie";
constexpr const char* kMatroskaTag = "REVERIE";

bool begins_with(View bytes, std::string_view text) {
    return bytes.size() >= text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

void append(ByteVector& to, std::string_view text) {
    to.insert(to.end(), text.begin(), text.end());
}

uint32_t big_endian(View bytes, size_t at, size_t count) {
    uint32_t value = 0;
    for (size_t i = 0; i < count; ++i) value = value << 8U | bytes[at + i];
    return value;
}

void append_big_endian(ByteVector& to, size_t value, int count) {
    for (int i = count - 1; i >= 0; --i) to.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

uint32_t little_endian(View bytes, size_t at, size_t count) {
    uint32_t value = 0;
    for (size_t i = count; i-- > 0;) value = value << 8U | bytes[at + i];
    return value;
}

void append_little_endian(ByteVector& to, size_t value, int count) {
    for (int i = 0; i < count; ++i) to.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

/// An iTXt chunk (PNG, third edition, 11.3.3.4), uncompressed, behind the header's chunk.
ByteVector png_with(View picture, std::string_view recipe) {
    constexpr size_t kBehindHeader = 8 + 25;
    ByteVector chunk;
    append(chunk, "iTXt");
    append(chunk, kPngKeyword);
    append(chunk, std::string_view("\0\0\0\0\0", 5));  // plain, no language, no other keyword
    append(chunk, recipe);
    const uint32_t crc =
        av_crc(av_crc_get_table(AV_CRC_32_IEEE_LE), ~0U, chunk.data(), chunk.size()) ^ ~0U;
    ByteVector whole(picture.begin(), picture.begin() + kBehindHeader);
    append_big_endian(whole, chunk.size() - 4, 4);
    whole.insert(whole.end(), chunk.begin(), chunk.end());
    append_big_endian(whole, crc, 4);
    whole.insert(whole.end(), picture.begin() + kBehindHeader, picture.end());
    return whole;
}

std::string recipe_of_png(View picture) {
    size_t at = kPng.size();
    while (at + 12 <= picture.size()) {
        const size_t bytes = big_endian(picture, at, 4);
        if (bytes > picture.size() - at - 12) break;
        const std::string_view chunk(reinterpret_cast<const char*>(picture.data()) + at + 4,
                                     bytes + 4);
        const size_t before = 4 + kPngKeyword.size() + 5;
        if (chunk.starts_with("iTXt") && chunk.substr(4).starts_with(kPngKeyword) &&
            chunk.size() >= before)
            return std::string(chunk.substr(before));
        at += 12 + bytes;
    }
    return "";
}

/// Comments of at most 64 KB, behind the JFIF header, which has to come first.
ByteVector jpeg_with(View picture, std::string_view recipe) {
    constexpr size_t kMost = 65000;
    size_t at = 2;
    if (picture.size() > 6 && picture[2] == 0xFF && picture[3] == 0xE0)
        at += 2 + big_endian(picture, 4, 2);
    require(at <= picture.size(), "a JPEG without its header");
    ByteVector whole(picture.begin(), picture.begin() + static_cast<ptrdiff_t>(at));
    for (size_t from = 0; from < recipe.size(); from += kMost) {
        const std::string_view part = recipe.substr(from, kMost);
        append(whole, "\xFF\xFE");
        append_big_endian(whole, 2 + part.size(), 2);
        append(whole, part);
    }
    whole.insert(whole.end(), picture.begin() + static_cast<ptrdiff_t>(at), picture.end());
    return whole;
}

std::string recipe_of_jpeg(View picture) {
    constexpr uint8_t kComment = 0xFE, kScan = 0xDA;
    std::string recipe;
    size_t at = 2;
    while (at + 4 <= picture.size() && picture[at] == 0xFF && picture[at + 1] != kScan) {
        const size_t bytes = big_endian(picture, at + 2, 2);
        if (bytes < 2 || bytes > picture.size() - at - 2) break;
        const std::string_view segment(reinterpret_cast<const char*>(picture.data()) + at + 4,
                                       bytes - 2);
        const bool ours = !recipe.empty() || segment.starts_with(kRecipeLine);
        if (picture[at + 1] == kComment && ours) recipe += segment;
        at += 2 + bytes;
    }
    return recipe;
}

/// TIFF 6.0: a directory of entries of 12 bytes, sorted by their tags.
struct Directory {
    size_t at = 0, entries = 0;
    size_t entry(size_t i) const { return at + 2 + 12 * i; }
};
constexpr uint32_t kImageDescription = 270;

/// The first one of a little-endian file; nothing: it is damaged.
std::optional<Directory> directory_of(View picture) {
    if (picture.size() < 8) return std::nullopt;
    Directory directory{little_endian(picture, 4, 4)};
    if (directory.at + 2 > picture.size()) return std::nullopt;
    directory.entries = little_endian(picture, directory.at, 2);
    if (directory.entry(directory.entries) + 4 > picture.size()) return std::nullopt;
    return directory;
}

/// Another directory behind everything, with one entry more.
ByteVector tiff_with(View picture, std::string_view recipe) {
    constexpr uint32_t kAscii = 2;
    const std::optional<Directory> old = directory_of(picture);
    require(old.has_value(), "a TIFF without a directory");
    ByteVector whole(picture.begin(), picture.end());
    whole.resize((whole.size() + 1) / 2 * 2);
    const size_t text_at = whole.size();
    append(whole, recipe);
    whole.push_back(0);
    whole.resize((whole.size() + 1) / 2 * 2);
    const size_t directory_at = whole.size();
    append_little_endian(whole, old->entries + 1, 2);
    bool put = false;
    const auto put_description = [&] {
        append_little_endian(whole, kImageDescription, 2);
        append_little_endian(whole, kAscii, 2);
        append_little_endian(whole, recipe.size() + 1, 4);
        append_little_endian(whole, text_at, 4);
        put = true;
    };
    for (size_t i = 0; i < old->entries; ++i) {
        const size_t at = old->entry(i);
        if (!put && little_endian(picture, at, 2) > kImageDescription) put_description();
        whole.insert(whole.end(), picture.begin() + static_cast<ptrdiff_t>(at),
                     picture.begin() + static_cast<ptrdiff_t>(at + 12));
    }
    if (!put) put_description();
    const auto next = picture.begin() + static_cast<ptrdiff_t>(old->entry(old->entries));
    whole.insert(whole.end(), next, next + 4);
    ByteVector offset;
    append_little_endian(offset, directory_at, 4);
    std::copy(offset.begin(), offset.end(), whole.begin() + 4);
    return whole;
}

std::string recipe_of_tiff(View picture) {
    const std::optional<Directory> directory = directory_of(picture);
    for (size_t i = 0; directory && i < directory->entries; ++i) {
        const size_t at = directory->entry(i);
        if (little_endian(picture, at, 2) != kImageDescription) continue;
        const size_t bytes = little_endian(picture, at + 4, 4),
                     text = little_endian(picture, at + 8, 4);
        if (bytes < 1 || text > picture.size() || bytes > picture.size() - text) break;
        return {reinterpret_cast<const char*>(picture.data()) + text, bytes - 1};
    }
    return "";
}

std::string recipe_of_container(const std::string& path) {
    libav::Input input(path, libav::Transport::file, nullptr);
    for (const char* tag : {kMatroskaTag, "synopsis", "comment"}) {
        const AVDictionaryEntry* entry = av_dict_get(input->metadata, tag, nullptr, 0);
        if (entry != nullptr && std::string_view(entry->value).starts_with(kRecipeLine))
            return entry->value;
    }
    return "";
}

}  // namespace

const char* recipe_tag(const std::string& container) {
    if (container == "mov" || container == "avi") return "comment";
    return container == "mp4" || container == "ipod" ? "synopsis" : kMatroskaTag;
}

ByteVector with_recipe(View picture, const std::string& encoder, const std::string& recipe) {
    if (recipe.empty()) return {picture.begin(), picture.end()};
    if (encoder == "png" && begins_with(picture, kPng)) return png_with(picture, recipe);
    if (encoder == "mjpeg" && begins_with(picture, "\xFF\xD8")) return jpeg_with(picture, recipe);
    if (encoder == "tiff" && begins_with(picture, "II*")) return tiff_with(picture, recipe);
    return {picture.begin(), picture.end()};
}

std::string recipe_of(View picture) {
    std::string recipe;
    if (begins_with(picture, kPng)) recipe = recipe_of_png(picture);
    if (begins_with(picture, "\xFF\xD8")) recipe = recipe_of_jpeg(picture);
    if (begins_with(picture, "II*")) recipe = recipe_of_tiff(picture);
    return recipe.starts_with(kRecipeLine) ? recipe : "";
}

std::string recipe_in(const std::string& path) {
    if (!has_picture_ending(path)) return recipe_of_container(path);
    std::ifstream file(path, std::ios::binary);
    require(file.is_open(), "cannot read '" + path + "'");
    ByteVector bytes;
    std::array<char, 65536> chunk{};
    while (file.read(chunk.data(), chunk.size()) || file.gcount() > 0)
        bytes.insert(bytes.end(), chunk.data(), chunk.data() + file.gcount());
    require(!file.bad(), "cannot read '" + path + "': " + std::strerror(errno));
    return recipe_of(bytes);
}

}  // namespace reverie
