// open_sink: which kind of sink a name stands for, and what is refused before any work.
#include "src/media/sink.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "src/media/encoders.h"
#include "src/media/input.h"
#include "src/media/sink_file.h"
#include "src/util/error.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

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

std::string lower_ending(const std::string& path) {
    std::string ending = fs::path(path).extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return ending;
}

void check_target(const std::string& path, const SinkOptions& options) {
    std::error_code ignored;
    const fs::path folder = fs::path(path).parent_path();
    require(folder.empty() || fs::is_directory(folder, ignored),
            "cannot write '" + path + "': there is no folder '" + folder.string() + "'");
    require(!fs::is_directory(path, ignored),
            "cannot write '" + path + "': it is a folder; add a name");
    require(options.overwrite || !fs::exists(path, ignored),
            "'" + path + "' exists; choose another name or give --overwrite");
    if (!options.companions_from.empty() && fs::exists(path, ignored)) {
        require(!fs::equivalent(path, options.companions_from, ignored),
                "'" + path + "' is the input itself; choose another name");
    }
}

}  // namespace

SinkOptions sink_options_for(const SourceInfo& info) {
    SinkOptions options;
    options.width = info.width;
    options.height = info.height;
    options.time_base = info.time_base;
    options.frame_rate = info.frame_rate;
    options.source_format = info.format;
    options.tags = info.tags;
    options.sample_aspect = info.sample_aspect;
    if (info.has_companions) options.companions_from = info.name;
    return options;
}

std::unique_ptr<Sink> open_sink(const std::string& spec, const SinkOptions& options) {
    require(options.width > 0 && options.height > 0, "an output needs a size");
    if (spec == "null:") return std::make_unique<NullSink>(options);
    if (spec == "-") return open_pipe_sink(STDOUT_FILENO, "stdout", options);
    if (spec.find("://") != std::string::npos) return open_stream_sink(spec, options);
    if (spec.rfind("/dev/video", 0) == 0) return open_virtual_camera(spec, options);
    const std::string ending = lower_ending(spec);
    const bool picture = ending == ".png" || ending == ".jpg" || ending == ".jpeg";
    if (!picture && libav::codec_for_ending(ending).empty()) {
        throw UsageError("cannot tell what '" + spec +
                         "' is to be; try a name in .mp4, .mkv, .mov, .webm, .avi, .png or .jpg, "
                         "frames/%05d.png, or - for stdout");
    }
    if (picture) return open_picture_sink(spec, options);
    check_target(spec, options);
    return open_file_sink(spec, options);
}

}  // namespace reverie
