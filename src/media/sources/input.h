// Opens what libav can read: files, pictures, URLs, and pipes, whose reads can be interrupted.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "src/media/libav.h"

namespace reverie::libav {

/// How the bytes arrive: from a path, from a pipe that may be empty, from a URL.
enum class Transport { file, pipe, url };

/// An open input and, for pipes, the reader behind it.
/// Thread-safety: used by one thread at a time; the stop flag may be set from any thread.
class Input {
  public:
    /// For a pipe, "-" is stdin. Reads the header and enough to identify the streams; a URL
    /// fails if it sends nothing for `silence_s` (0: never). Throws Error with a message for the
    /// user, Interrupted when `stop` becomes true.
    Input(const std::string& path, Transport transport, const std::atomic<bool>* stop,
          double silence_s = 0);
    ~Input() { close(); }
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;

    AVFormatContext* operator->() const { return context_; }
    AVFormatContext* get() const { return context_; }
    /// One picture without time.
    bool is_picture() const { return picture_; }
    bool stopped() const { return stop_ != nullptr && *stop_; }
    /// Data arrived: restarts the timeout `silence_s`.
    void heard();
    bool silent() const;

  private:
    bool is_stdin() const { return transport_ == Transport::pipe && path_ == "-"; }
    void open_pipe();
    void close() noexcept;
    void open();
    void open_format(const std::string& url, const AVInputFormat* format);
    void reopen(const std::string& url, const AVInputFormat* format);
    AVCodecID codec_id() const;
    AVFormatContext* new_context();
    bool has_picture_format() const;
    bool may_move() const;
    bool moves() const;
    void explain_failure(int status) const;

    std::string path_;
    Transport transport_;
    bool picture_ = false;
    const std::atomic<bool>* stop_;
    double silence_s_;
    std::atomic<int64_t> heard_ms_{0};  ///< on the steady clock
    AVFormatContext* context_ = nullptr;
    AVIOContext* pipe_io_ = nullptr;
    int pipe_fd_ = -1;

    friend int read_pipe(void* opaque, uint8_t* buffer, int size);
    friend int is_given_up(void* opaque);
};

}  // namespace reverie::libav
