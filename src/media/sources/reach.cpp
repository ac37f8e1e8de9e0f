#include "src/media/sources/reach.h"

#include <string_view>

namespace reverie::libav {
namespace {

constexpr const char* kNothing = "data,crypto";
constexpr const char* kFiles = "file,data,crypto";
constexpr const char* kWeb = "http,https,httpproxy,tcp,tls,data,crypto";
// A session may send its pictures by another protocol than it is asked for with.
constexpr const char* kNetwork =
    "rtsp,rtsps,rtp,srtp,rtmp,rtmpe,rtmps,rtmpt,rtmpte,rtmpts,ffrtmphttp,srt,mmsh,mmst,ftp,udp,"
    "udplite,"
    "rist,sftp,unix,http,https,httpproxy,tcp,tls,data,crypto";

}  // namespace

const char* protocols_within(Transport transport, const std::string& url) {
    if (transport == Transport::pipe) return kNothing;
    const size_t colon = url.find("://");
    if (transport == Transport::file || colon == std::string::npos) return kFiles;
    const std::string_view scheme = std::string_view(url).substr(0, colon);
    if (scheme == "file") return kFiles;
    return scheme == "http" || scheme == "https" ? kWeb : kNetwork;
}

}  // namespace reverie::libav
