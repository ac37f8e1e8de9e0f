#include "src/show/live_outputs.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>

#include "src/media/sink_kind.h"
#include "src/util/error.h"

namespace reverie {
namespace {

// How long the end may take: of all outputs, and of pipes.
constexpr double kLongestFinishS = 60, kReaderMayRestS = 2;

std::string default_target(const OutputInfo& info) {
    if (!info.stem.empty()) return timed_name(std::string(info.stem), ".mp4");
    require(*info.only_target != '\0', std::string(info.no_target));
    return info.only_target;
}

}  // namespace

std::string timed_name(const std::string& what, const std::string& ending) {
    return fmt::format("{}-{:%Y%m%d-%H%M%S}{}", what, fmt::localtime(std::time(nullptr)), ending);
}

LiveOutputs::LiveOutputs(Runtime& runtime) : runtime_(runtime) {
    for (std::unique_ptr<Output>& output : outputs_)
        output = std::make_unique<Output>(*runtime.device);
}

void LiveOutputs::device_changed() {
    for (const std::unique_ptr<Output>& output : outputs_)
        output->back = DeviceFrame(*runtime_.device);
}

void LiveOutputs::start(OutputKind kind, const std::string& target, Size size, Rational rate,
                        const std::string& source) {
    Output& output = at(kind);
    SinkOptions options;
    options.width = size.width;
    options.height = size.height;
    options.frame_rate = rate;
    options.realtime = true;
    options.made_from = source;
    const std::string path = target.empty() ? default_target(info_of(kind)) : target;
    const SinkKind* sink = find_sink_kind(path);
    const bool heard = sink != nullptr && sink->sound;
    output.recorder.start(path, options, {}, heard ? sound_ : nullptr);
}

void LiveOutputs::listen(const std::string& spec, SoundInput::Clock::time_point origin) {
    std::erase_if(endings_, [](const std::future<void>& ending) {
        return ending.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    });
    if (sound_) {
        endings_.push_back(std::async(std::launch::async,
                                      [ending = std::move(sound_)]() mutable { ending.reset(); }));
    }
    sound_ = spec.empty() ? nullptr : std::make_shared<SoundInput>(spec, origin);
    sound_spec_ = spec;
}

void LiveOutputs::stop(OutputKind kind) { at(kind).recorder.stop(); }

void LiveOutputs::push(Pixels<const float> picture, double time_s) {
    for (const OutputInfo& info : kOutputs) {
        if (info.of_source || !running(info.kind)) continue;
        Output& output = at(info.kind);
        std::optional<VideoFrame> frame = output.recorder.acquire();
        if (!frame) continue;
        // A recording keeps the size that it began with, also when the show changes its size.
        if (frame->width() != picture.width || frame->height() != picture.height)
            *frame = make_frame(frame->format(), picture.width, picture.height);
        output.back.from_rgb(*runtime_.stream, picture, *frame);
        output.recorder.push(*frame, time_s);
    }
}

void LiveOutputs::push_dry(const VideoFrame& frame, double time_s) {
    for (const OutputInfo& info : kOutputs) {
        if (info.of_source && running(info.kind)) at(info.kind).recorder.push(frame, time_s);
    }
}

RecorderStatus LiveOutputs::status(OutputKind kind) const { return at(kind).recorder.status(); }

bool LiveOutputs::running(OutputKind kind) const {
    const RecorderState state = status(kind).state;
    return state == RecorderState::opening || state == RecorderState::recording;
}

bool LiveOutputs::lost() const {
    bool failed = false;
    for (const std::unique_ptr<Output>& output : outputs_) {
        const RecorderState state = output->recorder.status().state;
        if (state == RecorderState::failed)
            failed = true;
        else if (state != RecorderState::idle && state != RecorderState::done)
            return false;
    }
    return failed;
}

bool LiveOutputs::finish() {
    bool failed = false;
    for (const std::unique_ptr<Output>& output : outputs_) output->recorder.stop();
    // Files are written to the end; a reader that has stopped is not waited for.
    const auto begun = std::chrono::steady_clock::now();
    const auto wait = [&](double until_s) {
        for (const std::unique_ptr<Output>& output : outputs_) {
            const std::chrono::duration<double> gone = std::chrono::steady_clock::now() - begun;
            output->recorder.wait(std::max(0.0, until_s - gone.count()));
        }
    };
    wait(kReaderMayRestS);
    for (const std::unique_ptr<Output>& output : outputs_) output->recorder.give_up();
    wait(kLongestFinishS);
    for (const std::unique_ptr<Output>& output : outputs_)
        failed = failed || output->recorder.status().state == RecorderState::failed;
    return failed;
}

}  // namespace reverie
