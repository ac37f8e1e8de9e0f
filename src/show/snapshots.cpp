#include "src/show/snapshots.h"

#include <chrono>
#include <memory>
#include <string>

#include "src/media/frames/device_frame.h"
#include "src/media/sink.h"
#include "src/show/live_outputs.h"

namespace reverie {

void Snapshots::take(Runtime& runtime, Pixels<const float> picture) {
    const std::string path = timed_name("dream", ".png");
    SinkOptions options;
    options.width = picture.width;
    options.height = picture.height;
    std::shared_ptr<Sink> sink = open_sink(path, options);
    VideoFrame frame = sink->acquire();
    DeviceFrame(*runtime.device).from_rgb(*runtime.stream, picture, frame);
    std::erase_if(written_, [](const std::future<void>& one) {
        return one.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    });
    written_.push_back(std::async(std::launch::async, [this, sink, frame, path] {
        try {
            sink->write(frame);
            sink->finish();
            notices_.post(path + " is kept", Severity::info);
        } catch (const std::exception& error) {
            notices_.post(error.what(), Severity::error);
        }
    }));
}

}  // namespace reverie
