// Side data is kept if the container can hold it, else a note says that it is not: compared with
// what ffprobe reads in the result.
#include "tests/media/support.h"

namespace reverie {
namespace {

class SideDataTest : public MediaTest {
  protected:
    static std::string seen(const std::string& name) {
        return output_of("ffprobe -v error -show_streams -show_frames -read_intervals %+#1 '" +
                         name + "'");
    }
    /// The number in "key=17/25".
    static double number_of(const std::string& text, const std::string& key) {
        const size_t at = text.find("\n" + key + "=");
        if (at == std::string::npos) return -1;
        double num = -1;
        double den = 1;
        std::sscanf(text.c_str() + at + key.size() + 2, "%lf/%lf", &num, &den);
        return num / den;
    }
    bool noted(const std::string& words) const {
        for (const std::string& note : notes_) {
            if (note.find(words) != std::string::npos) return true;
        }
        return false;
    }
    void render(const std::string& from, const std::string& to, const std::string& codec = "h264") {
        render_identity(at(from), at(to), codec);
    }
};

TEST_F(SideDataTest, StereoIsKept) {
    make_clip("said.mkv", "66x34", "-c:v libx264 -frames:v 3 -metadata:s:v stereo_mode=left_right");
    make_clip("coded.mp4", "66x34",
              "-c:v libx264 -frames:v 3 -pix_fmt yuv420p -x264-params frame-packing=4");
    for (const std::string to : {"out.mp4", "out.mkv"}) {
        render("said.mkv", to);
        EXPECT_NE(seen(at(to)).find("type=side by side"), std::string::npos) << to;
        EXPECT_TRUE(notes_.empty());
        std::filesystem::remove(at(to));
        render("coded.mp4", to);
        EXPECT_NE(seen(at(to)).find("type=top and bottom"), std::string::npos) << to;
        std::filesystem::remove(at(to));
    }
    for (const std::string to : {"out.mov", "out.avi", "out_%d.png"}) {
        render("said.mkv", to, "");
        EXPECT_TRUE(noted("stereo 3D is left out")) << to;
    }
}

/// Matroska's projection, made by the container's own element: 360° as YouTube uses it.
TEST_F(SideDataTest, SphericalIsKept) {
    make_clip("flat.mp4", "66x34", "-c:v libx264 -frames:v 3");
    std::ifstream file(at("flat.mp4"), std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const auto box = [](const std::string& kind, const std::string& body) {
        const auto size = static_cast<uint32_t>(body.size() + 8);
        std::string out;
        for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift & 0xFF);
        return out + kind + body;
    };
    const std::string zeros(20, '\0');
    const std::string added =
        box("sv3d", box("svhd", std::string(4, '\0') + "made" + std::string(1, '\0')) +
                        box("proj", box("prhd", zeros.substr(0, 16)) + box("equi", zeros)));
    // moov is the last box, so that no offset into the media moves.
    size_t begin = 0;
    size_t end = bytes.size();
    const auto size_at = [&](size_t at) {
        uint32_t size = 0;
        for (int i = 0; i < 4; ++i) size = size << 8U | static_cast<uint8_t>(bytes[at + i]);
        return size;
    };
    for (const std::string kind : {"moov", "trak", "mdia", "minf", "stbl", "stsd", "avc1"}) {
        while (bytes.compare(begin + 4, 4, kind) != 0) begin += size_at(begin);
        end = begin + size_at(begin);
        const uint32_t size = size_at(begin) + static_cast<uint32_t>(added.size());
        for (int i = 0; i < 4; ++i) bytes[begin + i] = static_cast<char>(size >> (24 - 8 * i));
        begin += kind == "stsd" ? 16 : 8;
    }
    bytes.insert(end, added);
    std::ofstream(at("round.mp4"), std::ios::binary) << bytes;
    ASSERT_NE(seen(at("round.mp4")).find("Spherical Mapping"), std::string::npos);
    render("round.mp4", "out.mp4");
    EXPECT_NE(seen(at("out.mp4")).find("projection=equirectangular"), std::string::npos);
    render("out.mp4", "out.mkv");
    EXPECT_NE(seen(at("out.mkv")).find("projection=equirectangular"), std::string::npos);
    render("out.mkv", "again.mp4");
    EXPECT_NE(seen(at("again.mp4")).find("projection=equirectangular"), std::string::npos);
    EXPECT_TRUE(notes_.empty());
    render("round.mp4", "out.mov", "");
    EXPECT_TRUE(noted("360° mapping is left out"));
}

/// libav reports a PNG's primaries as a mastering display.
TEST_F(SideDataTest, PrimariesAloneAreNoHdr) {
    make_clip("plain%d.png", "33x17",
              "-vf format=rgb24,setparams=color_primaries=bt709:color_trc=bt709 -frames:v 2");
    ASSERT_NE(seen(at("plain1.png")).find("white_point_x"), std::string::npos);
    render("plain%d.png", "out.avi");
    EXPECT_FALSE(noted("mastering display"));
}

TEST_F(SideDataTest, Hdr10IsKept) {
    make_clip("hdr.mkv", "66x34",
              "-c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -frames:v 3 -x265-params "
              "'log-level=error:hdr10=1:repeat-headers=1:colorprim=bt2020:transfer=smpte2084:"
              "colormatrix=bt2020nc:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP("
              "15635,16450)L(10000000,50):max-cll=1000,400'");
    for (const auto& [to, codec] : {std::pair<std::string, std::string>{"out.mp4", "h265"},
                                    {"out.mkv", "h265"},
                                    {"av1.mp4", "av1"},
                                    {"av1.mkv", "av1"},
                                    {"h264.mp4", "h264"},
                                    {"h264.mkv", "h264"},
                                    {"ffv1.mkv", "ffv1"}}) {
        render("hdr.mkv", to, codec);
        const std::string text = seen(at(to));
        EXPECT_NEAR(number_of(text, "red_x"), 0.68, 1e-4) << to;
        EXPECT_NEAR(number_of(text, "green_y"), 0.69, 1e-4) << to;
        EXPECT_NEAR(number_of(text, "white_point_x"), 0.3127, 1e-4) << to;
        EXPECT_NEAR(number_of(text, "max_luminance"), 1000, 0.1) << to;
        EXPECT_NEAR(number_of(text, "min_luminance"), 0.005, 1e-4) << to;
        EXPECT_NE(text.find("max_content=1000"), std::string::npos) << to;
        EXPECT_NE(text.find("max_average=400"), std::string::npos) << to;
        EXPECT_TRUE(notes_.empty()) << to;
    }
    render("hdr.mkv", "out.avi", "h264");
    EXPECT_TRUE(noted("mastering display is left out"));
    EXPECT_TRUE(noted("content light level is left out"));
}

TEST_F(SideDataTest, FontsAndCovers) {
    std::ofstream(at("font.ttf")) << "not really a font\n";
    ffmpeg("-f lavfi -i color=orange:s=33x17 -frames:v 1 -update 1 '" + at("cover.png") + "'");
    make_clip("fonts.mkv", "34x18",
              "-frames:v 3 -c:v libx264 -attach '" + at("font.ttf") +
                  "' -metadata:s:t mimetype=application/x-truetype-font -metadata:s:t "
                  "filename=font.ttf");
    make_clip("cover.mkv", "34x18",
              "-frames:v 3 -c:v libx264 -attach '" + at("cover.png") +
                  "' -metadata:s:t mimetype=image/png -metadata:s:t filename=front.png");
    ffmpeg("-f lavfi -i testsrc2=size=34x18:rate=25:duration=0.12 -i '" + at("cover.png") +
           "' -map 0 -map 1 -c:v:0 libx264 -c:v:1 copy -disposition:v:1 attached_pic '" +
           at("cover.mp4") + "'");
    const std::string cover = output_of("md5sum < '" + at("cover.png") + "'");
    const auto cover_of = [&](const std::string& name) {
        return output_of("ffmpeg -v error -i '" + at(name) +
                         "' -map 0:v:1 -c copy -f image2pipe - | md5sum");
    };
    render("fonts.mkv", "out.mkv");
    EXPECT_NE(seen(at("out.mkv")).find("TAG:filename=font.ttf"), std::string::npos);
    output_of("cd '" + folder_.string() +
              "' && ffmpeg -v error -y -dump_attachment:t:0 dumped.ttf -i out.mkv -f null -");
    EXPECT_EQ(output_of("cmp '" + at("dumped.ttf") + "' '" + at("font.ttf") + "'"), "");
    render("fonts.mkv", "out.mp4");
    EXPECT_TRUE(noted("attachment 'font.ttf' left out")) << notes_.size();
    for (const std::string from : {"cover.mkv", "cover.mp4"}) {
        for (const std::string to : {"c.mkv", "c.mp4"}) {
            render(from, to);
            EXPECT_TRUE(notes_.empty()) << from << to << notes_[0];
            EXPECT_EQ(cover_of(to), cover) << from << to;
            EXPECT_EQ(all_frames(*open_source(at(to))).size(), 3U);
            std::filesystem::remove(at(to));
        }
    }
    EXPECT_NE(seen(at("cover.mkv")).find("front.png"), std::string::npos);
    render("cover.mkv", "c.avi");
    EXPECT_TRUE(noted("the cover left out"));
}

}  // namespace
}  // namespace reverie
