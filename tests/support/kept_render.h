// A small render whose frames are kept, on any device. For tests.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/media/source.h"
#include "src/render/param_schedule.h"
#include "src/render/render_job.h"
#include "tests/support/runtime.h"

namespace reverie::test {

/// Keeps what it is given.
class KeptFrames : public Sink {
  public:
    KeptFrames(const PixelFormat& format, Size size) : format_(format), size_(size) {}
    const PixelFormat& format() const override { return format_; }
    VideoFrame acquire() override { return make_frame(format_, size_.width, size_.height); }
    void write(const VideoFrame& frame) override { frames.push_back(frame); }
    void finish() override { finished = true; }

    std::vector<VideoFrame> frames;
    bool finished = false;

  private:
    PixelFormat format_;
    Size size_;
};

inline std::vector<uint8_t> luma_of(const VideoFrame& frame) {
    std::vector<uint8_t> bytes;
    const VideoPlanes& p = frame.planes;
    for (int y = 0; y < p.height; ++y) {
        const auto* row = p.data[0] + y * p.stride_bytes[0];
        bytes.insert(bytes.end(), row, row + p.width);
    }
    return bytes;
}

/// mean |a − b| of luma.
inline double luma_distance(const VideoFrame& a, const VideoFrame& b) {
    const std::vector<uint8_t> x = luma_of(a), y = luma_of(b);
    double distance = 0;
    for (size_t i = 0; i < x.size(); ++i) distance += std::abs(x[i] - y[i]);
    return distance / static_cast<double>(x.size());
}

struct RenderWish {
    bool feedback = false;
    int frames = 6;
    Size size{65, 49};
    std::vector<std::string> sets{"objective=inception_3a", "octaves=1", "iterations=1"};
    size_t memory_bytes = 0;                ///< budget of the dream; 0: none
    std::function<void(int)> before_frame;  ///< by number, from 0; null: nothing
};

struct KeptRender {
    std::vector<VideoFrame> frames;
    bool finished = false;
    std::string said;
    DeviceKind ended_on = DeviceKind::cpu;
    DeviceCounters counters;  ///< of the device that it ended on
};

inline KeptRender kept_render(std::unique_ptr<Device> device, const RenderWish& wish) {
    Runtime runtime = machine_on(std::move(device));
    runtime.memory_bytes = wish.memory_bytes;
    SourceOptions from;
    from.width = wish.size.width;
    from.height = wish.size.height;
    from.duration_s = 10;
    const std::unique_ptr<Source> source = open_source("pattern:clouds", from);
    ParamOptions options;
    options.sets = wish.sets;
    const ParamSchedule schedule(options, Params());
    KeptFrames sink(source->info().format, wish.size);
    RenderJob job;
    std::optional<VideoFrame> frame;
    int left = wish.frames;
    job.next = [&]() -> std::optional<DreamInput> {
        if (left-- == 0) return std::nullopt;
        if (wish.before_frame) wish.before_frame(wish.frames - 1 - left);
        const bool again = wish.feedback && frame.has_value();
        if (!again) frame = source->next();
        return DreamInput{again ? nullptr : &*frame, wish.frames - left, 1};
    };
    job.size = wish.size;
    job.time_base = {1, 25};
    job.feedback = wish.feedback;
    job.output = "kept";
    testing::internal::CaptureStderr();
    try {
        run_render_job(job, schedule, runtime, sink, false);
    } catch (...) {
        testing::internal::GetCapturedStderr();
        throw;
    }
    return {sink.frames, sink.finished, testing::internal::GetCapturedStderr(),
            runtime.device->info().kind, runtime.device->counters()};
}

}  // namespace reverie::test
