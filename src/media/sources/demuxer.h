// Reads an input once for all its users: the packets of the picture go to a decoder, those of sound
// and subtitles to a sink that copies them, all on one clock. So the sound of a pipe or a live
// stream can be kept as that of a file, and a clock that jumps is corrected in the same way for all
// streams.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "src/media/libav.h"
#include "src/media/sources/input.h"
#include "src/media/sources/input_clock.h"

namespace reverie::libav {

struct InputRequest {
    std::string path;
    Transport transport = Transport::file;
    const std::atomic<bool>* stop = nullptr;
    double silence_s = 0;
};

/// Thread-safety: used by one thread at a time, by the source and the sink alike; the stop flag may
/// be set from any thread.
class Demuxer {
  public:
    /// Throws as Input.
    explicit Demuxer(const InputRequest& request);

    Input& input() { return *input_; }
    const std::string& path() const { return request_.path; }
    const InputClock& clock() const { return *clock_; }
    /// What the input has besides the picture, each once: "sound", "subtitles", "chapters",
    /// "timecode".
    std::vector<std::string> others() const;
    bool has_others() const { return has_others_; }
    /// The stream of the picture.
    int video() const { return video_; }
    /// Sets the stream of the picture; streams that neither read() nor take() returns are skipped.
    void choose(int video);
    /// From now on reads only the picture, because nobody copies the rest.
    void drop_others();
    /// Begins again from the start. Only for inputs that can be opened twice.
    void restart();

    /// The next packet of the picture, or libav's status.
    int read(AVPacket* packet);
    /// The next packet of another stream. False if none has been read yet. With `read_on`, reads on
    /// until one comes and discards the picture's packets; false if none comes any more.
    bool take(AVPacket* packet, bool read_on);
    /// Reads on until there are packets of each sound stream, or they are unlikely to come soon.
    /// The packets are kept.
    void read_ahead();
    /// The first packets of this stream that take() would return, in the order of the file.
    std::vector<const AVPacket*> waiting(int stream, size_t count) const;

    /// Seeks by the container's index. False if that is not possible. `target`: in ticks of the
    /// picture's stream.
    bool seek(int64_t target);
    /// Reads on to the last key frame at or before `target`.
    void skip_to(int64_t target);

  private:
    int pull();
    void sort_in(PacketPtr packet, bool waited);
    void stop_waiting(bool waited);
    void forget();

    InputRequest request_;
    std::unique_ptr<Input> input_;
    std::unique_ptr<InputClock> clock_;
    int video_ = -1;
    bool has_others_ = false, dropped_ = false;
    bool timeless_ = false;  ///< a raw stream: its times are only estimates
    std::deque<PacketPtr> pictures_, others_;
    std::deque<PacketPtr> undecided_;  ///< sound packets after a jump
};

/// The name, in messages, of a stream that is not the picture: "sound", "timecode", "data (gpmd)";
/// "" for one that nobody misses.
std::string name_of_stream(const AVFormatContext& input, const AVStream& stream);

/// Is it a stream that holds nothing but a timecode?
bool is_timecode(const AVStream& stream);

/// A bare stream of one codec, without a container and its times.
bool is_raw_stream(const AVInputFormat& format);

}  // namespace reverie::libav
