#include "src/media/sources/input.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <set>

#include "src/media/pattern.h"
#include "src/util/error.h"

namespace reverie::libav {
namespace {

namespace fs = std::filesystem;

constexpr int kWriterTimeoutMs = 10000;  ///< for somebody to open the other end of a FIFO
constexpr int kPollMs = 100;

/// prefix %0Nd suffix
struct NumberedName {
    std::string prefix, suffix;
    int digits = 0;
    bool valid = false;
};

NumberedName parse_numbered(const std::string& path) {
    NumberedName name;
    const size_t percent = path.find('%');
    if (percent == std::string::npos || path.find('%', percent + 1) != std::string::npos)
        return name;
    size_t end = percent + 1;
    while (end < path.size() && std::isdigit(static_cast<unsigned char>(path[end])) != 0) ++end;
    if (end >= path.size() || path[end] != 'd' || end - percent > 3) return name;
    const std::string digits = path.substr(percent + 1, end - percent - 1);
    name.digits = digits.empty() ? 0 : std::stoi(digits);
    name.prefix = path.substr(0, percent);
    name.suffix = path.substr(end + 1);
    name.valid = true;
    return name;
}

int64_t steady_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

/// Checks a path before libav opens it.
void check_readable(const std::string& path, const struct stat& status, bool found) {
    require(found, "cannot read '" + path + "': " + std::strerror(errno) +
                       "; check the name, or try " + usual_pattern());
    require(!S_ISDIR(status.st_mode), "cannot read '" + path +
                                          "': it is a folder; for the pictures in it try '" +
                                          (fs::path(path) / "%05d.png").string() + "'");
    require(!S_ISREG(status.st_mode) || status.st_size > 0,
            "cannot read '" + path + "': the file is empty");
    require(S_ISFIFO(status.st_mode) || ::access(path.c_str(), R_OK) == 0,
            "cannot read '" + path + "': " + std::strerror(EACCES));
}

}  // namespace

bool is_sequence(const std::string& path) {
    std::error_code ignored;
    return parse_numbered(path).valid && !fs::exists(path, ignored);
}

bool is_picture(const std::string& path) {
    constexpr std::array<std::string_view, 14> kEndings{".png",  ".jpg",  ".jpeg", ".bmp", ".tif",
                                                        ".tiff", ".webp", ".ppm",  ".pgm", ".pnm",
                                                        ".tga",  ".jxl",  ".exr",  ".jp2"};
    std::string ending = fs::path(path).extension().string();
    for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end();
}

std::string sequence_file(const std::string& pattern, int number) {
    const NumberedName name = parse_numbered(pattern);
    std::string digits = std::to_string(number);
    if (static_cast<int>(digits.size()) < name.digits) {
        digits.insert(0, name.digits - digits.size(), '0');
    }
    return name.prefix + digits + name.suffix;
}

SequenceFiles find_sequence(const std::string& pattern) {
    const fs::path folder = fs::path(pattern).parent_path();
    const NumberedName name = parse_numbered(fs::path(pattern).filename().string());
    std::set<int> numbers;
    std::error_code ignored;
    for (const fs::directory_entry& entry :
         fs::directory_iterator(folder.empty() ? "." : folder, ignored)) {
        const std::string file = entry.path().filename().string();
        const size_t fixed = name.prefix.size() + name.suffix.size();
        if (file.size() <= fixed || file.size() > fixed + 9) continue;
        if (file.compare(0, name.prefix.size(), name.prefix) != 0) continue;
        if (file.compare(file.size() - name.suffix.size(), std::string::npos, name.suffix) != 0)
            continue;
        const std::string digits = file.substr(name.prefix.size(), file.size() - fixed);
        if (digits.find_first_not_of("0123456789") != std::string::npos) continue;
        const int number = std::stoi(digits);
        if (fs::path(sequence_file(pattern, number)).filename() == file) numbers.insert(number);
    }
    SequenceFiles files;
    if (numbers.empty()) return files;
    files.first = *numbers.begin();
    while (numbers.count(files.first + files.count) != 0) ++files.count;
    return files;
}

/// Reads what there is; waits for more without blocking the program's end.
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
            // A FIFO that nobody writes to yet: stdin's and a writer's pauses may last as long as
            // they like.
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

Input::Input(const std::string& path, Transport transport, Rational rate,
             const std::atomic<bool>* stop, double silence_s)
    : path_(path), transport_(transport), stop_(stop), silence_s_(silence_s) {
    silence();
    heard();
    clear_message();
    context_ = avformat_alloc_context();
    require(context_ != nullptr, "out of memory for an input");
    context_->interrupt_callback = {is_given_up, this};
    try {
        open(rate);
    } catch (...) {
        close();
        throw;
    }
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

/// The options for a numbered sequence; false where `path_` is none.
bool Input::open_sequence(const Rational& rate, Options& options) const {
    if (!is_sequence(path_)) return false;
    const SequenceFiles files = find_sequence(path_);
    require(files.count > 0,
            "no picture is named like '" + path_ + "'; check the folder and the digits");
    options.set("start_number", std::to_string(files.first));
    options.set("framerate",
                rate.known() ? std::to_string(rate.num) + "/" + std::to_string(rate.den) : "25");
    return true;
}

void Input::explain_failure(int status) const {
    if (stopped()) throw Interrupted("interrupted while '" + path_ + "' was opened");
    if (silent()) throw Error("cannot read '" + path_ + "': nothing comes from it");
    if (status == AVERROR(ETIMEDOUT) && transport_ == Transport::pipe) {
        throw Error("cannot read '" + path_ + "': nobody wrote to this pipe for " +
                    std::to_string(kWriterTimeoutMs / 1000) + " s");
    }
    const std::string what = is_stdin() ? "stdin" : "'" + path_ + "'";
    throw Error("cannot read " + what + " as a video or a picture: " + explain(status));
}

void Input::open(const Rational& rate) {
    Options options;
    const AVInputFormat* format = nullptr;
    std::string url = path_;
    if (transport_ == Transport::pipe) {
        open_pipe();
        url.clear();
    } else if (transport_ == Transport::file && open_sequence(rate, options)) {
        format = av_find_input_format("image2");
    } else if (transport_ == Transport::file) {
        struct stat status {};
        const bool found = ::stat(path_.c_str(), &status) == 0;
        check_readable(path_, status, found);
        picture_ = libav::is_picture(path_);
        // The name of a file may hold a colon or a percent sign; "file:" takes it as it is.
        url = "file:" + path_;
    }
    int status = avformat_open_input(&context_, url.c_str(), format, options.get());
    if (status >= 0) status = avformat_find_stream_info(context_, nullptr);
    if (status < 0) explain_failure(status);
    // A picture whose name does not say so.
    if (transport_ == Transport::file && format == nullptr && context_->nb_streams == 1 &&
        context_->duration <= 0 && std::strstr(context_->iformat->name, "_pipe") != nullptr) {
        picture_ = true;
    }
}

void Input::heard() { heard_ms_ = steady_ms(); }

bool Input::silent() const {
    return silence_s_ > 0 && transport_ == Transport::url &&
           static_cast<double>(steady_ms() - heard_ms_) > 1000 * silence_s_;
}

}  // namespace reverie::libav
