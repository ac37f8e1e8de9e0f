// What the files of this folder share to use libav: owners of its objects, and texts for its
// errors. Internal: a header that other folders include must not include this one.
#pragma once

#include <memory>
#include <mutex>
#include <string>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
#include <libavutil/frame.h>
#include <libswscale/swscale.h>
}

#include "src/media/frames/frame.h"

namespace reverie::libav {

struct Free {
    void operator()(AVFrame* p) const { av_frame_free(&p); }
    void operator()(AVPacket* p) const { av_packet_free(&p); }
    void operator()(AVCodecContext* p) const { avcodec_free_context(&p); }
    void operator()(AVFormatContext* p) const { avformat_close_input(&p); }
    void operator()(AVBSFContext* p) const { av_bsf_free(&p); }
    void operator()(SwsContext* p) const { sws_freeContext(p); }
};

using FramePtr = std::unique_ptr<AVFrame, Free>;
using PacketPtr = std::unique_ptr<AVPacket, Free>;
using CodecPtr = std::unique_ptr<AVCodecContext, Free>;
using InputPtr = std::unique_ptr<AVFormatContext, Free>;
using FilterPtr = std::unique_ptr<AVBSFContext, Free>;
using ScalerPtr = std::unique_ptr<SwsContext, Free>;

/// Throw Error if out of memory.
FramePtr make_frame_ptr();
PacketPtr make_packet_ptr();

/// From the first call on libav prints nothing; its last error line is kept for last_message().
void silence();
/// The last error that libav logged since the last call of this or clear_message(), or "".
std::string last_message();
void clear_message();

/// The log of one decoder, apart from others that run in parallel. Outlives the decoder.
/// Thread-safety: safe; a decoder logs from threads of its own.
class DecoderLog {
  public:
    /// Keeps the errors of `decoder` from now on. Must be called before the decoder is opened.
    void listen_to(AVCodecContext& decoder) { decoder.opaque = this; }
    void keep(const std::string& line);
    /// The last line since the last call, or "".
    std::string take();

  private:
    std::mutex mutex_;
    std::string line_;
};

/// Registers libavdevice's inputs and outputs; may be called repeatedly.
void register_devices();

/// "No such file or directory", … for a negative libav status.
std::string error_text(int status);
/// The status in words, and libav's log line about it: "Invalid data found … (moov atom not
/// found)".
std::string explain(int status);

inline AVRational to_av(Rational r) { return {r.num, r.den}; }
inline Rational from_av(AVRational r) { return {r.num, r.den}; }

/// A path as a URL for libav, which takes it as a file whatever characters it contains.
inline std::string file_url(const std::string& path) { return "file:" + path; }

/// Seconds in ticks of `time_base`, rounded to nearest.
int64_t to_ticks(double seconds, AVRational time_base);

/// Options for libav's open calls; freed by itself.
class Options {
  public:
    Options() = default;
    Options(const Options&) = delete;
    Options& operator=(const Options&) = delete;
    ~Options() { av_dict_free(&dictionary_); }
    void set(const char* key, const std::string& value) {
        av_dict_set(&dictionary_, key, value.c_str(), 0);
    }
    /// Appends to a list that is separated by colons.
    void append(const char* key, const std::string& value) {
        const AVDictionaryEntry* before = av_dict_get(dictionary_, key, nullptr, 0);
        set(key, before != nullptr ? std::string(before->value) + ":" + value : value);
    }
    AVDictionary** get() { return &dictionary_; }

  private:
    AVDictionary* dictionary_ = nullptr;
};

}  // namespace reverie::libav
