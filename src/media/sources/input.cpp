#include "src/media/sources/input.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "src/media/pattern.h"
#include "src/media/sources/foreign_formats.h"
#include "src/media/sources/picture_list.h"
#include "src/media/sources/reach.h"
#include "src/util/error.h"

namespace reverie::libav {
namespace {

constexpr int kWriterTimeoutMs = 10000;  ///< for a writer to open the other end of a FIFO
constexpr int kPollMs = 100;

int64_t steady_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

/// Checks a path before libav opens it.
void check_readable(const std::string& path, const struct stat& status, bool found) {
    require(found, "cannot read '" + path + "': " + std::strerror(errno) +
                       "; check the name, or try " + usual_pattern());
    require(!S_ISREG(status.st_mode) || status.st_size > 0,
            "cannot read '" + path + "': the file is empty");
    require(S_ISFIFO(status.st_mode) || ::access(path.c_str(), R_OK) == 0,
            "cannot read '" + path + "': " + std::strerror(EACCES));
}

}  // namespace

/// Reads the bytes that are there; waits for more without blocking the end of the program.
int read_pipe(void* opaque, uint8_t* buffer, int size) {
    auto* input = static_cast<Input*>(opaque);
    int waited_ms = 0;
    for (;;) {
        if (input->stopped()) return AVERROR_EXIT;
        struct pollfd wanted {
            input->pipe_fd_, POLLIN, 0
        };
        const int ready = ::poll(&wanted, 1, kPollMs);
        if (ready < 0 && errno != EINTR) return AVERROR(errno);
        if (ready <= 0) {
            // Only a FIFO without a writer times out: stdin, and a writer that has begun, may pause
            // for any time.
            const bool nobody = !input->is_stdin() && input->pipe_io_->pos == 0;
            if (nobody && (waited_ms += kPollMs) >= kWriterTimeoutMs) return AVERROR(ETIMEDOUT);
            continue;
        }
        const ssize_t count = ::read(input->pipe_fd_, buffer, size);
        if (count > 0) return static_cast<int>(count);
        if (count == 0) return AVERROR_EOF;
        if (errno != EAGAIN && errno != EINTR) return AVERROR(errno);
    }
}

/// libav's interrupt callback.
int is_given_up(void* opaque) {
    const auto* input = static_cast<Input*>(opaque);
    return input->stopped() || input->silent() ? 1 : 0;
}

Input::Input(const std::string& path, Transport transport, const std::atomic<bool>* stop,
             double silence_s)
    : path_(path), transport_(transport), stop_(stop), silence_s_(silence_s) {
    silence();
    heard();
    clear_message();
    context_ = new_context();
    try {
        open();
    } catch (...) {
        close();
        throw;
    }
}

AVFormatContext* Input::new_context() {
    AVFormatContext* context = avformat_alloc_context();
    require(context != nullptr, "out of memory for an input");
    context->interrupt_callback = {is_given_up, this};
    return context;
}

void Input::close() noexcept {
    avformat_close_input(&context_);
    if (pipe_io_ != nullptr) {
        av_freep(&pipe_io_->buffer);
        avio_context_free(&pipe_io_);
    }
    if (pipe_fd_ > 0) ::close(pipe_fd_);
}

void Input::open_pipe() {
    constexpr int kBufferBytes = 1 << 16;
    pipe_fd_ = is_stdin() ? STDIN_FILENO : ::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    require(pipe_fd_ >= 0, "cannot read '" + path_ + "': " + std::strerror(errno));
    auto* buffer = static_cast<uint8_t*>(av_malloc(kBufferBytes));
    pipe_io_ = avio_alloc_context(buffer, kBufferBytes, 0, this, read_pipe, nullptr, nullptr);
    require(buffer != nullptr && pipe_io_ != nullptr, "out of memory for a pipe");
    context_->pb = pipe_io_;
    context_->flags |= AVFMT_FLAG_CUSTOM_IO;
}

void Input::explain_failure(int status) const {
    if (stopped()) throw Interrupted("interrupted while '" + path_ + "' was opened");
    if (silent()) throw Error("cannot read '" + path_ + "': it sends no data");
    if (status == AVERROR(ETIMEDOUT) && transport_ == Transport::pipe) {
        throw Error("cannot read '" + path_ + "': nobody wrote to this pipe for " +
                    std::to_string(kWriterTimeoutMs / 1000) + " s");
    }
    const bool file = transport_ == Transport::file;
    if (const std::string foreign = file ? foreign_format(path_) : ""; !foreign.empty())
        throw Error("cannot read '" + path_ + "': " + foreign);
    const std::string what = is_stdin() ? "stdin" : "'" + path_ + "'";
    throw Error("cannot read " + what + " as a video or a picture: " + explain(status));
}

void Input::open() {
    std::string url = path_;
    if (transport_ == Transport::pipe) {
        open_pipe();
        url.clear();
    } else if (transport_ == Transport::file) {
        struct stat status {};
        const bool found = ::stat(path_.c_str(), &status) == 0;
        check_readable(path_, status, found);
        // The name of a file may hold a colon or a percent sign; "file:" takes it as it is.
        url = "file:" + path_;
    }
    open_format(url, nullptr);
    if (transport_ == Transport::file && has_picture_format()) {
        picture_ = true;
        if (may_move()) {
            // By its name alone, a file of many JPEGs would be read as one picture.
            const bool jpegs = codec_id() == AV_CODEC_ID_MJPEG;
            const AVInputFormat* format = jpegs ? av_find_input_format("jpeg_pipe") : nullptr;
            if (jpegs) reopen(url, format);
            picture_ = !moves();
            reopen(url, picture_ ? nullptr : format);
        }
    }
    // Skipped for a picture: it would be decoded here and then once more.
    if (picture_) return;
    if (const int status = avformat_find_stream_info(context_, nullptr); status < 0)
        explain_failure(status);
}

void Input::open_format(const std::string& url, const AVInputFormat* format) {
    Options options;
    // image2 would take a percent sign in the name of a file or folder for a placeholder.
    options.set("pattern_type", "none");
    options.set("protocol_whitelist", protocols_within(transport_, url));
    const int status = avformat_open_input(&context_, url.c_str(), format, options.get());
    if (status < 0) explain_failure(status);
}

/// Starts again from the first byte, whatever was read.
void Input::reopen(const std::string& url, const AVInputFormat* format) {
    avformat_close_input(&context_);
    context_ = new_context();
    open_format(url, format);
}

AVCodecID Input::codec_id() const { return context_->streams[0]->codecpar->codec_id; }

/// Is the format one that holds a single picture, whatever the file's name says?
bool Input::has_picture_format() const {
    const std::string_view format = context_->iformat->name;
    // A photograph that contains a second one looks like a stream of JPEGs.
    return context_->nb_streams == 1 &&
           (format.ends_with("_pipe") || format == "image2" || format == "mjpeg");
}

/// May the file hold more pictures? In most formats, a name like a picture's settles that it does
/// not.
bool Input::may_move() const {
    switch (codec_id()) {
        case AV_CODEC_ID_MJPEG:
        case AV_CODEC_ID_PPM:
        case AV_CODEC_ID_PGM:
            return true;
        default:
            return !has_picture_ending(path_);
    }
}

/// Does the file hold a video, like the JPEGs of a camera? A photograph may have a few small or
/// alternative ones behind it, and is still one picture.
bool Input::moves() const {
    constexpr int kMostInPhotograph = 3;
    const bool jpegs = codec_id() == AV_CODEC_ID_MJPEG;
    const int most = jpegs && has_picture_ending(path_) ? kMostInPhotograph : 1;
    int pictures = 0;
    const PacketPtr packet = make_packet_ptr();
    while (pictures <= most && av_read_frame(context_, packet.get()) >= 0) {
        ++pictures;
        av_packet_unref(packet.get());
    }
    return pictures > most;
}

void Input::heard() { heard_ms_ = steady_ms(); }

bool Input::silent() const {
    return silence_s_ > 0 && transport_ == Transport::url &&
           static_cast<double>(steady_ms() - heard_ms_) > 1000 * silence_s_;
}

}  // namespace reverie::libav
