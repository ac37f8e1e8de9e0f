// A sink that discards all frames at once: for tests and measurements.
#include "src/media/frames/frame_pool.h"
#include "src/media/sink_kind.h"

namespace reverie {
namespace {

class NullSink : public Sink {
  public:
    explicit NullSink(const SinkOptions& options)
        : pool_(options.source_format, options.width, options.height),
          format_(options.source_format) {}
    const PixelFormat& format() const override { return format_; }
    VideoFrame acquire() override { return pool_.acquire(); }
    void write(const VideoFrame& /*frame*/) override {}
    void finish() override {}

  private:
    FramePool pool_;
    PixelFormat format_;
};

}  // namespace

extern const SinkKind kNullSink{
    .name = "null",
    .description = "null: (nowhere)",
    .recognises = [](const std::string& spec) { return spec == "null:"; },
    .open = [](const std::string&, const SinkOptions& options) -> std::unique_ptr<Sink> {
        return std::make_unique<NullSink>(options);
    },
};

}  // namespace reverie
