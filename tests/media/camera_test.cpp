// Cameras: which ones are found, which mode is chosen, what their pictures hold, and the errors for
// those that cannot be opened.
#include <cstring>

#include "src/media/sink.h"
#include "src/media/sources/source_camera.h"
#include "src/util/error.h"
#include "tests/support/error_of.h"
#include "tests/support/fake_camera.h"

namespace reverie {
namespace {

using test::error_of;
using test::FakeCamera;

class CameraTest : public test::FakeCameraTest {
  protected:
    static std::string opening_error(const std::string& spec) {
        const std::string line = error_of([&] { open_source(spec); });
        EXPECT_EQ(line.find('\n'), std::string::npos) << line;
        return line;
    }
    static CameraInfo with_modes(const std::vector<CameraMode>& modes) {
        CameraInfo camera;
        camera.name = "C";
        camera.modes = modes;
        return camera;
    }
};

TEST_F(CameraTest, AreListedWithWhatTheyOffer) {
    EXPECT_TRUE(list_cameras().empty());
    const FakeCamera two = plug_in("two", "/dev/video7");
    const FakeCamera one = plug_in("one", "/dev/video1");
    one.set("modes", "MJPG 1280x720 30\nYUYV 640x480 30\nYUYV 640x480 15\nJUNK 8x8 30\n");
    plug_in("out", "/dev/video2").set("output");
    const std::vector<CameraInfo> cameras = list_cameras();
    ASSERT_EQ(cameras.size(), 2U);
    EXPECT_EQ(cameras[0].device, "/dev/video1");
    EXPECT_EQ(cameras[0].name, "Fake one");
    EXPECT_EQ(cameras[0].bus, "usb-one");
    const std::vector<CameraMode> modes{{"mjpeg", 1280, 720, {30, 1}},
                                        {"yuyv422", 640, 480, {30, 1}},
                                        {"yuyv422", 640, 480, {15, 1}}};
    EXPECT_EQ(cameras[0].modes, modes);
    EXPECT_EQ(cameras[1].name, "Fake two");
    one.set("denied");
    EXPECT_NE(list_cameras()[0].problem.find("group video"), std::string::npos);
}

TEST_F(CameraTest, CompressedPicturesAreTakenWhereTheRawRateIsTooLow) {
    const CameraMode raw_small{"yuyv422", 640, 480, {30, 1}},
        raw_slow{"yuyv422", 1280, 720, {10, 1}}, raw{"yuyv422", 1280, 720, {30000, 1001}},
        jpeg{"mjpeg", 1280, 720, {30, 1}}, jpeg_large{"mjpeg", 1920, 1080, {60, 1}};
    EXPECT_EQ(choose_camera_mode(with_modes({raw_small, raw_slow, jpeg, jpeg_large}), {}), jpeg);
    EXPECT_EQ(choose_camera_mode(with_modes({raw_small, raw, jpeg}), {}), raw);
    EXPECT_EQ(choose_camera_mode(with_modes({raw_slow, raw_small}), {}), raw_small);
    const std::vector<CameraMode> all{raw_small, raw_slow, raw, jpeg, jpeg_large};
    EXPECT_EQ(choose_camera_mode(with_modes(all), {1920, 1080, {}, ""}), jpeg_large);
    EXPECT_EQ(choose_camera_mode(with_modes(all), {640, 480, {}, ""}), raw_small);
    EXPECT_EQ(choose_camera_mode(with_modes(all), {0, 0, {60, 1}, ""}).format, "mjpeg");
    EXPECT_EQ(choose_camera_mode(with_modes(all), {0, 0, {}, "mjpeg"}), jpeg);
    EXPECT_NE(error_of([&] {
                  choose_camera_mode(with_modes(all), {0, 0, {}, "nv12"});
              }).find("offers mjpeg, yuyv422"),
              std::string::npos);
}

TEST_F(CameraTest, AreFoundByPlaceNumberAndName) {
    plug_in("Alpha", "/dev/video3");
    plug_in("Beta", "/dev/video5");
    const std::vector<CameraInfo> cameras = list_cameras();
    for (const char* spec : {"camera", "camera:", "camera:0", "/dev/video3", "camera:/dev/video3",
                             "camera:alpha", "camera:Fake A"}) {
        EXPECT_TRUE(is_camera(spec));
        EXPECT_EQ(find_camera(spec, cameras).name, "Fake Alpha") << spec;
    }
    EXPECT_EQ(find_camera("camera:1", cameras).name, "Fake Beta");
    EXPECT_NE(opening_error("camera:2").find("camera:1 Fake Beta"), std::string::npos);
    EXPECT_NE(opening_error("camera:Gamma").find("there is no camera"), std::string::npos);
    for (const char* spec : {"clip.mp4", "pattern:clouds", "-", "camera.mp4", "/dev/sda"})
        EXPECT_FALSE(is_camera(spec));
}

TEST_F(CameraTest, TheSameIsFoundAgainAndNeverAnother) {
    const auto camera = [](int number, const std::string& name, const std::string& bus) {
        return CameraInfo{"/dev/video" + std::to_string(number), name, bus, {}, ""};
    };
    const CameraInfo left = camera(0, "C920", "usb-1"), right = camera(2, "C920", "usb-2");
    const CameraMemory memory{left, {right}};
    const CameraInfo moved = camera(4, "C920", "usb-1"), replugged = camera(4, "C920", "usb-3"),
                     other = camera(0, "Brio", "usb-1");
    EXPECT_EQ(find_camera("camera:0", {right, moved}, memory).device, "/dev/video4");
    EXPECT_EQ(find_camera("/dev/video0", {right, replugged}, memory).bus, "usb-3");
    EXPECT_EQ(find_camera("camera:1", {right, other}, memory).name, "Brio");
    EXPECT_EQ(find_camera("/dev/video0", {other, right}, memory).name, "Brio");
    EXPECT_NE(
        error_of([&] { find_camera("camera:0", {right}, memory); }).find("'C920' is not there"),
        std::string::npos);
}

TEST_F(CameraTest, SayWhyTheyCannotBeOpened) {
    EXPECT_NE(opening_error("camera:0").find("pattern:clouds"), std::string::npos);
    const FakeCamera camera = plug_in("one");
    camera.set("busy");
    EXPECT_NE(opening_error("camera:0").find("in use by another program"), std::string::npos);
    camera.unset("busy");
    const std::unique_ptr<Source> first = open_source("camera:0");
    EXPECT_NE(opening_error("/dev/video0").find("in use by another program"), std::string::npos);
    camera.set("denied");
    EXPECT_NE(opening_error("camera:0").find("group video"), std::string::npos);
    camera.set("modes", "JUNK 8x8 30\n");
    camera.unset("denied");
    EXPECT_NE(opening_error("camera:0").find("no format"), std::string::npos);
}

TEST_F(CameraTest, RawPicturesComeUnchangedAndOutliveTheCamera) {
    plug_in("one").set("modes", "YUYV 34x18 30\n");
    std::unique_ptr<Source> source = open_source("camera:0");
    EXPECT_EQ(source->info().width, 34);
    EXPECT_EQ(source->info().format.matrix, ColorMatrix::bt601);
    std::vector<VideoFrame> frames;
    for (int i = 0; i < 5; ++i) frames.push_back(source->next().value());
    source.reset();
    int64_t last_pts = -1;
    uint8_t last_luma = 0;
    for (const VideoFrame& frame : frames) {
        EXPECT_GT(frame.pts, last_pts);
        const uint8_t* row = frame.planes.data[0] + 17 * frame.planes.stride_bytes[0];
        const uint8_t begin = row[0];
        EXPECT_EQ(begin % 4, 0);
        for (int x = 0; x < 34; ++x) {
            EXPECT_EQ(row[2 * x], static_cast<uint8_t>(begin + x));
            EXPECT_EQ(row[2 * x + 1], 128);
        }
        if (last_pts >= 0) {
            EXPECT_GT(static_cast<uint8_t>(begin - last_luma), 0);
        }
        last_pts = frame.pts;
        last_luma = begin;
    }
}

TEST_F(CameraTest, JpegPicturesAreDecoded) {
    const FakeCamera camera = plug_in("one");
    camera.set("modes", "MJPG 66x38 30\n");
    SinkOptions options;
    options.width = 66;
    options.height = 38;
    options.source_format = planar_yuv(8, 1, 1, ColorMatrix::bt601, true);
    const std::unique_ptr<Sink> sink = open_sink(camera.file("frame.jpg").string(), options);
    VideoFrame picture = sink->acquire();
    for (int p = 0; p < picture.format().planes; ++p) {
        for (int y = 0; y < picture.format().plane_height(p, 38); ++y) {
            for (size_t x = 0; x < picture.format().row_bytes(p, 66); ++x) {
                picture.planes.data[p][y * picture.planes.stride_bytes[p] + x] =
                    static_cast<uint8_t>(40 + 2 * x + 3 * y);
            }
        }
    }
    sink->write(picture);
    sink->finish();
    const VideoFrame expected = open_source(camera.file("frame.jpg").string())->next().value();
    const std::unique_ptr<Source> source = open_source("camera:0");
    source->next();
    const VideoFrame frame = source->next().value();
    ASSERT_EQ(frame.format(), expected.format());
    for (int p = 0; p < frame.format().planes; ++p) {
        for (int y = 0; y < frame.format().plane_height(p, 38); ++y) {
            EXPECT_EQ(std::memcmp(frame.planes.data[p] + y * frame.planes.stride_bytes[p],
                                  expected.planes.data[p] + y * expected.planes.stride_bytes[p],
                                  frame.format().row_bytes(p, 66)),
                      0);
        }
    }
}

/// A JPEG of 66 × 50 pixels in that colour, with noise, so that its bytes are spread all over it.
std::string jpeg_of(const std::filesystem::path& folder, const std::string& color) {
    const std::string path = (folder / ".made.jpg").string();
    const std::string command = "ffmpeg -nostdin -y -v error -f lavfi -i color=" + color +
                                ":s=66x50,noise=alls=30:all_seed=7 -frames:v 1 -q:v 3 -update 1 '" +
                                path + "'";
    EXPECT_EQ(std::system(command.c_str()), 0);
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Looks into a LiveInput until a condition holds, or ten seconds are over.
template <class F>
bool look_until(LiveInput& input, F seen) {
    const auto begun = std::chrono::steady_clock::now();
    LiveFrame frame;
    while (std::chrono::steady_clock::now() - begun < std::chrono::seconds(10)) {
        const bool taken = input.take_within(frame, 0.005);
        if (seen(taken ? &frame.video : nullptr)) return true;
    }
    return false;
}

bool same_picture(const VideoFrame& a, const VideoFrame& b) {
    bool same = a.format() == b.format() && a.width() == b.width() && a.height() == b.height();
    for (int p = 0; same && p < a.format().planes; ++p) {
        for (int y = 0; y < a.format().plane_height(p, a.height()); ++y) {
            same = same && std::memcmp(a.planes.data[p] + y * a.planes.stride_bytes[p],
                                       b.planes.data[p] + y * b.planes.stride_bytes[p],
                                       a.format().row_bytes(p, a.width())) == 0;
        }
    }
    return same;
}

class DamagedCameraTest : public CameraTest {
  protected:
    DamagedCameraTest() {
        camera_.set("modes", "MJPG 66x50 30\n");
        camera_.set("frame.jpg", good_);
    }
    VideoFrame decoded(const std::string& jpeg) const {
        camera_.set("decoded.jpg", jpeg);
        return open_source(camera_.file("decoded.jpg").string())->next().value();
    }

    const FakeCamera camera_ = plug_in("one");
    const std::string good_ = jpeg_of(root_, "blue"), other_ = jpeg_of(root_, "orange");
};

TEST_F(DamagedCameraTest, WhatIsNotWholeIsCountedAndNotShown) {
    const VideoFrame good = decoded(good_), other = decoded(other_);
    const size_t middle = other_.size() / 2;
    std::string zeros = other_;
    zeros.replace(middle, 300, std::string(300, '\0'));
    LiveInput input;
    input.open("camera:0");
    for (const std::string& damaged :
         {other_.substr(0, middle), other_.substr(0, other_.size() - 200), other_.substr(0, 300),
          other_.substr(0, middle) + other_.substr(middle + 300),
          other_.substr(0, middle) + "\xFF\xD9", zeros, std::string()}) {
        camera_.set("frame.jpg", good_);
        ASSERT_TRUE(look_until(
            input, [&](const VideoFrame* frame) { return frame && same_picture(*frame, good); }));
        const int64_t before = input.status().damaged;
        camera_.set("frame.jpg", damaged);
        EXPECT_TRUE(look_until(input, [&](const VideoFrame* frame) {
            EXPECT_TRUE(!frame || same_picture(*frame, good)) << damaged.size();
            return input.status().damaged >= before + 3;
        }));
        camera_.set("frame.jpg", other_);
        EXPECT_TRUE(look_until(
            input, [&](const VideoFrame* frame) { return frame && same_picture(*frame, other); }));
    }
    EXPECT_EQ(input.status().openings, 1);
}

TEST_F(DamagedCameraTest, WhatIsWholeIsShownWhateverStandsAroundIt) {
    const VideoFrame other = decoded(other_);
    const std::string bad_exif(
        "\xFF\xE1\0\x10"
        "Exif\0\0garbage!",
        18);
    LiveInput input;
    for (const std::string& odd : {other_.substr(0, other_.size() - 2), other_ + std::string(99, 0),
                                   other_.substr(0, 2) + bad_exif + other_.substr(2)}) {
        camera_.set("frame.jpg", odd);
        input.open("camera:0");
        EXPECT_TRUE(look_until(
            input, [&](const VideoFrame* frame) { return frame && same_picture(*frame, other); }));
        EXPECT_EQ(input.status().damaged, 0);
    }
}

TEST_F(DamagedCameraTest, ThatNothingIsWholeIsSaid) {
    LiveInput input;
    input.open("camera:0");
    ASSERT_LT(wait_for(input, LiveState::running), 10);
    camera_.set("frame.jpg", other_.substr(0, other_.size() / 2));
    ASSERT_LT(wait_for(input, LiveState::stalled), 10);
    EXPECT_EQ(input.status().last_error, "Fake one sends damaged pictures only");
    EXPECT_GT(input.status().damaged, 0);
    camera_.set("frame.jpg", good_);
    ASSERT_LT(wait_for(input, LiveState::running), 10);
    EXPECT_EQ(input.status().last_error, "");
}

/// Raw pictures are counted in the same way: the camera sends smaller ones than it announced, and
/// is reopened.
TEST_F(CameraTest, RawPicturesThatAreTooShortAreCounted) {
    const FakeCamera camera = plug_in("one");
    camera.set("modes", "YUYV 66x50 30\n");
    LiveInput input;
    input.open("camera:0");
    ASSERT_LT(wait_for(input, LiveState::running), 10);
    camera.set("modes", "YUYV 64x48 30\n");
    EXPECT_TRUE(look_until(
        input, [&](const VideoFrame* frame) { return frame != nullptr && frame->width() == 64; }));
    EXPECT_EQ(input.status().damaged, 15);
}

}  // namespace
}  // namespace reverie
