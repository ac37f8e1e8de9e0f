#include "src/media/sinks/joined_log.h"

#include "src/media/sinks/packet_log.h"
#include "src/util/error.h"

namespace reverie {

int64_t join_packet_logs(const std::vector<LoggedPart>& parts, const std::string& to) {
    using namespace libav;  // NOLINT(google-build-using-namespace): this file wraps libav
    PacketLog joined(to, std::nullopt);
    const PacketPtr packet = make_packet_ptr();
    int64_t before = 0;  // steps
    for (const LoggedPart& part : parts) {
        require(part.frames > 0 && part.segment > 0, "'" + part.path + "' holds no frame");
        const int64_t steps = part.frames + (part.frames - 1) / part.segment + 1;
        PacketLog log(part.path, part.bytes);
        for (int64_t step = 1; step <= steps; ++step) {
            while (log.take(step, *packet)) {
                joined.append(before + step, *packet);
                av_packet_unref(packet.get());
            }
        }
        require(log.commit() == part.bytes, "'" + part.path + "' is damaged");
        before += steps;
    }
    return joined.commit();
}

}  // namespace reverie
