#include "src/media/libav.h"

#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "src/util/error.h"

namespace reverie::libav {
namespace {

std::mutex log_mutex;
std::string decoder_line;           // NOLINT: libav's log callback has no other place
thread_local std::string log_line;  // NOLINT: likewise; another thread's camera is not this one's

bool is_decoder(void* context) {
    const AVClass* type = context != nullptr ? *static_cast<AVClass**>(context) : nullptr;
    return type != nullptr && type->get_category != nullptr &&
           type->get_category(context) == AV_CLASS_CATEGORY_DECODER;
}

void keep_line(void* context, int level, const char* format, va_list arguments) {
    if (level > AV_LOG_ERROR) return;
    char text[512];
    std::vsnprintf(text, sizeof text, format, arguments);
    std::string line(text);
    while (!line.empty() && (line.back() == '\n' || line.back() == '.')) line.pop_back();
    if (line.empty()) return;
    const std::lock_guard<std::mutex> lock(log_mutex);
    log_line = line;
    if (is_decoder(context)) decoder_line = line;
}

}  // namespace

void silence() {
    static std::once_flag once;
    std::call_once(once, [] {
        av_log_set_callback(keep_line);
        ::setenv("SVT_LOG", "0", 0);  // SVT-AV1 has a log of its own
    });
}

std::string last_message() {
    const std::lock_guard<std::mutex> lock(log_mutex);
    return std::exchange(log_line, "");
}

std::string last_decoder_message() {
    const std::lock_guard<std::mutex> lock(log_mutex);
    return std::exchange(decoder_line, "");
}

void clear_message() {
    last_message();
    last_decoder_message();
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
