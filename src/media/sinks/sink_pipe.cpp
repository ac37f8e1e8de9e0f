// YUV4MPEG2 on a pipe: a line of header, then for each frame a line and its planes.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstring>
#include <optional>
#include <string>

#include "src/media/libav.h"
#include "src/media/sink_kind.h"
#include "src/media/sinks/sink_file.h"
#include "src/util/error.h"
#include "src/util/interrupt.h"

namespace reverie {
namespace {

constexpr int kLookAgainMs = 500;
/// That a reader gets to go on, once the program was asked to end.
constexpr std::chrono::milliseconds kLongestAtTheEnd{1500};

/// The formats that y4m can hold: planar YUV of 8 … 16 bits in 4:2:0, 4:2:2, 4:4:4, and gray. RGB
/// becomes 4:2:0 BT.709.
PixelFormat pipe_format(const SinkOptions& options) {
    PixelFormat f = options.source_format;
    if (f.matrix == ColorMatrix::rgb) f = planar_yuv(8, 1, 1, ColorMatrix::bt709, false);
    int bits = options.bits > 0 ? options.bits : f.bits;
    bits = bits > 12 ? 16 : (bits > 10 ? 12 : (bits > 8 ? 10 : 8));
    const bool half_x = f.gray || f.chroma_shift_x >= 1;
    const bool half_y = f.gray || f.chroma_shift_y >= 1;
    return planar_yuv(bits, half_x ? 1 : 0, half_x && half_y ? 1 : 0, f.matrix, f.full_range);
}

std::string header_of(const PixelFormat& f, int width, int height, Rational rate, Rational aspect) {
    const std::string chroma =
        f.chroma_shift_x == 0 ? "444" : (f.chroma_shift_y == 0 ? "422" : "420");
    std::string colors = chroma;
    if (f.bits > 8) colors += "p" + std::to_string(f.bits);
    if (f.bits == 8 && chroma == "420") colors += "jpeg";
    auto ratio = [](Rational r) { return std::to_string(r.num) + ":" + std::to_string(r.den); };
    return "YUV4MPEG2 W" + std::to_string(width) + " H" + std::to_string(height) + " F" +
           ratio(rate) + " Ip A" + ratio(aspect) + " C" + colors +
           (f.bits > 8 ? " XYSCSS=" + chroma + "P" + std::to_string(f.bits) : "") +
           (f.full_range ? " XCOLORRANGE=FULL" : " XCOLORRANGE=LIMITED") + "\n";
}

class PipeSink : public Sink {
  public:
    PipeSink(int fd, const std::string& name, const SinkOptions& options)
        : fd_(fd),
          name_(name),
          options_(options),
          rate_(options.frame_rate.known() ? options.frame_rate : Rational{25, 1}),
          format_(pipe_format(options)),
          pool_(format_, options.width, options.height) {}

    const PixelFormat& format() const override { return format_; }
    VideoFrame acquire() override { return pool_.acquire(); }
    void write(const VideoFrame& frame) override;
    std::vector<std::string> notes() const override { return left_out(options_.side_data, "y4m"); }
    void give_up() noexcept override { given_up_ = true; }
    void finish() override {
        if (pending_.owner != nullptr) {
            put_until(next_tick_ + std::max<int64_t>(1, tick_of(pending_.duration)));
        }
        pending_ = {};
    }

  private:
    int64_t tick_of(int64_t pts) const;
    void put_until(int64_t tick);
    void put(const VideoFrame& frame);
    void put_bytes(const void* bytes, size_t size);
    bool wait_for_reader() const;

    int fd_;
    std::string name_;
    SinkOptions options_;
    Rational rate_;
    PixelFormat format_;
    FramePool pool_;
    VideoFrame pending_;     ///< shown until the next one's time
    int64_t next_tick_ = 0;  ///< of the constant rate
    bool begun_ = false;
    std::atomic<bool> given_up_ = false;
};

/// The pipe has one rate and no timestamps: a frame is repeated while it lasts, or skipped if the
/// next one comes too soon.
void PipeSink::write(const VideoFrame& frame) {
    require(frame.format() == format_ && frame.width() == options_.width &&
                frame.height() == options_.height,
            "a frame of another size or format was written to " + name_);
    if (!begun_) {
        const std::string header =
            header_of(format_, options_.width, options_.height, rate_, options_.sample_aspect);
        put_bytes(header.data(), header.size());
        begun_ = true;
    }
    int64_t tick = next_tick_ + (pending_.owner != nullptr ? 1 : 0);
    if (options_.time_base.known()) tick = tick_of(frame.pts);
    if (pending_.owner != nullptr) put_until(tick);
    pending_ = frame;
    next_tick_ = std::max(next_tick_, tick);
}

/// The tick of the constant rate.
int64_t PipeSink::tick_of(int64_t pts) const {
    if (!options_.time_base.known()) return 0;
    return av_rescale_q_rnd(pts, libav::to_av(options_.time_base), {rate_.den, rate_.num},
                            AV_ROUND_NEAR_INF);
}

/// Writes the pending frame for all ticks before `tick`.
void PipeSink::put_until(int64_t tick) {
    for (; next_tick_ < tick; ++next_tick_) put(pending_);
}

void PipeSink::put(const VideoFrame& frame) {
    put_bytes("FRAME\n", 6);
    for (int p = 0; p < format_.planes; ++p) {
        const size_t row_bytes = format_.row_bytes(p, frame.width());
        for (int y = 0; y < format_.plane_height(p, frame.height()); ++y) {
            put_bytes(frame.planes.data[p] + y * frame.planes.stride_bytes[p], row_bytes);
        }
    }
}

/// Waits until the pipe can be written to. False if nobody reads it, and give_up() was called or the
/// program asked to end.
bool PipeSink::wait_for_reader() const {
    std::optional<std::chrono::steady_clock::time_point> asked;
    do {
        pollfd output{fd_, POLLOUT, 0};
        const int ready = ::poll(&output, 1, kLookAgainMs);
        // A signal says nothing of the pipe; other errors are reported by write().
        if (ready > 0 || (ready < 0 && errno != EINTR)) return true;
        const auto now = std::chrono::steady_clock::now();
        if (stop_flag() && !asked) asked = now;
        if (asked && now - *asked > kLongestAtTheEnd) return false;
    } while (!given_up_);
    return false;
}

void PipeSink::put_bytes(const void* bytes, size_t size) {
    const auto* at = static_cast<const uint8_t*>(bytes);
    while (size > 0) {
        // A writable pipe has room for PIPE_BUF bytes. A larger write may wait for the reader, and
        // nobody could end that.
        if (!wait_for_reader()) throw Error(name_ + " is not read any more");
        const ssize_t written = ::write(fd_, at, std::min<size_t>(size, PIPE_BUF));
        if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (written < 0 && errno == EPIPE) throw Error(name_ + " was closed by its reader");
        if (written < 0) throw Error("cannot write to " + name_ + ": " + std::strerror(errno));
        at += written;
        size -= static_cast<size_t>(written);
    }
}

}  // namespace

std::unique_ptr<Sink> open_pipe_sink(int fd, const std::string& name, const SinkOptions& options) {
    return std::make_unique<PipeSink>(fd, name, options);
}

extern const SinkKind kStdoutSink{
    .name = "stdout",
    .description = "- (y4m on stdout)",
    .recognises = [](const std::string& spec) { return spec == "-"; },
    .open =
        [](const std::string&, const SinkOptions& options) {
            return open_pipe_sink(STDOUT_FILENO, "stdout", options);
        },
    .without_streams = "y4m",
};

}  // namespace reverie
