// Opens what libav can read: files, pictures, numbered sequences, URLs, and pipes, whose reads can
// be interrupted.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "src/media/libav.h"

namespace reverie::libav {

/// How the bytes arrive: from a path, from a pipe that may be empty, from a URL.
enum class Transport { file, pipe, url };

/// Is `path` a name with one %d or %0Nd in it?
bool is_sequence(const std::string& path);

/// Does `path` have a picture's extension?
bool is_picture(const std::string& path);

struct SequenceFiles {
    int first = 0;
    int count = 0;  ///< without a gap, from `first`
};

/// The files that a sequence's name stands for. count = 0 if there are none.
SequenceFiles find_sequence(const std::string& pattern);

/// The name of one file of a sequence.
std::string sequence_file(const std::string& pattern, int number);

/// An open input and, for pipes, the reader behind it.
/// Thread-safety: used by one thread at a time; the stop flag may be set from any thread.
class Input {
  public:
    /// For a pipe, "-" is stdin. Reads the header and enough to identify the streams; `rate` is
    /// that of a sequence; a URL fails if it sends nothing for `silence_s` (0: never). Throws Error
    /// with a message for the user, Interrupted when `stop` becomes true.
    Input(const std::string& path, Transport transport, Rational rate,
          const std::atomic<bool>* stop, double silence_s = 0);
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
    void open(const Rational& rate);
    bool open_sequence(const Rational& rate, Options& options) const;
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
