#include "src/media/libav.h"

#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "src/media/late/late_libav.h"
#include "src/util/error.h"

namespace reverie::libav {
namespace {

// One for each thread, so that a thread does not report the error of another one's camera. It lives
// as long as its thread: one that hangs in a driver may still log while the program ends.
thread_local std::string log_line;  // NOLINT: libav's log callback has no other place

/// The log that listens to `context`, if that is a decoder.
DecoderLog* listener_of(void* context) {
    const bool codec =
        context != nullptr && *static_cast<const AVClass**>(context) == avcodec_get_class();
    if (!codec) return nullptr;
    const auto* opened = static_cast<const AVCodecContext*>(context);
    const bool decoder = opened->codec != nullptr && av_codec_is_decoder(opened->codec) != 0;
    return decoder ? static_cast<DecoderLog*>(opened->opaque) : nullptr;
}

void keep_line(void* context, int level, const char* format, va_list arguments) {
    if (level > AV_LOG_ERROR) return;
    char text[512];
    std::vsnprintf(text, sizeof text, format, arguments);
    std::string line(text);
    while (!line.empty() && (line.back() == '\n' || line.back() == '.')) line.pop_back();
    if (line.empty()) return;
    log_line = line;
    if (DecoderLog* log = listener_of(context)) log->keep(line);
}

}  // namespace

void silence() {
    static std::once_flag once;
    std::call_once(once, [] {
        av_log_set_callback(keep_line);
        ::setenv("SVT_LOG", "0", 0);  // SVT-AV1 has a log of its own
    });
}

std::string last_message() { return std::exchange(log_line, ""); }

void clear_message() { log_line.clear(); }

void DecoderLog::keep(const std::string& line) {
    const std::lock_guard<std::mutex> lock(mutex_);
    line_ = line;
}

std::string DecoderLog::take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(line_, "");
}

void register_devices() {
    static std::once_flag once;
    std::call_once(once, late_libav().avdevice_register_all);
}

std::string error_text(int status) {
    char text[AV_ERROR_MAX_STRING_SIZE];
    av_strerror(status, text, sizeof text);
    return text;
}

std::string explain(int status) {
    const std::string said = last_message();
    const std::string text = error_text(status);
    return said.empty() || said.find(text) != std::string::npos ? text : text + " (" + said + ")";
}

FramePtr make_frame_ptr() {
    FramePtr frame(av_frame_alloc());
    require(frame != nullptr, "out of memory for a video frame");
    return frame;
}

PacketPtr make_packet_ptr() {
    PacketPtr packet(av_packet_alloc());
    require(packet != nullptr, "out of memory for a video packet");
    return packet;
}

int64_t to_ticks(double seconds, AVRational time_base) {
    return std::llround(seconds * time_base.den / time_base.num);
}

}  // namespace reverie::libav
