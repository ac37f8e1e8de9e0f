#include "src/media/libav_facts.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

#include "src/util/error.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/mem.h>
#include <libavutil/sha.h>
}

namespace reverie {
namespace {

std::string version_text(const char* name, unsigned version) {
    return fmt::format("{} {}.{}.{}", name, version >> 16, version >> 8 & 255, version & 255);
}

struct ShaFree {
    void operator()(AVSHA* sha) const { av_free(sha); }
};

std::string sha_of_file(const std::string& path, int bits) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw Error(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
    const std::unique_ptr<AVSHA, ShaFree> sha(av_sha_alloc());
    if (sha == nullptr) throw std::bad_alloc();
    av_sha_init(sha.get(), bits);
    std::array<char, 65536> chunk{};
    while (file.read(chunk.data(), chunk.size()) || file.gcount() > 0) {
        av_sha_update(sha.get(), reinterpret_cast<const uint8_t*>(chunk.data()),
                      static_cast<size_t>(file.gcount()));
    }
    // What was read until then has a hash too.
    if (file.bad()) throw Error(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
    std::array<uint8_t, 32> digest{};
    av_sha_final(sha.get(), digest.data());
    std::string text;
    for (int i = 0; i < bits / 8; ++i) text += fmt::format("{:02x}", digest[i]);
    return text;
}

}  // namespace

std::string libav_versions() {
    return version_text("libavformat", avformat_version()) + ", " +
           version_text("libavcodec", avcodec_version()) + ", " +
           version_text("libavutil", avutil_version());
}

std::string sha256_of_file(const std::string& path) { return sha_of_file(path, 256); }

std::string sha1_of_file(const std::string& path) { return sha_of_file(path, 160); }

}  // namespace reverie
