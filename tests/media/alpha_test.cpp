// Alpha that is kept from file to file, to the bit if the formats are the same; if it cannot be
// kept, pictures are laid over a colour.
#include <cmath>

#include "tests/media/support.h"

namespace reverie {
namespace {

class AlphaFilesTest : public MediaTest {
  protected:
    AlphaFilesTest() { keep_.keep_alpha = true; }

    /// Colours, and all alphas, that move; as many frames as `arguments` says.
    void make_transparent(const std::string& name, const std::string& arguments,
                          const std::string& size = "64x48") const {
        ffmpeg("-f lavfi -i \"testsrc2=size=" + size +
               ":rate=25:duration=0.2,format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':"
               "a='clip(mod(X*9+Y*3+N*5\\,300)-20\\,0\\,255)'\" " +
               arguments + " '" + at(name) + "'");
    }
    /// Hashes of all samples in `format`, one line a frame.
    std::string samples_of(const std::string& name, const std::string& format,
                           const std::string& decoder = "") const {
        std::istringstream lines(output_of("ffmpeg -v error " + decoder + " -i '" + at(name) +
                                           "' -map 0:v:0 -pix_fmt " + format + " -f framemd5 -"));
        std::string hashes;
        for (std::string line; std::getline(lines, line);)
            if (!line.empty() && line[0] != '#') hashes += line.substr(line.rfind(',') + 1) + "\n";
        return hashes;
    }
    std::string raw_of(const std::string& name, const std::string& format,
                       const std::string& decoder = "") const {
        ffmpeg(decoder + " -i '" + at(name) + "' -map 0:v:0 -pix_fmt " + format + " -f rawvideo '" +
               at("raw") + "'");
        return bytes_of("raw");
    }
    void keep(const std::string& from, const std::string& to, const std::string& codec = "") {
        std::filesystem::remove(at(to));
        render_identity(at(from), at(to), codec, keep_);
    }
    SourceOptions keep_;
};

TEST_F(AlphaFilesTest, PicturesComeBackToTheBit) {
    for (const std::string stored : {"rgba", "rgba64be", "ya8", "ya16be"}) {
        make_transparent("in.png", "-frames:v 1 -pix_fmt " + stored, "33x17");
        const bool deep = stored.find("16") != std::string::npos || stored == "rgba64be";
        for (const std::string to : {"o.png", "o.tif", "o.webp"}) {
            if (deep && to == "o.webp") continue;
            keep("in.png", to);
            const std::string format = deep ? "rgba64le" : "rgba";
            // WebP does not keep the colours of fully transparent pixels.
            std::string want = raw_of("in.png", format), got = raw_of(to, format);
            if (to == "o.webp") {
                for (std::string* all : {&want, &got})
                    for (size_t i = 0; i < all->size(); i += 4)
                        if ((*all)[i + 3] == 0) all->replace(i, 3, 3, '\0');
            }
            EXPECT_TRUE(want == got) << stored << " to " << to;
            EXPECT_TRUE(notes_.empty());
        }
    }
    // No channel is made where there was none, and none is kept where it is not wanted.
    ffmpeg("-f lavfi -i testsrc2=size=33x17 -frames:v 1 -pix_fmt rgb24 '" + at("plain.png") + "'");
    keep("plain.png", "o.png");
    EXPECT_NE(probe(at("o.png"), "-show_entries stream=pix_fmt").find("rgb24"), std::string::npos);
    render_identity(at("in.png"), at("over.png"), "");
    EXPECT_NE(probe(at("over.png"), "-show_entries stream=pix_fmt").find("rgb48be"),
              std::string::npos);
}

TEST_F(AlphaFilesTest, VideosComeBackToTheBit) {
    for (const std::string stored : {"yuva420p", "yuva422p10le", "yuva444p10le", "yuva444p16le",
                                     "bgra", "gbrap10le", "rgba64le"}) {
        make_transparent("in.mkv", "-c:v ffv1 -level 3 -pix_fmt " + stored);
        keep("in.mkv", "out.mkv", "ffv1");
        EXPECT_EQ(planes_of(at("in.mkv")), planes_of(at("out.mkv"))) << stored;
        EXPECT_EQ(pts_of(at("in.mkv")), pts_of(at("out.mkv"))) << stored;
    }
    make_transparent("p.mov", "-c:v prores_ks -profile:v 4444 -pix_fmt yuva444p10le");
    keep("p.mov", "out.mkv", "ffv1");
    // libav decodes it to 12 bits, of which FFV1 makes 16 where there is alpha.
    const VideoFrame twelve = *open_source(at("p.mov"), keep_)->next();
    const VideoFrame sixteen = *open_source(at("out.mkv"), keep_)->next();
    ASSERT_EQ(twelve.format().bits, 12);
    ASSERT_EQ(sixteen.format().bits, 16);
    for (int p = 0; p < 4; ++p) {
        const auto row_of = [p](const VideoFrame& frame, int y) {
            return reinterpret_cast<const uint16_t*>(frame.planes.data[p] +
                                                     y * frame.planes.stride_bytes[p]);
        };
        const double scale = p == 3 ? 65535.0 / 4095 : 16;
        for (int y = 0; y < twelve.height(); ++y)
            for (int x = 0; x < twelve.width(); ++x)
                ASSERT_NEAR(row_of(sixteen, y)[x], scale * row_of(twelve, y)[x], p == 3 ? 0.51 : 0)
                    << p;
    }
    make_transparent("q.mov", "-c:v qtrle -pix_fmt argb");
    keep("q.mov", "out.mkv", "ffv1");
    EXPECT_EQ(samples_of("q.mov", "rgba"), samples_of("out.mkv", "rgba"));
    make_transparent("v.webm", "-c:v libvpx-vp9 -pix_fmt yuva420p -b:v 500k -cpu-used 8");
    keep("v.webm", "out.mkv", "ffv1");
    EXPECT_EQ(samples_of("v.webm", "yuva420p", "-c:v libvpx-vp9"),
              samples_of("out.mkv", "yuva420p"));
    std::filesystem::create_directory(at("seq"));
    keep("q.mov", "seq/%03d.png");
    EXPECT_EQ(samples_of("q.mov", "rgba"), samples_of("seq/%03d.png", "rgba"));
}

/// The worst difference of alpha, which is the last of four bytes.
int worst_alpha(const std::string& a, const std::string& b) {
    int worst = a.size() == b.size() ? 0 : 255;
    for (size_t i = 3; i < std::min(a.size(), b.size()); i += 4) {
        const int difference = static_cast<unsigned char>(a[i]) - static_cast<unsigned char>(b[i]);
        worst = std::max(worst, std::abs(difference));
    }
    return worst;
}

TEST_F(AlphaFilesTest, LossyCodecsKeepItToo) {
    make_transparent("in.mov", "-c:v png -pix_fmt rgba");
    const std::string want = raw_of("in.mov", "rgba");
    keep("in.mov", "out.mov");  // ProRes
    EXPECT_NE(probe(at("out.mov"), "-show_entries stream=pix_fmt,profile").find("4444"),
              std::string::npos);
    EXPECT_LE(worst_alpha(want, raw_of("out.mov", "rgba")), 1);
    for (const std::string to : {"out.webm", "out.mkv"}) {
        keep("in.mov", to);
        EXPECT_EQ(probe(at(to), "-show_entries stream=codec_name"), "vp9\n");
        EXPECT_NE(probe(at(to), "-show_entries stream_tags=alpha_mode").find('1'),
                  std::string::npos);
        EXPECT_LE(worst_alpha(want, raw_of(to, "rgba", "-c:v libvpx-vp9")), 60) << to;
        ASSERT_EQ(notes_.size(), 1U);
        EXPECT_NE(notes_[0].find("vp9 instead of "), std::string::npos);
    }
    EXPECT_FALSE(can_keep_alpha("a.mp4", ""));
    EXPECT_FALSE(can_keep_alpha("a.mp4", "vp9"));
    EXPECT_FALSE(can_keep_alpha("a.jpg", ""));
    EXPECT_FALSE(can_keep_alpha("a.mkv", "h264"));
    EXPECT_FALSE(can_keep_alpha("-", ""));
    for (const char* kept : {"a.png", "a.WEBP", "a.tiff", "a.exr", "a.mov", "a.webm", "a.mkv"})
        EXPECT_TRUE(can_keep_alpha(kept, "")) << kept;
    EXPECT_TRUE(can_keep_alpha("a.avi", "ffv1"));
}

/// Many recordings have an alpha channel that nobody uses: it does not change their codec.
TEST_F(AlphaFilesTest, AnOpaqueChannelChangesNoCodec) {
    make_clip("in.mov", "64x48", "-c:v qtrle -pix_fmt argb");
    keep("in.mov", "out.mkv");
    EXPECT_EQ(probe(at("out.mkv"), "-show_entries stream=codec_name"), "h264\n");
    EXPECT_TRUE(notes_.empty());
    EXPECT_EQ(open_source(at("in.mov"), keep_)->info().notes.size(), 0U);
}

/// A title that fades in begins with alpha 0 throughout, and still is no unused channel.
TEST_F(AlphaFilesTest, ATitleMayBeginUnseen) {
    ffmpeg(
        "-f lavfi -i \"testsrc2=size=64x48:rate=25:duration=0.2,format=rgba,geq=r='r(X,Y)':"
        "g='g(X,Y)':b='b(X,Y)':a='N*60'\" -c:v qtrle -pix_fmt argb '" +
        at("title.mov") + "'");
    keep("title.mov", "out.mkv", "ffv1");
    EXPECT_EQ(samples_of("title.mov", "rgba"), samples_of("out.mkv", "rgba"));
    const std::unique_ptr<Source> over = open_source(at("title.mov"));
    ASSERT_EQ(over->info().notes.size(), 1U);
    EXPECT_NE(over->info().notes[0].find("laid over black"), std::string::npos);
    const VideoFrame frame = *over->next();
    for (int x = 0; x < frame.width(); ++x)
        for (int c = 0; c < 3; ++c)
            EXPECT_EQ(frame.planes.data[0][4 * x + frame.format().component[c].offset], 0);
}

TEST_F(AlphaFilesTest, AlphaTurnsWithItsPicture) {
    for (const std::string stored : {"yuva420p", "bgra", "ya8"}) {
        make_transparent("in.mkv", "-c:v ffv1 -level 3 -frames:v 1 -pix_fmt " + stored);
        ffmpeg("-i '" + at("in.mkv") + "' -c copy -metadata:s:v rotate=90 '" + at("turned.mov") +
               "'");
        const std::unique_ptr<Source> source = open_source(at("turned.mov"), keep_);
        const VideoFrame turned = *source->next();
        const VideoFrame lying = *open_source(at("in.mkv"), keep_)->next();
        ASSERT_EQ(turned.width(), lying.height()) << stored;
        const auto sample = [](const VideoFrame& frame, const PlaneComponent& at, int x, int y) {
            return frame.planes
                .data[at.plane][y * frame.planes.stride_bytes[at.plane] + x * at.step + at.offset];
        };
        // However the picture was turned, its alpha is where its colours are.
        int alike = 0;
        for (const bool clockwise : {false, true}) {
            bool colors = true, alphas = true;
            for (int y = 0; y < turned.height(); ++y) {
                for (int x = 0; x < turned.width(); ++x) {
                    const int from_x = clockwise ? y : lying.width() - 1 - y;
                    const int from_y = clockwise ? lying.height() - 1 - x : x;
                    colors &= sample(turned, turned.format().component[0], x, y) ==
                              sample(lying, lying.format().component[0], from_x, from_y);
                    alphas &= sample(turned, turned.format().alpha, x, y) ==
                              sample(lying, lying.format().alpha, from_x, from_y);
                }
            }
            EXPECT_EQ(colors, alphas) << stored;
            alike += colors && alphas ? 1 : 0;
        }
        EXPECT_EQ(alike, 1) << stored;
    }
}

/// Renderers premultiply by alpha: 0.09 at half alpha is 0.18.
TEST_F(AlphaFilesTest, LinearPicturesAreDividedByAlphaAndBack) {
    ffmpeg(
        "-f lavfi -i \"color=black:s=8x4,format=gbrapf32le,"
        "geq=r=0.09:g=0.25:b=0.5:a='if(lt(X,4),0.5,1)':interpolation=n\" -frames:v 1 '" +
        at("in.exr") + "'");
    keep("in.exr", "out.exr");
    keep("in.exr", "out.png");
    const std::string png = raw_of("out.png", "rgba64le");
    const auto sample = [&](int x, int c) {
        const size_t at = static_cast<size_t>(4 * x + c) * 2;
        return static_cast<unsigned char>(png[at]) + 256 * static_cast<unsigned char>(png[at + 1]);
    };
    const auto srgb = [](double v) {
        return 65535 * (v <= .0031308 ? 12.92 * v : 1.055 * std::pow(v, 1 / 2.4) - .055);
    };
    EXPECT_NEAR(sample(1, 0), srgb(.18), 40);
    EXPECT_NEAR(sample(1, 1), srgb(.5), 40);
    EXPECT_NEAR(sample(1, 3), 32768, 40);
    EXPECT_NEAR(sample(6, 0), srgb(.09), 40);
    EXPECT_NEAR(sample(6, 3), 65535, 1);
    const std::string before = raw_of("in.exr", "gbrapf32le"),
                      after = raw_of("out.exr", "gbrapf32le");
    ASSERT_EQ(before.size(), after.size());
    for (size_t i = 0; i + 4 <= before.size(); i += 4) {
        float a = 0, b = 0;
        std::memcpy(&a, &before[i], 4);
        std::memcpy(&b, &after[i], 4);
        ASSERT_NEAR(a, b, 1e-3) << i;
    }
}

TEST_F(AlphaFilesTest, PicturesOfASequenceAreLikeItsFirst) {
    std::filesystem::create_directory(at("mixed"));
    make_transparent("mixed/1.png", "-frames:v 1 -pix_fmt rgba");
    ffmpeg("-f lavfi -i color=red:size=64x48 -frames:v 1 -pix_fmt rgb24 '" + at("mixed/2.png") +
           "'");
    make_transparent("mixed/3.png", "-frames:v 1 -pix_fmt rgba", "32x48");
    const std::vector<VideoFrame> all = all_frames(*open_source(at("mixed"), keep_));
    ASSERT_EQ(all.size(), 3U);
    for (const VideoFrame& frame : all) EXPECT_TRUE(frame.format().has_alpha);
    EXPECT_EQ(all[1].planes.data[0][3], 255);
    EXPECT_EQ(all[2].planes.data[0][3], 0) << "the bars beside a narrow one are transparent";
    // If the first picture has no alpha, no hidden colour becomes visible, and a note says so.
    std::filesystem::remove(at("mixed/1.png"));
    const std::unique_ptr<Source> plain = open_source(at("mixed"), keep_);
    for (const VideoFrame& frame : all_frames(*plain)) EXPECT_FALSE(frame.format().has_alpha);
    ASSERT_EQ(plain->errors().notes.size(), 1U);
    EXPECT_NE(plain->errors().notes[0].find("3.png: transparent parts are laid over black"),
              std::string::npos)
        << plain->errors().notes[0];
}

}  // namespace
}  // namespace reverie
