#include "src/media/sources/picture_facts.h"

#include <array>
#include <cstdint>
#include <fstream>
#include <string_view>

namespace reverie {
namespace {

/// Reads integers of a file, at positions relative to `base`.
class Tables {
  public:
    Tables(std::istream& file, std::streamoff base) : file_(file), base_(base) {}
    void set_big_endian(bool big) { big_ = big; }

    /// An integer of `bytes` bytes (1 … 4); 0 beyond the end, and then good() is false.
    uint32_t number(uint32_t at, int bytes) {
        std::array<unsigned char, 4> raw{};
        file_.seekg(base_ + at);
        file_.read(reinterpret_cast<char*>(raw.data()), bytes);
        uint32_t value = 0;
        for (int i = 0; i < bytes; ++i) value = value << 8U | raw[big_ ? i : bytes - 1 - i];
        return value;
    }
    bool good() const { return file_.good(); }

  private:
    std::istream& file_;
    std::streamoff base_;
    bool big_ = true;
};

/// Reads the chain of a TIFF's directories, which EXIF has too.
PictureFacts read_tiff(std::istream& file, std::streamoff base) {
    constexpr int kMostPages = 10000;  // a chain may be a ring
    constexpr uint32_t kNewSubfileType = 254, kOrientation = 274, kReducedCopy = 1;
    PictureFacts facts;
    Tables tables(file, base);
    const uint32_t order = tables.number(0, 2);
    if (order != 0x4949 && order != 0x4D4D) return facts;
    tables.set_big_endian(order == 0x4D4D);
    if (tables.number(2, 2) != 42) return facts;
    int directories = 0, pages = 0;
    uint32_t at = tables.number(4, 4);
    while (at != 0 && directories < kMostPages) {
        const uint32_t entries = tables.number(at, 2);
        if (!tables.good()) break;
        bool page = true;
        for (uint32_t i = 0; i < entries && tables.good(); ++i) {
            const uint32_t entry = at + 2 + 12 * i;
            const uint32_t tag = tables.number(entry, 2);
            if (tag == kOrientation && directories == 0)
                facts.exif_orientation = static_cast<int>(tables.number(entry + 8, 2));
            if (tag == kNewSubfileType) page = (tables.number(entry + 8, 4) & kReducedCopy) == 0;
            if (tag > kOrientation) break;  // they are sorted
        }
        ++directories;
        pages += page ? 1 : 0;
        at = tables.number(at + 2 + 12 * entries, 4);
        if (!tables.good()) break;
    }
    if (pages > 1) facts.pages = pages;
    if (facts.exif_orientation > 8) facts.exif_orientation = 0;
    return facts;
}

/// Reads the orientation in a PNG's eXIf chunk.
PictureFacts read_png(std::istream& file) {
    Tables chunks(file, 0);
    for (uint32_t at = 8; chunks.good();) {
        const uint32_t length = chunks.number(at, 4);
        const uint32_t kind = chunks.number(at + 4, 4);
        if (!chunks.good() || length > 0x7FFFFFFF) break;
        if (kind == 0x65584966) {  // "eXIf"
            PictureFacts facts = read_tiff(file, static_cast<std::streamoff>(at) + 8);
            facts.pages = 1;
            return facts;
        }
        if (UINT32_MAX - length < at + 12) break;
        at += length + 12;
    }
    return {};
}

}  // namespace

PictureFacts read_picture_facts(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::array<char, 8> head{};
    file.read(head.data(), head.size());
    if (!file) return {};
    const std::string_view start(head.data(), head.size());
    if (start == "\x89PNG\r\n\x1a\n") return read_png(file);
    return read_tiff(file, 0);
}

}  // namespace reverie
