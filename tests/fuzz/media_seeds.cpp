// Streams and the heads of pictures, from which fuzzing begins.
#include <fmt/format.h>

#include "src/media/recipe_file.h"
#include "tests/fuzz/readers.h"

namespace reverie::fuzz {

std::vector<Seed> media_seeds() {
    // 5x3, two frames, of each kind that has another layout.
    const auto y4m = [](const std::string& header, size_t frame_bytes) {
        const std::string frame = fmt::format("FRAME\n{:a>{}}", "", frame_bytes);
        return fmt::format("W5 H3 {}\n{}{}", header, frame, frame);
    };
    std::vector<Seed> seeds{
        {"y4m", "420", y4m("F25:1 Ip A1:1 C420jpeg XCOLORRANGE=FULL", 15 + 2 * 6)},
        {"y4m", "interlaced", y4m("F30000:1001 It A16:15 C420mpeg2", 15 + 2 * 6)},
        {"y4m", "444", y4m("F25:1 Ib A0:0 C444", 3 * 15)},
        {"y4m", "422p10", y4m("F25:1 C422p10", 2 * (15 + 2 * 9))},
        {"y4m", "mono16", y4m("F1:1 Cmono16", 2 * 15)},
        {"y4m", "alpha", y4m("F50:1 C444alpha", 4 * 15)}};
    const std::string recipe = fmt::format("{}\nversion = \"0.1\"\n", kRecipeLine);
    const auto add = [&](const char* encoder, std::string_view picture) {
        const auto* bytes = reinterpret_cast<const uint8_t*>(picture.data());
        const std::vector<uint8_t> with = with_recipe({bytes, picture.size()}, encoder, recipe);
        seeds.push_back({"pictures", encoder, {with.begin(), with.end()}});
    };
    constexpr std::string_view kPng =
        "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\b\0\0\0\0:~\x9bU"
        "\0\0\0\x1a"
        "eXIfII*\0\b\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0crc!";
    add("png", std::string_view(kPng.data(), 33 + 12 + 26));
    add("mjpeg", std::string_view("\xFF\xD8\xFF\xE0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xFF\xDA", 22));
    add("tiff", std::string_view("II*\0\b\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0", 26));
    return seeds;
}

}  // namespace reverie::fuzz
