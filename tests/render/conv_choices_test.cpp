// Where a device measures which of its convolutions are the fastest, a job that is taken up takes
// the same ones: they are in its checkpoint.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "src/render/param_schedule.h"
#include "src/render/render_job.h"
#include "src/render/resume.h"
#include "src/util/error.h"
#include "tests/support/error_of.h"
#include "tests/support/forwarding_device.h"
#include "tests/support/runtime.h"

namespace reverie::conv_choices_test {
namespace {

namespace fs = std::filesystem;

constexpr int kWide = 33, kHigh = 17;

/// Chooses, as a GPU does.
class ChoosingDevice : public test::ForwardingDevice {
  public:
    ChoosingDevice() : ForwardingDevice(open_device({"cpu", 2})) {}
    std::unique_ptr<ConvEngine> make_conv_engine(DType type, ConvKind kind) override {
        choices.try_emplace("layout,1", "nhwc");
        return ForwardingDevice::make_conv_engine(type, kind);
    }
    ConvChoices conv_choices() const override { return choices; }
    void adopt_conv_choices(const ConvChoices& adopted) override { choices = adopted; }
    std::string conv_choices_lost() const override { return lost; }
    ConvChoices choices{{"f,1,8", "graph 5 engine 12 knobs 1:2 3:4"}};
    std::string lost;
};

class NoSink : public Sink {
  public:
    explicit NoSink(const PixelFormat& format) : format_(format) {}
    const PixelFormat& format() const override { return format_; }
    VideoFrame acquire() override { return make_frame(format_, kWide, kHigh); }
    void write(const VideoFrame& /*frame*/) override {}
    void finish() override {}

  private:
    PixelFormat format_;
};

class ConvChoicesTest : public testing::Test {
  protected:
    ConvChoicesTest() {
        std::string name = (fs::temp_directory_path() / "reverie_choices_XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw Error("no temporary folder");
        folder_ = name;
        options_.output.path = (folder_ / "dream.mp4").string();
    }
    ~ConvChoicesTest() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }

    /// As many frames; `fails` then. What it said.
    std::string render(Runtime& runtime, int frames, bool fails) {
        SourceOptions from;
        from.width = kWide;
        from.height = kHigh;
        const std::unique_ptr<Source> source = open_source("pattern:clouds", from);
        ParamOptions params;
        params.sets = {"objective=conv2", "octaves=1", "iterations=0", "flow=off"};
        const ParamSchedule schedule(params, Params());
        NoSink sink(source->info().format);
        Journal journal({options_.output.path, "reverie render", 1e-6, false});
        std::optional<VideoFrame> frame;
        RenderJob job;
        int given = 0;
        job.next = [&]() -> std::optional<DreamInput> {
            if (given == frames && fails) throw Error("the input is gone");
            if (given == frames) return std::nullopt;
            frame = source->next();
            return DreamInput{&*frame, given++, 1};
        };
        job.size = {kWide, kHigh};
        job.time_base = {1, 25};
        job.journal = &journal;
        job.output = options_.output.path;
        testing::internal::CaptureStderr();
        const std::string error =
            test::error_of([&] { run_render_job(job, schedule, runtime, sink, false); });
        EXPECT_EQ(error.empty(), !fails) << error;
        return testing::internal::GetCapturedStderr();
    }

    fs::path folder_;
    JobOptions options_;
};

TEST_F(ConvChoicesTest, AreInTheCheckpoint) {
    const auto segment = static_cast<int>(frames_of_segment({kWide, kHigh}, DeviceKind::cpu));
    auto choosing = std::make_unique<ChoosingDevice>();
    ChoosingDevice& device = *choosing;
    Runtime runtime = test::machine_on(std::move(choosing));
    render(runtime, segment + 3, true);
    EXPECT_TRUE(kept_choices(options_).empty()) << "it begins anew";
    options_.output.resume = true;
    const ConvChoices expected{{"f,1,8", "graph 5 engine 12 knobs 1:2 3:4"}, {"layout,1", "nhwc"}};
    EXPECT_EQ(device.choices, expected);
    EXPECT_EQ(kept_choices(options_), expected);
    options_.output.path += ".other.mp4";
    EXPECT_TRUE(kept_choices(options_).empty());
}

TEST_F(ConvChoicesTest, ThatCannotBeKeptAreSaid) {
    auto choosing = std::make_unique<ChoosingDevice>();
    ChoosingDevice& device = *choosing;
    Runtime runtime = test::machine_on(std::move(choosing));
    EXPECT_EQ(render(runtime, 2, false).find("could not be kept"), std::string::npos);
    device.lost = "/nowhere/plans.txt: Read-only file system";
    const std::string said = render(runtime, 2, false);
    EXPECT_NE(said.find("could not be kept (/nowhere/plans.txt: Read-only"), std::string::npos)
        << said;
}

}  // namespace
}  // namespace reverie::conv_choices_test
