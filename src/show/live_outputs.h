// A live show's outputs besides its window: recordings of the dream and of the source, a virtual
// camera, a stream, y4m on the standard output; several at once. None of them blocks the show.
#pragma once

#include <array>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "src/media/frames/device_frame.h"
#include "src/media/recorder.h"
#include "src/session/runtime.h"
#include "src/show/output_kind.h"
#include "src/util/size.h"

namespace reverie {

/// Thread-safety: belongs to the show's thread; each output is written by a thread of its own.
class LiveOutputs {
  public:
    explicit LiveOutputs(Runtime& runtime);

    /// `target`: "" for a name of the program's choice, if the kind has one. `size` and `rate`: of
    /// the frames to be pushed; `source`: what they are made from, which is never written to.
    /// Throws Error if one of that kind is running, or a target is needed.
    void start(OutputKind kind, const std::string& target, Size size, Rational rate,
               const std::string& source);
    void stop(OutputKind kind);
    /// The dream, at `time_s` of the show.
    void push(Pixels<const float> picture, double time_s);
    /// The source's own frame.
    void push_dry(const VideoFrame& frame, double time_s);
    /// To be called after the runtime has changed to another device; recordings continue.
    void device_changed();
    RecorderStatus status(OutputKind kind) const;
    bool running(OutputKind kind) const;
    /// Whether at least one has failed, and none is at work.
    bool lost() const;
    /// Sound for the recordings and the stream that begin from now on: see SoundInput; "": none.
    /// `origin`: time 0 of the show.
    void listen(const std::string& spec, SoundInput::Clock::time_point origin);
    /// The spec of the sound input; "": none.
    const std::string& sound() const { return sound_spec_; }
    /// Its samples; null: none.
    std::shared_ptr<SoundFeed> sound_feed() const { return sound_; }
    SoundStatus sound_status() const { return sound_ ? sound_->status() : SoundStatus(); }
    /// Ends all of them and waits until their files are closed. True if one of them failed.
    bool finish();

  private:
    struct Output {
        explicit Output(Device& device) : back(device) {}
        Recorder recorder;
        DeviceFrame back;
    };
    Output& at(OutputKind kind) const { return *outputs_[static_cast<size_t>(kind)]; }

    Runtime& runtime_;
    std::array<std::unique_ptr<Output>, kOutputKinds> outputs_;
    std::string sound_spec_;
    std::shared_ptr<SoundInput> sound_;
    std::vector<std::future<void>>
        endings_;  ///< sound inputs that close in the background: a driver may be slow
};

/// "dream-20261125-041502.mp4": the time now, in the working folder.
std::string timed_name(const std::string& what, const std::string& ending);

}  // namespace reverie
