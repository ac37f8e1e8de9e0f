// A draft against renders of the same: the pictures to the bit, and what it counts.
#include "src/render/draft.h"

#include <gtest/gtest.h>

#include <cstring>

#include "src/render/draft_sheet.h"
#include "src/util/error.h"
#include "tests/support/error_of.h"

namespace reverie::draft_test {
namespace {

constexpr const char* kSize = "97x65";
constexpr int kRate = 25;

GlobalOptions machine() {
    GlobalOptions globals;
    globals.device = "cpu";
    globals.threads = 2;
    globals.precision = "f32";
    globals.weights = REVERIE_ROOT "/weights/googlenet.safetensors";
    globals.quiet = true;
    return globals;
}

JobOptions clip() {
    JobOptions options;
    options.input = "pattern:walker";
    options.size = kSize;
    options.duration = "1";
    options.params.sets = {"objective=conv2", "octaves=1", "iterations=1", "half_life=0.2"};
    options.output.path = "sheet.png";
    return options;
}

class FrameKeeper : public Sink {
  public:
    FrameKeeper(PixelFormat format, Size size) : format_(format), size_(size) {}
    const PixelFormat& format() const override { return format_; }
    VideoFrame acquire() override { return make_frame(format_, size_.width, size_.height); }
    void write(const VideoFrame& frame) override { frames.push_back(frame); }
    void finish() override {}

    std::vector<VideoFrame> frames;

  private:
    PixelFormat format_;
    Size size_;
};

/// From `start` on, frame by frame, as the format of `like` has it.
std::vector<VideoFrame> whole_render(const std::string& start, const VideoFrame& like) {
    JobOptions options = clip();
    options.start = start;
    options.output.path = "null:";
    OpenJob open = open_video_job(machine(), options, Params());
    FrameKeeper sink(like.format(), open.size);
    RenderJob job;
    std::optional<VideoFrame> frame;
    job.next = [&]() -> std::optional<DreamInput> {
        frame = open.source->next();
        if (!frame) return std::nullopt;
        return DreamInput{&*frame, frame->pts, frame->duration};
    };
    job.size = open.size;
    job.time_base = open.info.time_base;
    job.duration_s = open.info.duration_s;
    run_render_job(job, open.schedule, open.runtime, sink, true);
    return sink.frames;
}

bool same(const VideoFrame& a, const VideoFrame& b) {
    if (!(a.format() == b.format()) || a.width() != b.width() || a.height() != b.height())
        return false;
    for (int p = 0; p < a.format().planes; ++p) {
        for (int y = 0; y < a.format().plane_height(p, a.height()); ++y) {
            if (std::memcmp(a.planes.data[p] + y * a.planes.stride_bytes[p],
                            b.planes.data[p] + y * b.planes.stride_bytes[p],
                            a.format().row_bytes(p, a.width())) != 0)
                return false;
        }
    }
    return true;
}

TEST(Draft, FromTheBeginningItShowsTheRendersOwnFrames) {
    DraftPlan plan;
    plan.moments_s = {0.1, 0.5};
    plan.run_up_s = 9;
    int64_t shown = 0;
    const DraftRow row = draft_row(machine(), clip(), plan,
                                   [&](const DraftRow& r) { EXPECT_EQ(r.frames, ++shown); });
    ASSERT_EQ(row.pictures.size(), 2U);
    const std::vector<VideoFrame> render = whole_render("", row.pictures[0]);
    ASSERT_EQ(render.size(), size_t{kRate});
    EXPECT_TRUE(same(row.pictures[0], render[2]));   // shown from 0.08 s to 0.12 s
    EXPECT_TRUE(same(row.pictures[1], render[12]));  // from 0.48 s
    EXPECT_FALSE(same(row.pictures[1], render[13]));
    EXPECT_EQ(row.frames, 13) << "run-ups that touch are one";
    EXPECT_NEAR(static_cast<double>(row.planned), 13, 1);
    EXPECT_EQ(row.frames_of_render, kRate);
    EXPECT_GT(row.frame_s, 0);
    EXPECT_DOUBLE_EQ(row.render_s(), kRate * row.frame_s);
    EXPECT_GT(row.memory_bytes, 1 << 20);
    EXPECT_FALSE(row.stopped);
    EXPECT_NE(row.recipe.find("conv2"), std::string::npos);
}

TEST(Draft, EachMomentIsDreamedFromItsOwnRunUpOn) {
    DraftPlan plan;
    plan.moments_s = {0.3, 0.9};
    plan.run_up_s = 0.1;
    const DraftRow row = draft_row(machine(), clip(), plan, [](const DraftRow&) {});
    ASSERT_EQ(row.pictures.size(), 2U);
    // 0.9 − 0.1 s is frame 20, and the moment's is number 22.
    EXPECT_TRUE(same(row.pictures[1], whole_render("0.8", row.pictures[1])[2]));
    EXPECT_NEAR(static_cast<double>(row.frames), static_cast<double>(row.planned), 2);
    plan.most_frames = 3;
    EXPECT_EQ(draft_row(machine(), clip(), plan, [](const DraftRow&) {}).frames, 3);
    JobOptions pipe = clip();
    pipe.input = "-";
    EXPECT_NE(test::error_of([&] { draft_row(machine(), pipe, plan, [](const DraftRow&) {}); }),
              "");
}

TEST(Draft, MomentsAreInTheMiddlesOfEqualParts) {
    EXPECT_EQ(moments_over(12, 3), (std::vector<double>{2, 6, 10}));
    EXPECT_EQ(moments_over(7, 1), std::vector<double>{3.5});
}

TEST(DraftSheet, HasAPlaceForEachPicture) {
    constexpr int kColumns = 3;
    VideoFrame white = make_frame(packed_rgb(8, 3), 97, 65);
    std::memset(white.planes.data[0], 255, static_cast<size_t>(white.planes.stride_bytes[0]) * 65);
    const std::vector<DraftSheetRow> rows{{"", "", {white, white, white}}, {"", "", {white}}};
    bool has_words = false;
    const Sheet sheet = draw_draft_sheet({"", "", {"", "", ""}}, rows, {97, 65}, has_words);
    int64_t whites = 0;
    const VideoFrame& picture = sheet.picture();
    for (int y = 0; y < picture.height(); ++y)
        for (int x = 0; x < picture.width(); ++x)
            whites += picture.planes.data[0][y * picture.planes.stride_bytes[0] + 3 * x] == 255;
    EXPECT_EQ(whites, 4 * 97 * 65);
    EXPECT_EQ(draft_picture_size({97, 65}, kColumns), (Size{97, 65}));
    const Size large = draft_picture_size({3840, 2160}, 4);
    EXPECT_EQ(large, (Size{960, 540}));
}

}  // namespace
}  // namespace reverie::draft_test
