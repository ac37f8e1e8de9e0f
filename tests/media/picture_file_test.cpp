// Pictures as users have them: files that are not what their name says, colour profiles,
// orientations, linear light, formats that are not supported.
#include <cmath>

#include "tests/media/support.h"

namespace reverie {
namespace {

/// `value` as `count` bytes, the highest first.
std::string big(uint32_t value, int count) {
    std::string bytes;
    for (int i = count - 1; i >= 0; --i) bytes += static_cast<char>(value >> (8 * i));
    return bytes;
}

/// ICC.1:2001, a matrix profile: colorants adapted to D50, one gamma.
std::string matrix_profile(const std::array<std::array<double, 3>, 3>& colorants, double gamma) {
    const auto xyz = [](const std::array<double, 3>& v) {
        std::string bytes = std::string("XYZ \0\0\0\0", 8);
        for (const double x : v) bytes += big(static_cast<uint32_t>(std::lround(x * 65536)), 4);
        return bytes;
    };
    const std::string name = std::string("Odd\0", 4);
    const std::string description =
        std::string("desc\0\0\0\0", 8) + big(4, 4) + name + std::string(8 + 3 + 67, '\0');
    const std::string curve = std::string("curv\0\0\0\0", 8) + big(1, 4) +
                              big(static_cast<uint32_t>(std::lround(gamma * 256)), 2);
    const std::vector<std::pair<std::string, std::string>> tags{
        {"desc", description},
        {"cprt", std::string("text\0\0\0\0none\0", 13)},
        {"wtpt", xyz({.9642, 1, .8249})},
        {"rXYZ", xyz(colorants[0])},
        {"gXYZ", xyz(colorants[1])},
        {"bXYZ", xyz(colorants[2])},
        {"rTRC", curve},
        {"gTRC", curve},
        {"bTRC", curve}};
    std::string table = big(static_cast<uint32_t>(tags.size()), 4), body;
    const size_t begin = 128 + 4 + 12 * tags.size();
    for (const auto& [key, bytes] : tags) {
        table += key + big(static_cast<uint32_t>(begin + body.size()), 4) +
                 big(static_cast<uint32_t>(bytes.size()), 4);
        body += bytes + std::string((4 - bytes.size() % 4) % 4, '\0');
    }
    std::string head = big(static_cast<uint32_t>(begin + body.size()), 4) + std::string(4, '\0') +
                       big(0x02400000, 4) + "mntrRGB XYZ ";
    for (const int part : {2026, 1, 1, 0, 0, 0}) head += big(static_cast<uint32_t>(part), 2);
    head += "acsp";
    head.resize(68, '\0');
    head += xyz({.9642, 1, .8249}).substr(8);
    head.resize(128, '\0');
    return head + table + body;
}

constexpr std::array<std::array<double, 3>, 3> kAdobeColorants{
    {{.6097, .3111, .0195}, {.2053, .6257, .0609}, {.1492, .0632, .7446}}};

double srgb(double linear) {
    linear = std::min(1.0, std::max(0.0, linear));
    return 255 * (linear <= .0031308 ? 12.92 * linear : 1.055 * std::pow(linear, 1 / 2.4) - .055);
}

/// A chunk of PNG with its checksum (CRC-32, as in the standard's annex D).
std::string png_chunk(const std::string& kind, const std::string& data) {
    uint32_t crc = 0xFFFFFFFF;
    for (const char c : kind + data) {
        crc ^= static_cast<unsigned char>(c);
        for (int i = 0; i < 8; ++i) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    }
    return big(static_cast<uint32_t>(data.size()), 4) + kind + data + big(~crc, 4);
}

/// zlib's format without compression.
std::string deflated(const std::string& data) {
    uint32_t a = 1, b = 0;
    for (const char c : data) {
        a = (a + static_cast<unsigned char>(c)) % 65521;
        b = (b + a) % 65521;
    }
    const auto size = static_cast<uint32_t>(data.size());
    const auto little = [](uint32_t v) {
        return std::string{static_cast<char>(v), static_cast<char>(v >> 8U)};
    };
    return "\x78\x01\x01" + little(size) + little(~size) + data + big(b << 16U | a, 4);
}

class PictureFileTest : public MediaTest {
  protected:
    std::string notes_of(const std::string& name) const {
        std::string notes;
        const std::vector<std::string> all = open_source(at(name))->info().notes;
        for (const std::string& note : all) notes += note + "\n";
        return notes;
    }
    int source_width(const std::string& name) const { return open_source(at(name))->info().width; }
    /// One colour, or several of `filter`, in a file.
    void make_picture(const std::string& name, const std::string& filter,
                      const std::string& arguments = "") const {
        ffmpeg("-f lavfi -i " + filter + " -frames:v 1 " + arguments + " '" + at(name) + "'");
    }
    /// R, G, B, 0 … 255, of the first frame.
    std::vector<float> rgb_at(const std::string& name, int x, int y) const {
        SourceOptions options;
        options.background = background_;
        const std::unique_ptr<Source> source = open_source(at(name), options);
        const VideoFrame frame = source->next().value();
        Image rgb(*device_, frame.width(), frame.height(), 3);
        DeviceFrame(*device_).to_rgb(*stream_, frame, rgb);
        const size_t plane = static_cast<size_t>(frame.width()) * frame.height();
        std::vector<float> all(3 * plane), color;
        device_->download(*stream_, all.data(), Pixels<const float>(rgb).data,
                          all.size() * sizeof(float));
        for (size_t c = 0; c < 3; ++c)
            color.push_back(all[c * plane + static_cast<size_t>(y) * frame.width() + x]);
        return color;
    }
    std::string background_;

    /// Inserts bytes after the signature and header of a PNG, or after the first marker of a JPEG.
    void insert(const std::string& name, size_t place, const std::string& bytes) const {
        std::string all = bytes_of(name);
        put(name, all.insert(place, bytes));
    }
    void insert_profile(const std::string& name, const std::string& profile) const {
        constexpr size_t kAfterHeader = 33;
        if (name.ends_with(".png")) {
            insert(name, kAfterHeader,
                   png_chunk("iCCP", std::string("odd\0\0", 5) + deflated(profile)));
        } else {
            const std::string data = std::string("ICC_PROFILE\0\1\1", 14) + profile;
            insert(name, 2, "\xFF\xE2" + big(static_cast<uint32_t>(data.size() + 2), 2) + data);
        }
    }
    /// (191, 32, 0) of that profile, in sRGB by hand: to XYZ, and by the inverse of sRGB's matrix.
    static std::array<double, 3> adobe_in_srgb(double r, double g, double b) {
        std::array<double, 3> xyz{};
        const std::array<double, 3> rgb{r, g, b};
        for (int i = 0; i < 3; ++i)
            for (int c = 0; c < 3; ++c)
                xyz[i] += kAdobeColorants[c][i] * std::pow(rgb[c] / 255, 2.2);
        constexpr double kInverse[3][3] = {
            {3.1339, -1.6169, -.4906}, {-.9788, 1.9161, .0335}, {.0719, -.2290, 1.4052}};
        std::array<double, 3> out{};
        for (int c = 0; c < 3; ++c) {
            out[c] =
                srgb(kInverse[c][0] * xyz[0] + kInverse[c][1] * xyz[1] + kInverse[c][2] * xyz[2]);
        }
        return out;
    }
};

TEST_F(PictureFileTest, ApngByAnotherName) {
    for (const std::string name : {"anim.png", "anim.apng", "anim.jpg"}) {
        ffmpeg("-f lavfi -i testsrc2=size=33x17:rate=10:duration=1 -f apng -plays 0 '" + at(name) +
               "'");
        const std::unique_ptr<Source> source = open_source(at(name));
        EXPECT_FALSE(source->info().still) << name;
        EXPECT_EQ(all_frames(*source).size(), 10U) << name;
    }
    ffmpeg("-f lavfi -i testsrc2=size=33x17:rate=10:duration=1 -f gif '" + at("g.png") + "'");
    EXPECT_EQ(all_frames(*open_source(at("g.png"))).size(), 10U);
}

TEST_F(PictureFileTest, StreamsOfPicturesWithoutAContainer) {
    ffmpeg(
        "-f lavfi -i testsrc2=size=64x48:rate=25:duration=1 -c:v mjpeg -threads 1 -q:v 3 -f mjpeg "
        "'" +
        at("cam.mjpeg") + "'");
    ffmpeg("-f lavfi -i testsrc2=size=33x17:rate=25:duration=1 -c:v png -f image2pipe '" +
           at("pngs.bin") + "'");
    ffmpeg("-f lavfi -i testsrc2=size=33x17:rate=25:duration=1 -c:v ppm -f image2pipe '" +
           at("all.ppm") + "'");
    std::filesystem::copy(at("cam.mjpeg"), at("cam.jpg"));
    std::filesystem::copy(at("cam.mjpeg"), at("cam"));
    for (const char* name : {"cam.mjpeg", "cam.jpg", "cam", "pngs.bin", "all.ppm"}) {
        const std::unique_ptr<Source> source = open_source(at(name));
        EXPECT_FALSE(source->info().still) << name;
        EXPECT_EQ(all_frames(*source).size(), 25U) << name;
    }
}

TEST_F(PictureFileTest, APhotographWithASecondPictureIsOne) {
    make_picture("a.jpg", "testsrc2=size=64x48");
    make_picture("b.jpg", "testsrc2=size=16x16");
    put("photo.jpg", bytes_of("a.jpg") + bytes_of("b.jpg"));
    put("unnamed", bytes_of("a.jpg"));
    for (const char* name : {"photo.jpg", "unnamed"}) {
        const std::unique_ptr<Source> source = open_source(at(name));
        EXPECT_TRUE(source->info().still) << name;
        EXPECT_EQ(source->info().width, 64);
        EXPECT_EQ(all_frames(*source).size(), 1U);
    }
}

TEST_F(PictureFileTest, PagesOfATiffAreSaid) {
    // Pages of one gray pixel each, in both byte orders.
    for (const bool big_endian : {false, true}) {
        const auto n = [&](uint32_t value, int count) {
            const std::string bytes = big(value, count);
            return big_endian ? bytes : std::string(bytes.rbegin(), bytes.rend());
        };
        const auto tiff = [&](const std::vector<uint32_t>& subfile_types) {
            std::string bytes = (big_endian ? "MM" : "II") + n(42, 2) + n(10, 4) + "\x80\x80";
            for (size_t i = 0; i < subfile_types.size(); ++i) {
                const std::vector<std::array<uint32_t, 2>> entries{{254, subfile_types[i]},
                                                                   {256, 1},
                                                                   {257, 1},
                                                                   {258, 8},
                                                                   {259, 1},
                                                                   {262, 1},
                                                                   {273, 8},
                                                                   {277, 1},
                                                                   {278, 1},
                                                                   {279, 1}};
                bytes += n(static_cast<uint32_t>(entries.size()), 2);
                for (const auto& [tag, value] : entries)
                    bytes += n(tag, 2) + n(4, 2) + n(1, 4) + n(value, 4);
                const bool last = i + 1 == subfile_types.size();
                bytes += n(last ? 0 : static_cast<uint32_t>(bytes.size() + 4), 4);
            }
            return bytes;
        };
        put("pages.tif", tiff({2, 2, 2, 2}));
        EXPECT_NE(notes_of("pages.tif").find("4 pages; only the first"), std::string::npos);
        put("thumb.tif", tiff({0, 1}));
        EXPECT_EQ(notes_of("thumb.tif"), "");
    }
}

TEST_F(PictureFileTest, ForeignFormatsAreNamed) {
    using namespace std::string_literals;  // for strings with zeros
    const std::vector<std::array<std::string, 3>> kinds{
        {"a.webp",
         "RIFF\x40\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\x5f\0\0\x3f\0\0"s +
             "ANIM\6\0\0\0\0\0\0\0\0\0"s + std::string(60, '\0'),
         "animated WebP"},
        {"a.heic",
         "\0\0\0\x18"
         "ftypheic\0\0\0\0mif1heic\0\0\0\x10meta\0\0\0\0free"s,
         "HEIC"},
        {"a.jpg",
         "\0\0\0\x18"
         "ftypmif1\0\0\0\0mif1heic"s +
             std::string(200, '\0'),
         "HEIF"},
        {"a.pdf", "%PDF-1.7\n" + std::string(3000, 'x'), "PDF"},
        {"a.cr3",
         "\0\0\0\x18"
         "ftypcrx \0\0\0\1crx isom"s +
             std::string(200, '\0'),
         "CR3"},
        {"a.png", "<!DOCTYPE html><html>404</html>", "web page"},
        {"a.mp4", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS"},
        {"a.xcf", "gimp xcf v011\0"s + std::string(90, '\0'), "GIMP"}};
    for (const auto& [name, bytes, words] : kinds) {
        put(name, bytes);
        const std::string error = error_of([&, &name = name] { open_source(at(name)); });
        EXPECT_NE(error.find(words), std::string::npos) << name << ": " << error;
        EXPECT_NE(error.find("; "), std::string::npos) << error;
        EXPECT_EQ(error.find('\n'), std::string::npos);
    }
}

TEST_F(PictureFileTest, ProfilesBecomeSrgb) {
    const std::array<double, 3> wanted = adobe_in_srgb(191, 32, 64);
    for (const auto& [name, arguments] : {std::pair{"p.png", "-pix_fmt rgb24"},
                                          {"wide.png", "-pix_fmt rgb48be"},
                                          {"p.jpg", "-pix_fmt yuvj444p -q:v 1"}}) {
        make_picture(name, "color=0xBF2040:size=33x17,format=gbrp", arguments);
        insert_profile(name, matrix_profile(kAdobeColorants, 2.2));
        const std::vector<float> color = rgb_at(name, 20, 9);
        for (int c = 0; c < 3; ++c) EXPECT_NEAR(color[c], wanted[c], 2.5) << name << " " << c;
        EXPECT_NE(notes_of(name).find("'Odd' was converted to sRGB"), std::string::npos);
    }
    EXPECT_GT(wanted[0], 210) << "a profile that changes little proves little";
}

TEST_F(PictureFileTest, ABrokenProfileChangesNothing) {
    make_picture("plain.jpg", "testsrc2=size=64x64,scale=33:17", "-pix_fmt yuvj444p -q:v 2");
    make_picture("plain.png", "testsrc2=size=64x64,scale=33:17", "-pix_fmt rgb24");
    for (const std::string ending : {".png", ".jpg"}) {
        std::filesystem::copy(at("plain" + ending), at("tagged" + ending));
        insert_profile("tagged" + ending, "no profile at all");
        const VideoFrame plain = open_source(at("plain" + ending))->next().value();
        const VideoFrame tagged = open_source(at("tagged" + ending))->next().value();
        ASSERT_EQ(plain.format(), tagged.format());
        ASSERT_EQ(plain.height(), 17);
        for (int y = 0; y < 17; ++y) {
            EXPECT_EQ(std::memcmp(plain.planes.data[0] + y * plain.planes.stride_bytes[0],
                                  tagged.planes.data[0] + y * tagged.planes.stride_bytes[0],
                                  plain.format().row_bytes(0, 33)),
                      0)
                << ending << " row " << y;
        }
        EXPECT_NE(notes_of("tagged" + ending).find("damaged"), std::string::npos);
    }
}

TEST_F(PictureFileTest, ExifTurnsPngAndTiff) {
    // A red corner at the top left, when upright.
    make_picture("upright.png", "color=white:size=33x17,drawbox=w=5:h=5:c=red:t=fill,format=rgb24");
    const auto exif = [](int turn) {
        return std::string("II\x2a\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0", 18) +
               static_cast<char>(turn) + std::string(7, '\0');
    };
    // How each is stored: the inverse of its orientation.
    const std::vector<std::pair<int, std::string>> turns{
        {1, "null"},        {2, "hflip"},       {3, "hflip,vflip"}, {4, "vflip"},
        {5, "transpose=0"}, {6, "transpose=2"}, {7, "transpose=3"}, {8, "transpose=1"}};
    for (const auto& [turn, filter] : turns) {
        ffmpeg("-i '" + at("upright.png") + "' -vf " + filter + " -update 1 '" + at("t.png") + "'");
        constexpr size_t kAfterHeader = 33;
        insert("t.png", kAfterHeader, png_chunk("eXIf", exif(turn)));
        const std::unique_ptr<Source> source = open_source(at("t.png"));
        EXPECT_EQ(source->info().width, 33) << turn;
        const std::vector<float> corner = rgb_at("t.png", 1, 1);
        EXPECT_NEAR(corner[0], 254, 2);
        EXPECT_NEAR(corner[1], 0, 2) << turn;
        EXPECT_NEAR(rgb_at("t.png", 31, 15)[1], 255, 2) << turn;
    }
    // libav writes its directory after the pixels; the orientation replaces another tag.
    ffmpeg("-i '" + at("upright.png") + "' -vf transpose=2 -update 1 '" + at("t.tif") + "'");
    std::string tiff = bytes_of("t.tif");
    const std::string samples("\x15\1\3\0", 4);  // SamplesPerPixel follows StripOffsets (273)
    const size_t place = tiff.rfind(samples);
    ASSERT_NE(place, std::string::npos);
    ASSERT_EQ(source_width("t.tif"), 17);
    tiff.insert(place, std::string("\x12\1\3\0\1\0\0\0\6\0\0\0", 12));
    const size_t directory = static_cast<unsigned char>(tiff[4]) |
                             static_cast<unsigned char>(tiff[5]) << 8U |
                             static_cast<unsigned char>(tiff[6]) << 16U;
    tiff[directory] = static_cast<char>(tiff[directory] + 1);
    put("t.tif", tiff);
    EXPECT_EQ(source_width("t.tif"), 33);
    EXPECT_NEAR(rgb_at("t.tif", 1, 1)[1], 0, 2);
}

TEST_F(PictureFileTest, LinearLightBecomesSrgb) {
    // PFM, one float per sample, bottom-up: 0.18, 0.001 and more than white.
    std::string pfm = "PF\n3 1\n-1.0\n";
    for (const float value : {0.18F, 0.18F, 0.18F, 0.001F, 0.5F, 0.0F, 4.0F, 1.0F, -1.0F}) {
        char bytes[4];
        std::memcpy(bytes, &value, 4);
        pfm.append(bytes, 4);
    }
    put("a.pfm", pfm);
    ffmpeg("-i '" + at("a.pfm") + "' '" + at("a.exr") + "'");
    for (const char* name : {"a.pfm", "a.exr"}) {
        for (const float v : rgb_at(name, 0, 0)) EXPECT_NEAR(v, srgb(.18), .3) << name;
        EXPECT_NEAR(rgb_at(name, 0, 0)[1], 117.6, .3);
        EXPECT_NEAR(rgb_at(name, 1, 0)[0], srgb(.001), .3) << name;
        EXPECT_NEAR(rgb_at(name, 1, 0)[1], srgb(.5), .3) << name;
        EXPECT_NEAR(rgb_at(name, 2, 0)[0], 255, .3) << name;
        EXPECT_NEAR(rgb_at(name, 2, 0)[2], 0, .1) << name;
        EXPECT_NE(notes_of(name).find("linear light"), std::string::npos);
    }
}

TEST_F(PictureFileTest, TransparentPartsAreLaidOverAColour) {
    // The left half is hidden magenta, the right one half transparent blue.
    const std::string picture =
        "\"color=0xFF00FF:size=32x16,format=rgba,"
        "geq=r='255*lt(X,16)':g=0:b=255:a='128*gte(X,16)'\"";
    for (const auto& [name, arguments] :
         {std::pair{"a.png", "-pix_fmt rgba"},
          {"b.png", "-pix_fmt rgba64be"},
          {"a.tif", "-pix_fmt rgba"},
          {"q.mov", "-c:v qtrle -pix_fmt argb"},
          {"p.mov", "-c:v prores_ks -profile:v 4444 -pix_fmt yuva444p10le"},
          {"v.webm", "-c:v libvpx-vp9 -pix_fmt yuva420p -crf 5 -b:v 0"},
          {"f.mkv", "-c:v ffv1 -pix_fmt yuva420p"}}) {
        make_picture(name, picture, arguments);
        for (const auto& [background, left, right] :
             {std::tuple{"", std::array{0, 0, 0}, std::array{0, 0, 128}},
              {"#00ff00", std::array{0, 255, 0}, std::array{0, 127, 128}},
              {"white", std::array{255, 255, 255}, std::array{127, 127, 255}}}) {
            background_ = background;
            const std::vector<float> a = rgb_at(name, 6, 6), b = rgb_at(name, 26, 6);
            for (int c = 0; c < 3; ++c) {
                EXPECT_NEAR(a[c], left[c], 9) << name << " over " << background << " " << c;
                EXPECT_NEAR(b[c], right[c], 9) << name << " over " << background << " " << c;
            }
        }
        EXPECT_NE(notes_of(name).find("laid over"), std::string::npos) << name;
    }
    background_ = "no colour";
    EXPECT_NE(error_of([&] { rgb_at("a.png", 0, 0); }).find("expected a colour"),
              std::string::npos);
}

TEST_F(PictureFileTest, OpaqueAndUnusedAlphaChangesNothing) {
    make_picture("opaque.png",
                 "\"testsrc2=size=64x64,scale=33:17,format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)"
                 "':a=255\"");
    make_picture(
        "unused.avi",
        "\"testsrc2=size=64x64,scale=33:17,format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a=0\"",
        "-c:v rawvideo -pix_fmt bgra");
    ffmpeg("-i '" + at("opaque.png") + "' -pix_fmt rgb24 -update 1 '" + at("plain.png") + "'");
    EXPECT_EQ(notes_of("opaque.png"), "");
    EXPECT_NE(notes_of("unused.avi").find("alpha is 0 throughout"), std::string::npos);
    for (const auto& [x, y] : {std::pair{0, 0}, {12, 5}, {32, 16}}) {
        EXPECT_EQ(rgb_at("opaque.png", x, y), rgb_at("plain.png", x, y));
        EXPECT_EQ(rgb_at("unused.avi", x, y), rgb_at("plain.png", x, y));
    }
}

}  // namespace
}  // namespace reverie
